/** Puts the events of a transaction together with the facts of the transaction itself. */
import type { SolanaTransaction } from '../../chains/solana/transaction.js';
import type { Building } from '../../events/building.js';
import type { DecodedTransaction, DecodeProblem } from '../../events/event.js';
import { toJson } from '../../events/json.js';
import { messageOf } from '../../runtime/errors.js';

/** @param problems left out of the result when there are none */
export function wrap(
  transaction: SolanaTransaction,
  events: DecodedTransaction['events'],
  problems: readonly DecodeProblem[],
): DecodedTransaction {
  const failed = transaction.error !== null;
  const [signer] = transaction.accountKeys;
  const decoded: Building<DecodedTransaction> = {
    chain: 'solana',
    block: transaction.slot,
    blockTime: transaction.blockTime,
    transactionIndex: transaction.transactionIndex,
    transactionHash: transaction.signature,
    outcome: failed ? 'failed' : 'ok',
    events,
  };
  if (failed) decoded.error = errorText(transaction.error).text;
  if (signer !== undefined) decoded.signer = signer;
  decoded.networkFee = transaction.fee;
  if (transaction.computeUnits !== null) decoded.gasUsed = transaction.computeUnits;
  if (problems.length > 0) decoded.problems = problems;
  return decoded;
}

/**
 * The chain's error of a failed transaction as JSON text; with a `problem` when it cannot be written as it
 * came.
 */
export function errorText(error: unknown): { readonly text: string; readonly problem?: DecodeProblem } {
  try {
    return { text: JSON.stringify(toJson(error)) };
  } catch (cause) {
    const message = `meta.err cannot be read: ${messageOf(cause)}`;
    return { text: JSON.stringify(message), problem: { code: 'undecodable', message } };
  }
}
