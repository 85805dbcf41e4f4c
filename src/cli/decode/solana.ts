/**
 * One document of the input as Solana transactions: a getTransaction or getBlock result, wrapped in JSON-RPC
 * or not.
 */
import { normaliseBlock } from '../../chains/solana/normalise/block.js';
import { normaliseTransactionResult } from '../../chains/solana/normalise/transaction.js';
import type { SolanaTransaction } from '../../chains/solana/transaction.js';
import { NdxError } from '../../runtime/errors.js';

export interface SolanaDocument {
  readonly transactions: readonly SolanaTransaction[];
  /** What the reader should know, such as an assumed slot. */
  readonly note?: string;
}

/**
 * `slot`: that of a block, whose result does not repeat it; without it the slot after the parent's is
 * assumed.
 * @throws NdxError INPUT_INVALID or RPC_BAD_RESPONSE naming the field
 */
export function readSolanaDocument(
  document: unknown,
  slot: number | undefined,
  keys: ReadonlySet<string>,
): SolanaDocument {
  const result = unwrap(document);
  if (!('transactions' in result)) return { transactions: [normaliseTransactionResult(result)] };
  const own = typeof result.slot === 'number' ? result.slot : slot;
  const parent = typeof result.parentSlot === 'number' ? result.parentSlot : 0;
  const block = normaliseBlock(result, { slot: own ?? parent + 1, keys });
  const note = `a block does not say its slot: ${parent + 1} is assumed, the one after its parent (--slot says otherwise)`;
  return { transactions: block.transactions, ...(own === undefined && { note }) };
}

function unwrap(document: unknown): Record<string, unknown> {
  const object = record(document);
  if (object !== null && 'error' in object && record(object.error) !== null && !('result' in object))
    throw new NdxError('INPUT_INVALID', `the node answered with an error: ${JSON.stringify(object.error)}`);
  const result = object !== null && 'result' in object ? object.result : object;
  if (result === null && object !== null)
    throw new NdxError('INPUT_INVALID', 'the result is null: the node knows no such transaction');
  const found = record(result);
  if (found === null || (!('transactions' in found) && !('transaction' in found)))
    throw new NdxError(
      'INPUT_INVALID',
      'neither a getTransaction nor a getBlock result: it has no transaction and no transactions',
    );
  return found;
}

function record(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}
