/** A recorded result of getTransaction, which says its own slot and time. */
import { wrongAnswer } from '../../../chains/solana/normalise/fields.js';
import { normaliseTransaction, type TransactionPlace } from '../../../chains/solana/normalise/transaction.js';
import type { SolanaTransaction } from '../../../chains/solana/transaction.js';
import { asCount, asObject, asOptional, asWhole, readAtDoor } from '../../../runtime/untrusted.js';
import { toJsonEncoding } from './encodings.js';

/**
 * @param result in any encoding. Its place in its block is 0 where the node did not say it
 * @throws NdxError RPC_BAD_RESPONSE naming the path of what is missing or of a wrong type
 */
export function readTransactionResult(result: unknown): SolanaTransaction {
  const place = readAtDoor(result, placeIn, wrongAnswer('result'));
  return normaliseTransaction(toJsonEncoding(result, 'result'), place, 'result');
}

function placeIn(value: unknown, holder: object, key: PropertyKey): TransactionPlace {
  const result = asObject(value, holder, key);
  return {
    slot: asCount(result.slot, result, 'slot'),
    blockTime: asOptional(result.blockTime, result, 'blockTime', asWhole),
    transactionIndex: asOptional(result.transactionIndex, result, 'transactionIndex', asCount) ?? 0,
  };
}
