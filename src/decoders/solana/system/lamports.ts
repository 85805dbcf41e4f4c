/**
 * All lamports that instructions are seen to move, in order: transfers and openings of accounts by the System
 * program, wrapped SOL, and closed token accounts. The rest of an account's change was moved by a program
 * itself, between accounts that it owns and others.
 */
import type { SolanaTransaction, TokenBalance } from '../../../chains/solana/transaction.js';
import { createByteReader } from '../bytes.js';
import type { Effect } from '../effect.js';
import { NATIVE } from '../effect.js';
import { isTokenProgram, NATIVE_MINT, SYSTEM_PROGRAM } from '../programs.js';
import { readTokenOperations } from '../spl-token/layout.js';
import type { TokenAccounts } from '../spl-token/token-accounts.js';

export interface Lamports {
  /**
   * Change of each account beyond what instructions and the fee explain, in lamports; only where it is not 0.
   */
  readonly direct: ReadonlyMap<string, bigint>;
  /** Wrapped SOL whose account was closed in favour of somebody else than its owner. */
  readonly unwrapped: readonly Effect[];
}

/**
 * Rent of a token account without extensions, in lamports: a closed account of wrapped SOL holds it besides
 * the SOL.
 */
const TOKEN_ACCOUNT_RENT = 2_039_280n;

/**
 * Reads on first use: most mints are decoded without.
 * @param accounts as they are after the walk of the token instructions
 */
export function createLamportReader(transaction: SolanaTransaction, accounts: TokenAccounts): () => Lamports {
  let read: Lamports | undefined;
  return () => {
    read ??= readLamports(transaction, accounts);
    return read;
  };
}

/**
 * Whether an account of the transaction may hold wrapped SOL: what opens, moves or closes one names its mint.
 */
export function namesWrapped({
  accountKeys,
  preTokenBalances,
  postTokenBalances,
}: SolanaTransaction): boolean {
  const isWrapped = ({ mint }: TokenBalance) => mint === NATIVE_MINT;
  return (
    accountKeys.includes(NATIVE_MINT) || preTokenBalances.some(isWrapped) || postTokenBalances.some(isWrapped)
  );
}

function readLamports(transaction: SolanaTransaction, accounts: TokenAccounts): Lamports {
  const { accountKeys, preBalances, postBalances, fee, instructions } = transaction;
  const now = new Map(accountKeys.map((key, at) => [key, preBalances[at] ?? 0n]));
  const unwrapped: Effect[] = [];
  const move = (from: string | undefined, to: string | undefined, amount: bigint): void => {
    if (from !== undefined) now.set(from, (now.get(from) ?? 0n) - amount);
    if (to !== undefined) now.set(to, (now.get(to) ?? 0n) + amount);
  };
  move(accountKeys[0], undefined, fee);
  for (const instruction of instructions) {
    if (instruction.programId === SYSTEM_PROGRAM) {
      const sent = readSystem(instruction.data, instruction.accounts);
      if (sent !== null) move(sent.from, sent.to, sent.amount);
    } else if (isTokenProgram(instruction.programId)) {
      tokenOperations(instruction.data, instruction.accounts).forEach((operation, slot) => {
        if (operation.op === 'transfer' && isWrapped(operation.source, operation.destination))
          move(operation.source, operation.destination, operation.amount);
        if (operation.op !== 'close' || operation.destination === undefined) return;
        const held = now.get(operation.account) ?? 0n;
        move(operation.account, operation.destination, held);
        const owner = accounts.ownerOf(operation.account);
        const amount = held - TOKEN_ACCOUNT_RENT;
        if (!isWrapped(operation.account) || amount <= 0n || owner === operation.destination) return;
        unwrapped.push({
          ...{ ordinal: instruction.ordinal, slot, kind: 'transfer', asset: NATIVE, decimals: 9, amount },
          source: { account: operation.account, owner },
          destination: { account: operation.destination, owner: operation.destination },
          ...{ withheld: 0n, cause: 'instruction' },
        });
      });
    }
  }
  const direct = new Map<string, bigint>();
  accountKeys.forEach((key, at) => {
    const change = (postBalances[at] ?? 0n) - (now.get(key) ?? 0n);
    if (change !== 0n) direct.set(key, change);
  });
  return { direct, unwrapped };

  function isWrapped(...parties: readonly string[]): boolean {
    return parties.some((account) => accounts.get(account).mint === NATIVE_MINT);
  }
}

function tokenOperations(data: Uint8Array, accounts: readonly string[]) {
  try {
    return readTokenOperations(data, accounts);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [];
  }
}

/**
 * Reads CreateAccount 0, Transfer 2, CreateAccountWithSeed 3, WithdrawNonceAccount 5 and TransferWithSeed 11.
 * Source: solana-system-interface.
 */
function readSystem(data: Uint8Array, accounts: readonly string[]) {
  if (data.length < 12 || data[1] !== 0 || data[2] !== 0 || data[3] !== 0) return null;
  const u64 = (at: number) => (data.length < at + 8 ? 0n : createByteReader(data, at).integer(8, false));
  switch (data[0]) {
    case 0:
    case 2:
    case 5:
      return { from: accounts[0], to: accounts[1], amount: u64(4) };
    case 3: {
      const seed = data.length < 44 ? 0 : Number(u64(36));
      return { from: accounts[0], to: accounts[1], amount: u64(44 + seed) };
    }
    case 11:
      return { from: accounts[0], to: accounts[2], amount: u64(4) };
    default:
      return null;
  }
}
