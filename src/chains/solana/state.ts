/**
 * Solana's state as `ndx verify` asks for it: who holds an NFT and what a wallet holds of a token, at which
 * finalized slot.
 */
import { type AccountInfo, type Connection, PublicKey } from '@solana/web3.js';
import { z } from 'zod';
import { encodeBase58 } from '../../events/base58.js';
import type { Log } from '../../runtime/log.js';
import { RpcError } from '../http/errors.js';
import type { ChainOracle, NftAnswer } from '../oracle.js';
import { askConnection } from './rpc/connection.js';
import { createRpcPool } from './rpc/pool.js';
import type { SolanaSourceOptions } from './source.js';

const TOKEN_PROGRAMS = [
  'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA',
  'TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb',
];
/**
 * Bytes in the layout of the SPL Token program's `Account` and `Mint`; Token-2022 accounts begin the same.
 */
const ACCOUNT_OWNER = [32, 64] as const;
const ACCOUNT_AMOUNT = 64;
const ACCOUNT_LENGTH = 165;
const MINT_SUPPLY = 36;
const MINT_DECIMALS = 44;
const MINT_LENGTH = 82;
/** Token-2022: in an account with extensions, this byte says what it is. */
const EXTENDED_KIND = 165;
const KIND_MINT = 1;

const FINAL = 'finalized';
const raw = z.looseObject({ slot: z.number() }).nullable();

const TIMEOUT_MS = 10_000;
/** How often the holder of an NFT is asked for when it moves between two requests. */
const TRIES = 5;

export interface SolanaStateOptions
  extends Pick<SolanaSourceOptions, 'endpoints' | 'maxSupportedTransactionVersion'> {
  readonly log: Log;
}

export function createSolanaState(options: SolanaStateOptions): ChainOracle {
  const pool = createRpcPool({
    endpoints: options.endpoints,
    log: options.log,
    concurrency: 4,
    retries: 4,
    backoffMs: 250,
  });

  async function ask<T>(
    method: string,
    work: (connection: Connection) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    return (await askConnection(pool, method, work, { signal, timeoutMs: TIMEOUT_MS })).value;
  }
  const accountOf = (address: PublicKey, signal: AbortSignal) =>
    ask('getAccountInfo', (connection) => connection.getAccountInfoAndContext(address, FINAL), signal);

  /** Who holds the NFT; undefined: it moved between two requests. */
  async function holder(mint: PublicKey, signal: AbortSignal): Promise<NftAnswer | undefined> {
    const { value, context: at } = await accountOf(mint, signal);
    if (!value || !isMint(value)) return { kind: 'unknown' };
    if (value.data.readBigUInt64LE(MINT_SUPPLY) === 0n) return { kind: 'burned', block: at.slot };
    const largest = await ask(
      'getTokenLargestAccounts',
      (connection) => connection.getTokenLargestAccounts(mint, FINAL),
      signal,
    );
    const first = largest.value.find(({ amount }) => amount !== '0');
    if (!first) return undefined;
    const held = await accountOf(first.address, signal);
    const amount = held.value && amountIn(held.value.data);
    if (!held.value || !amount) return undefined;
    return { kind: 'held', owner: encodeBase58(held.value.data, ...ACCOUNT_OWNER), block: held.context.slot };
  }

  return {
    genesis: (signal, expected = null) => pool.genesis(signal, expected),
    async nft(address, signal) {
      const mint = keyOf(address);
      if (mint === null) return { kind: 'unknown' };
      for (let attempt = 1; attempt <= TRIES; attempt++) {
        const answer = await holder(mint, signal);
        if (answer) return answer;
      }
      return { kind: 'unknown' };
    },
    async balance(owner, token, signal) {
      const [wallet, mint] = [keyOf(owner), keyOf(token)];
      if (wallet === null || mint === null) return { kind: 'unknown', reason: 'it is no Solana address' };
      const { amount, block } = await ask(
        'getTokenAccountsByOwner',
        async (connection) => {
          const owned = await connection.getTokenAccountsByOwner(wallet, { mint }, FINAL);
          const amounts = owned.value.map(({ account: { data } }) => amountIn(data));
          if (amounts.includes(null)) throw new Error('result.value: holds what is no token account');
          return {
            amount: amounts.reduce<bigint>((sum, one) => sum + (one ?? 0n), 0n),
            block: owned.context.slot,
          };
        },
        signal,
      );
      return { kind: 'held', amount, block };
    },
    async token(address, signal) {
      const mint = keyOf(address);
      const account = mint && (await accountOf(mint, signal)).value;
      return account && isMint(account) ? { decimals: account.data.readUInt8(MINT_DECIMALS) } : null;
    },
    // Not through the SDK, which leaves out fields that it does not know and makes objects of addresses.
    async rawTransaction(hash, signal) {
      const maxSupportedTransactionVersion = options.maxSupportedTransactionVersion ?? 1;
      const params = [hash, { commitment: 'confirmed', encoding: 'json', maxSupportedTransactionVersion }];
      try {
        const { value } = await pool.ask(
          'getTransaction',
          (client) => client.call('getTransaction', params, raw, { signal, timeoutMs: TIMEOUT_MS }),
          { signal },
        );
        return value;
      } catch (error) {
        // Text that is no signature: no transaction has it.
        if (error instanceof RpcError && error.reason === 'rpc' && !error.retryable) return null;
        throw error;
      }
    },
    close: () => pool.close(),
  };
}

/** null: it is no Solana address. */
function keyOf(address: string): PublicKey | null {
  try {
    return new PublicKey(address);
  } catch {
    return null;
  }
}

/** Base units in an SPL token account; null: it is none. */
function amountIn(account: Buffer): bigint | null {
  return account.length < ACCOUNT_LENGTH ? null : account.readBigUInt64LE(ACCOUNT_AMOUNT);
}

function isMint({ owner, data: bytes }: AccountInfo<Buffer>): boolean {
  if (!TOKEN_PROGRAMS.includes(owner.toBase58())) return false;
  return bytes.length === MINT_LENGTH || (bytes.length > EXTENDED_KIND && bytes[EXTENDED_KIND] === KIND_MINT);
}
