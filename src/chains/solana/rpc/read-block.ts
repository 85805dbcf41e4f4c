/**
 * Reads the bytes of a getBlock answer: the block, with those of its transactions that name a followed
 * address. Every block is read by this, also recorded and archived ones.
 */

import { repeatedIn } from '../../repeated.js';
import { normaliseTransaction } from '../normalise/transaction.js';
import type { SolanaBlock } from '../transaction.js';
import type { KeyFinder } from './keys.js';
import { NotABlock, scanBlock } from './scan.js';

/**
 * @param slot of the block, which its answer does not repeat
 * @param body of the answer, in `json` encoding, as the node sent it
 * @throws NotABlock or ErrorAnswer when the answer is no block
 * @throws NdxError RPC_BAD_RESPONSE naming the field of a transaction that is wrong
 */
export function readBlock(slot: number, body: Buffer, keys: KeyFinder): SolanaBlock {
  const { header, ours } = scanBlock(body, keys);
  if (header.parentSlot >= slot && slot !== 0)
    throw new NotABlock(`a block whose parentSlot ${header.parentSlot} is not before it`);
  const transactions = ours.map(({ index, raw }) =>
    normaliseTransaction(
      raw,
      { slot, blockTime: header.blockTime, transactionIndex: index },
      `result.transactions[${index}]`,
    ),
  );
  const twice = repeatedIn(transactions.map(({ signature }) => signature));
  if (twice !== null) throw new NotABlock(`a block that holds transaction ${twice} twice`);
  return { slot, ...header, transactions };
}
