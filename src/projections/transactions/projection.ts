/** The Transaction table. Kind: one row a chain transaction, a pure function of its own events; see row.ts. */
import type { PoolClient } from 'pg';
import { type BulkColumns, bulk, utc } from '../../store/bulk.js';
import { RestartTransaction } from '../../store/database.js';
import type { LedgerRow } from '../../store/ledger.js';
import { type Projection, type ProjectionContext, type RowCounts, sortedKeys } from '../projection.js';
import { deleteAliases, insertAliases } from './aliases.js';
import { byTransaction, type TransactionRow, transactionRow } from './row.js';

const COLUMNS: BulkColumns<TransactionRow> = {
  id: ['text', (row) => row.id],
  transactionHash: ['text', (row) => row.transactionHash],
  chain: ['text', (row) => row.chain],
  blockNumber: ['bigint', (row) => row.blockNumber],
  transactionIndex: ['int', (row) => row.transactionIndex],
  createdAt: ['float8', (row) => row.createdAt],
  transactionType: ['text', (row) => row.transactionType],
  status: ['text', (row) => row.status],
  nft: ['text', (row) => row.nft],
  seller: ['text', (row) => row.seller],
  buyer: ['text', (row) => row.buyer],
  actor: ['text', (row) => row.user],
  price: ['numeric', (row) => row.price],
  fee: ['numeric', (row) => row.fee],
  gasUsed: ['bigint', (row) => row.gasUsed],
  metadata: ['jsonb', (row) => JSON.stringify(row.metadata)],
};

async function apply(client: PoolClient, rows: readonly LedgerRow[], context: ProjectionContext): Promise<RowCounts> {
  const transactions = byTransaction(rows)
    .map((group) => transactionRow(group, context))
    .filter((row) => row !== null);
  if (transactions.length === 0) return {};
  const input = bulk(transactions, COLUMNS);
  const { rowCount } = await client.query(
    `INSERT INTO "Transaction" (id, "transactionHash", chain, "blockNumber", "transactionIndex", "createdAt", "transactionType", status,
                                "nftId", "sellerId", "buyerId", "userId", price, fee, "gasUsed", metadata)
     SELECT t.id, t."transactionHash", t.chain, "blockNumber", "transactionIndex", ${utc('t."createdAt"')}, "transactionType", status,
            nft.id, seller."userId", buyer."userId", actor."userId", t.price, fee, "gasUsed", t.metadata
       FROM ${input.from}
       LEFT JOIN "NFT" nft ON nft."tokenId" = t.nft
       LEFT JOIN "Wallet" seller ON seller.address = t.seller
       LEFT JOIN "Wallet" buyer ON buyer.address = t.buyer
       LEFT JOIN "Wallet" actor ON actor.address = t.actor
      ORDER BY t.id
     ON CONFLICT DO NOTHING`,
    [...input.values],
  );
  // Another worker has just written one of them, perhaps from another block: look again at what stands there now.
  if (rowCount !== transactions.length) throw new RestartTransaction();
  return { Transaction: transactions.length, transaction_alias: await insertAliases(client, rows) };
}

async function revert(client: PoolClient, rows: readonly LedgerRow[]): Promise<RowCounts> {
  const hashes = sortedKeys(rows.map((row) => row.transactionHash));
  const { rowCount } = await client.query(`DELETE FROM "Transaction" WHERE "transactionHash" = ANY($1)`, [hashes]);
  return { Transaction: rowCount ?? 0, transaction_alias: await deleteAliases(client, hashes) };
}

export const transactions: Projection = { name: 'transactions', apply, revert };
