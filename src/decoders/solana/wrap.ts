/** The events of a transaction with the facts of the transaction itself. */
import type { SolanaTransaction } from '../../chains/solana/transaction.js';
import type { Building } from '../../events/building.js';
import type { DecodedTransaction, DecodeProblem } from '../../events/event.js';
import { toJson } from '../../events/json.js';

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
  if (failed) decoded.error = JSON.stringify(toJson(transaction.error));
  if (signer !== undefined) decoded.signer = signer;
  decoded.networkFee = transaction.fee;
  if (transaction.computeUnits !== null) decoded.gasUsed = transaction.computeUnits;
  if (problems.length > 0) decoded.problems = problems;
  return decoded;
}
