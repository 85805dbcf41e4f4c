/** The events of a transaction with the facts of the transaction itself. */
import type { SolanaTransaction } from '../../chains/solana/transaction.js';
import type { DecodedTransaction, DecodeProblem } from '../../events/event.js';
import { toJson } from '../../events/json.js';

export function wrap(
  transaction: SolanaTransaction,
  events: DecodedTransaction['events'],
  problems: readonly DecodeProblem[],
): DecodedTransaction {
  const failed = transaction.error !== null;
  const [signer] = transaction.accountKeys;
  return {
    chain: 'solana',
    block: transaction.slot,
    blockTime: transaction.blockTime,
    transactionIndex: transaction.transactionIndex,
    transactionHash: transaction.signature,
    outcome: failed ? 'failed' : 'ok',
    ...(failed && { error: JSON.stringify(toJson(transaction.error)) }),
    ...(signer !== undefined && { signer }),
    networkFee: transaction.fee,
    ...(transaction.computeUnits !== null && { gasUsed: transaction.computeUnits }),
    events,
    ...(problems.length > 0 && { problems }),
  };
}
