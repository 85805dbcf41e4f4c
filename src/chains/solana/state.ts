/** Solana's state as verify asks for it: who holds an NFT, what a wallet holds of a token, at which finalized slot. */
import { z } from 'zod';
import { encodeBase58 } from '../../events/base58.js';
import type { SourceLog } from '../http/endpoint.js';
import { RpcError } from '../http/errors.js';
import type { ChainOracle, NftAnswer } from '../oracle.js';
import { createRpcPool } from './rpc/pool.js';
import type { SolanaSourceOptions } from './source.js';

const TOKEN_PROGRAMS = [
  'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA',
  'TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb',
];
/** Layout of SPL Token's `Account` and `Mint`; Token-2022 begins the same. */
const ACCOUNT_OWNER = [32, 64] as const;
const ACCOUNT_AMOUNT = 64;
const ACCOUNT_LENGTH = 165;
const MINT_SUPPLY = 36;
const MINT_LENGTH = 82;
/** Token-2022: what an account of extended length is stands here. */
const EXTENDED_KIND = 165;
const KIND_MINT = 1;

const TIMEOUT_MS = 10_000;
/** An NFT that moves between two questions is asked for again. */
const TRIES = 5;

const context = z.object({ slot: z.number().int().nonnegative() });
const data = z.tuple([z.base64(), z.literal('base64')]).transform(([text]) => Buffer.from(text, 'base64'));
const account = z.object({ owner: z.string(), data });
const accountAnswer = z.object({ context, value: account.nullable() });
const holdersAnswer = z.object({
  context,
  value: z.array(z.object({ address: z.string(), amount: z.string().regex(/^\d+$/) })),
});
const ownedAnswer = z.object({ context, value: z.array(z.object({ pubkey: z.string(), account })) });

export interface SolanaStateOptions
  extends Pick<SolanaSourceOptions, 'endpoints' | 'maxSupportedTransactionVersion'> {
  readonly log: SourceLog;
}

export function createSolanaState(options: SolanaStateOptions): ChainOracle {
  const pool = createRpcPool({
    endpoints: options.endpoints,
    log: options.log,
    concurrency: 4,
    retries: 4,
    backoffMs: 250,
  });
  const FINAL = { commitment: 'finalized', encoding: 'base64' };

  async function ask<T>(
    method: string,
    params: readonly unknown[],
    schema: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const { value } = await pool.ask(
      method,
      (client) => client.call(method, params, schema, { signal, timeoutMs: TIMEOUT_MS }),
      {
        signal,
      },
    );
    return value;
  }
  const accountOf = (address: string, signal: AbortSignal) =>
    ask('getAccountInfo', [address, FINAL], accountAnswer, signal);

  /** undefined: the holder changed between two answers. */
  async function holder(mint: string, signal: AbortSignal): Promise<NftAnswer | undefined> {
    const { value, context: at } = await accountOf(mint, signal);
    if (!value || !isMint(value)) return { kind: 'unknown' };
    if (value.data.readBigUInt64LE(MINT_SUPPLY) === 0n) return { kind: 'burned', block: at.slot };
    const largest = await ask(
      'getTokenLargestAccounts',
      [mint, { commitment: 'finalized' }],
      holdersAnswer,
      signal,
    );
    const first = largest.value.find(({ amount }) => amount !== '0');
    if (!first) return undefined;
    const held = await accountOf(first.address, signal);
    if (
      !held.value ||
      held.value.data.length < ACCOUNT_LENGTH ||
      held.value.data.readBigUInt64LE(ACCOUNT_AMOUNT) === 0n
    )
      return undefined;
    return { kind: 'held', owner: encodeBase58(held.value.data, ...ACCOUNT_OWNER), block: held.context.slot };
  }

  return {
    async nft(address, signal) {
      for (let attempt = 1; attempt <= TRIES; attempt++) {
        const answer = await holder(address, signal);
        if (answer) return answer;
      }
      return { kind: 'unknown' };
    },
    async balance(owner, token, signal) {
      const params = [owner, { mint: token }, FINAL];
      const { value, context: at } = await ask('getTokenAccountsByOwner', params, ownedAnswer, signal);
      const amount = value.reduce((sum, item) => sum + item.account.data.readBigUInt64LE(ACCOUNT_AMOUNT), 0n);
      return { kind: 'held', amount, block: at.slot };
    },
    async rawTransaction(hash, signal) {
      const maxSupportedTransactionVersion = options.maxSupportedTransactionVersion ?? 1;
      const params = [hash, { commitment: 'confirmed', encoding: 'json', maxSupportedTransactionVersion }];
      try {
        return await ask('getTransaction', params, z.looseObject({ slot: z.number() }).nullable(), signal);
      } catch (error) {
        // Text that is no signature is one that nobody knows.
        if (error instanceof RpcError && error.reason === 'rpc' && !error.retryable) return null;
        throw error;
      }
    },
    close: () => pool.close(),
  };
}

function isMint({ owner, data: bytes }: z.infer<typeof account>): boolean {
  if (!TOKEN_PROGRAMS.includes(owner)) return false;
  return bytes.length === MINT_LENGTH || (bytes.length > EXTENDED_KIND && bytes[EXTENDED_KIND] === KIND_MINT);
}
