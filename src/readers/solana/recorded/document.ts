/**
 * One document of an input as Solana transactions: a getTransaction or getBlock result, wrapped in JSON-RPC
 * or not.
 */

import type { KeyFinder } from '../../../chains/solana/rpc/keys.js';
import { readBlock } from '../../../chains/solana/rpc/read-block.js';
import { ErrorAnswer, NotABlock } from '../../../chains/solana/rpc/scan.js';
import type { SolanaBlock, SolanaTransaction } from '../../../chains/solana/transaction.js';
import { NdxError } from '../../../runtime/errors.js';
import { isObject, type Raw } from '../../../runtime/untrusted.js';
import { toJsonEncoding } from './encodings.js';
import { fromSdk } from './sdk-json.js';
import { readTransactionResult } from './transaction-result.js';

export interface SolanaDocument {
  readonly transactions: readonly SolanaTransaction[];
  /** What the reader should know, such as an assumed slot. */
  readonly note?: string;
}

/** Matches every transaction: it is asked from where one begins, or from the comma before it. */
export const EVERYTHING: KeyFinder = { count: 0, search: () => ({ next: (from) => from + 1 }) };

/**
 * Reads one document. A block goes the way of every block that is followed: its bytes are searched for the
 * addresses (rpc/read-block.ts). That reads `json` alone: what is recorded in another encoding is converted
 * before.
 * @param slot of a block whose result does not say it; without it the slot after the parent's is assumed
 * @throws NdxError INPUT_INVALID when it is no such document, RPC_BAD_RESPONSE naming the field that is wrong
 */
export function readSolanaDocument(
  document: unknown,
  slot: number | undefined,
  keys: KeyFinder,
): SolanaDocument {
  const result = fromSdk(unwrap(document));
  if (!('transactions' in result)) return { transactions: [readTransactionResult(result)] };
  const own = typeof result.slot === 'number' ? result.slot : slot;
  const parent = typeof result.parentSlot === 'number' ? result.parentSlot : 0;
  const { transactions } = readRecordedBlock(result, own ?? parent + 1, keys);
  const note = `a block does not say its slot: ${parent + 1} is assumed, the one after its parent (--slot says otherwise)`;
  return { transactions, ...(own === undefined && { note }) };
}

/**
 * @throws NdxError INPUT_INVALID when it is no block, RPC_BAD_RESPONSE naming the field of a transaction that
 * is wrong
 */
export function readRecordedBlock(
  result: Readonly<Record<string, unknown>>,
  slot: number,
  keys: KeyFinder,
): SolanaBlock {
  const { transactions } = result;
  if (!Array.isArray(transactions))
    throw new NdxError('RPC_BAD_RESPONSE', 'Solana answer: result.transactions must be a list');
  const json = transactions.map((entry, at) =>
    toJsonEncoding(isObject(entry) ? fromSdk(entry) : entry, `result.transactions[${at}]`),
  );
  try {
    return readBlock(slot, Buffer.from(JSON.stringify({ result: { ...result, transactions: json } })), keys);
  } catch (error) {
    if (!(error instanceof NotABlock) && !(error instanceof ErrorAnswer)) throw error;
    throw new NdxError('INPUT_INVALID', `no block: ${error.message}`, { cause: error });
  }
}

function unwrap(document: unknown): Raw {
  const object = isObject(document) ? document : null;
  if (object !== null && 'error' in object && isObject(object.error) && !('result' in object))
    throw new NdxError('INPUT_INVALID', `the node answered with an error: ${JSON.stringify(object.error)}`);
  const result = object !== null && 'result' in object ? object.result : object;
  if (result === null && object !== null)
    throw new NdxError('INPUT_INVALID', 'the result is null: the node knows no such transaction');
  if (!isObject(result) || (!('transactions' in result) && !('transaction' in result)))
    throw new NdxError(
      'INPUT_INVALID',
      'neither a getTransaction nor a getBlock result: it has no transaction and no transactions',
    );
  return result;
}
