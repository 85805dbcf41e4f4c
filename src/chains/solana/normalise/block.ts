/** A getBlock answer → SolanaBlock, leaving out foreign transactions before anything is built of them. */
import type { SolanaBlock, SolanaTransaction } from '../transaction.js';
import { asCount, asList, asRecord, asString, asTime, namedIfWrong } from './fields.js';
import { createKeyFilter } from './key-filter.js';
import { normaliseTransaction } from './transaction.js';

export interface BlockOptions {
  /** getBlock does not repeat the slot that was asked for. */
  readonly slot: number;
  /** Base58 addresses; only transactions that name one of them (as account, loaded account or token mint) are read. Absent: all. */
  readonly keys?: ReadonlySet<string>;
}

/**
 * `raw`: the `result` of getBlock with `transactionDetails: full`.
 * @throws NdxError RPC_BAD_RESPONSE naming the path of what is missing or of a wrong type.
 */
export function normaliseBlock(raw: unknown, options: BlockOptions): SolanaBlock {
  const block = asRecord(raw, 'block');
  const blockTime = asTime(block.blockTime, 'block.blockTime');
  const touches = options.keys === undefined ? null : createKeyFilter(options.keys);
  const transactions: SolanaTransaction[] = [];
  asList(block.transactions, 'block.transactions').forEach((entry, transactionIndex) => {
    const path = () => `block.transactions[${transactionIndex}]`;
    if (touches !== null && !namedIfWrong((named) => touches(entry, named), path)) return;
    transactions.push(
      normaliseTransaction(entry, { slot: options.slot, blockTime, transactionIndex }, path()),
    );
  });
  return {
    slot: options.slot,
    blockhash: asString(block.blockhash, 'block.blockhash'),
    parentSlot: asCount(block.parentSlot, 'block.parentSlot'),
    previousBlockhash: asString(block.previousBlockhash, 'block.previousBlockhash'),
    blockTime,
    transactions,
  };
}
