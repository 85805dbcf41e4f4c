/**
 * Transaction and transaction_alias as `ndx verify` compares them, and how a row shows that the ledger lost
 * events.
 */
import { type DerivedTable, ofChain } from '../derived-table.js';
import type { LostEvents } from '../projection.js';
import type { RowDifference, Values } from '../row-difference.js';

export const TRANSACTION: DerivedTable = {
  name: 'Transaction',
  writes: [{ name: 'Transaction', omitted: { chain: 'matched' } }],
  key: ['transactionHash'],
  columns: [
    'id',
    'blockNumber',
    'transactionIndex',
    'transactionType',
    'status',
    'nftId',
    'sellerId',
    'buyerId',
    'userId',
    'price',
    'fee',
    'gasUsed',
    'metadata',
    'createdAt',
  ],
  telling: [],
  block: 'blockNumber',
  rows: ofChain('Transaction'),
};

export const TRANSACTION_ALIAS: DerivedTable = {
  name: 'transaction_alias',
  writes: [{ name: 'transaction_alias', omitted: {} }],
  key: ['transaction_hash', 'alias'],
  columns: [],
  telling: [],
  // An alias whose transaction is missing belongs to no chain, so it is an orphan for every chain.
  rows: (schema) =>
    `SELECT a.* FROM ${schema}.transaction_alias a
       LEFT JOIN ${schema}."Transaction" x ON x."transactionHash" = a.transaction_hash
      WHERE COALESCE(x.chain, $1) = $1`,
};

/**
 * A Transaction row stores the number of its events. When the ledger holds fewer, events were deleted from
 * it.
 */
export function lostEvents({ table, key, there, expected }: RowDifference): LostEvents | null {
  if (table !== TRANSACTION.name || there === null) return null;
  const counted = eventCount(there);
  const held = expected === null ? 0 : eventCount(expected);
  if (counted <= held) return null;
  return {
    transactionHash: key.transactionHash ?? '',
    block: Number(there.blockNumber ?? 0),
    counted,
    held,
  };
}

function eventCount(row: Values): number {
  const metadata: unknown = JSON.parse(row.metadata ?? '{}');
  return typeof metadata === 'object' && metadata !== null && 'events' in metadata
    ? Number(metadata.events)
    : 1;
}
