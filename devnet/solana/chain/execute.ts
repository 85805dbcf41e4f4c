/**
 * One transaction on the SVM: what it did, in the node's shape, and which accounts it changed (with what they
 * held before).
 */
import { encodeBase58 } from '../../../src/events/base58.js';
import { type StoredTransaction, transactionJson } from './stored-transaction.js';
import { tokenBalances } from './token-balances.js';
import type { ChainAccount } from './types.js';
import type { Vm, VmResult } from './vm.js';
import type { TransactionErrorJson } from './vm-errors.js';
import { isWritable, type LoadedAddresses, type WireTransaction } from './wire.js';

export interface AccountChange {
  readonly before: ChainAccount | null;
  readonly after: ChainAccount | null;
}

export interface ExecutedTransaction {
  readonly signature: string;
  readonly error: TransactionErrorJson | null;
  /** Lamports. */
  readonly fee: bigint;
  /** Static keys, then loaded writable, then loaded readonly. */
  readonly accounts: readonly string[];
  /** What getSignaturesForAddress shows (`[5] hello`); null without one. */
  readonly memo: string | null;
  readonly stored: StoredTransaction;
  readonly changes: ReadonlyMap<string, AccountChange>;
}

/** Either it stands in a block (failed or not), or no block may hold it (it could not even pay its fee). */
export type Execution = { readonly landed: ExecutedTransaction } | { readonly refused: TransactionErrorJson };

const LOOKUP_TABLE_PROGRAM = 'AddressLookupTab1e1111111111111111111111111';
const LOOKUP_TABLE_HEADER = 56;
const MEMO_PROGRAMS: ReadonlySet<string> = new Set([
  'MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr',
  'Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo',
]);

/** The addresses that a version 0 message takes from its lookup tables, or why it cannot. */
export function resolveLookups(vm: Vm, wire: WireTransaction): LoadedAddresses | TransactionErrorJson {
  const writable: string[] = [];
  const readonly: string[] = [];
  for (const lookup of wire.lookups) {
    const table = vm.account(lookup.table);
    if (table === null) return 'AddressLookupTableNotFound';
    if (table.owner !== LOOKUP_TABLE_PROGRAM) return 'InvalidAddressLookupTableOwner';
    const pick = (index: number): string | null => {
      const at = LOOKUP_TABLE_HEADER + 32 * index;
      return at + 32 <= table.data.length ? encodeBase58(table.data.subarray(at, at + 32)) : null;
    };
    for (const [indexes, into] of [
      [lookup.writableIndexes, writable],
      [lookup.readonlyIndexes, readonly],
    ] as const) {
      for (const index of indexes) {
        const address = pick(index);
        if (address === null) return 'InvalidAddressLookupTableIndex';
        into.push(address);
      }
    }
  }
  return { writable, readonly };
}

export function isLoaded(lookups: LoadedAddresses | TransactionErrorJson): lookups is LoadedAddresses {
  return typeof lookups === 'object' && 'writable' in lookups;
}

export function sameAccount(a: ChainAccount | null, b: ChainAccount | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.lamports === b.lamports &&
    a.owner === b.owner &&
    a.executable === b.executable &&
    Buffer.compare(a.data, b.data) === 0
  );
}

function memoOf(wire: WireTransaction): string | null {
  const memos = wire.instructions
    .filter((instruction) => MEMO_PROGRAMS.has(wire.staticKeys[instruction.programIdIndex] ?? ''))
    .map((instruction) => `[${instruction.data.length}] ${Buffer.from(instruction.data).toString()}`);
  return memos.length === 0 ? null : memos.join('; ');
}

export function innerInstructionsJson(result: VmResult) {
  return result.inner.flatMap((group, index) => {
    const instructions = group.map(({ programIdIndex, accounts, data, stackHeight }) => ({
      programIdIndex,
      accounts,
      data: encodeBase58(data),
      stackHeight,
    }));
    return instructions.length === 0 ? [] : [{ index, instructions }];
  });
}

/** `returnData` in the node's shape. */
export function returnDataJson(result: VmResult) {
  if (result.returnData === null) return null;
  return {
    programId: result.returnData.programId,
    data: [Buffer.from(result.returnData.data).toString('base64'), 'base64'],
  };
}

interface Moment {
  readonly accounts: readonly (ChainAccount | null)[];
  readonly mintOf: (mint: string) => ChainAccount | null;
}

function lamportsText(moment: Moment): string {
  return `[${moment.accounts.map((account) => account?.lamports ?? 0n).join(',')}]`;
}

function tokenText(moment: Moment): string {
  return JSON.stringify(tokenBalances(moment.accounts, moment.mintOf));
}

function store(
  wire: WireTransaction,
  loaded: LoadedAddresses,
  result: VmResult,
  before: Moment,
  after: Moment,
): StoredTransaction {
  const status = result.error === null ? { Ok: null } : { Err: result.error };
  const returnData = returnDataJson(result);
  return {
    wire: Buffer.from(wire.bytes).toString('base64'),
    version: wire.version,
    json: transactionJson(wire),
    metaCore:
      `{"err":${JSON.stringify(result.error)},"status":${JSON.stringify(status)},"fee":${result.fee}` +
      `,"preBalances":${lamportsText(before)},"postBalances":${lamportsText(after)}` +
      `,"preTokenBalances":${tokenText(before)},"postTokenBalances":${tokenText(after)}`,
    metaRest:
      `,"logMessages":${JSON.stringify(result.logs)},"rewards":[],"loadedAddresses":${JSON.stringify(loaded)}` +
      `,"computeUnitsConsumed":${result.computeUnits}${returnData === null ? '' : `,"returnData":${JSON.stringify(returnData)}`}`,
    inner: JSON.stringify(innerInstructionsJson(result)),
  };
}

/** Execute on the SVM. The SVM's state has moved on when (and only when) the transaction landed. */
export function executeTransaction(vm: Vm, wire: WireTransaction): Execution {
  const loaded = resolveLookups(vm, wire);
  if (!isLoaded(loaded)) return { refused: loaded };
  const keys = [...wire.staticKeys, ...loaded.writable, ...loaded.readonly];
  const accountsBefore = keys.map((key) => vm.account(key));

  // A mint that is not among the accounts cannot change in the transaction, so the state afterwards is also
  // the one before.
  const outsideMints = new Map<string, ChainAccount | null>();
  const momentOf = (accounts: readonly (ChainAccount | null)[]): Moment => ({
    accounts,
    mintOf: (mint) => {
      const index = keys.indexOf(mint);
      if (index >= 0) return accounts[index] ?? null;
      const known = outsideMints.get(mint);
      if (known !== undefined) return known;
      const account = vm.account(mint);
      outsideMints.set(mint, account);
      return account;
    },
  });

  const result = vm.execute(wire);
  const accountsAfter = keys.map((key, index) =>
    isWritable(wire, index, loaded) ? vm.account(key) : (accountsBefore[index] ?? null),
  );
  const changes = new Map<string, AccountChange>();
  keys.forEach((key, index) => {
    const before = accountsBefore[index] ?? null;
    const after = accountsAfter[index] ?? null;
    if (!sameAccount(before, after)) changes.set(key, { before, after });
  });
  // The SVM charges whatever lands; a failure that charged nothing is one that no leader would put into a
  // block.
  if (result.error !== null && changes.size === 0) return { refused: result.error };

  const stored = store(wire, loaded, result, momentOf(accountsBefore), momentOf(accountsAfter));
  const { signature } = wire;
  return {
    landed: {
      signature,
      error: result.error,
      fee: result.fee,
      accounts: keys,
      memo: memoOf(wire),
      stored,
      changes,
    },
  };
}
