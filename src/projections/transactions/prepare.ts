/** Writes Transaction rows, and the other hashes by which the transactions are known. */
import type { PoolClient } from 'pg';
import { type CopyColumns, copyNew, createCopyTime } from '../../store/copy.js';
import type { LedgerRow } from '../../store/ledger/ledger.js';
import type { Prepared, ProjectionContext } from '../projection.js';
import { type Owners, readOwners } from '../wallets/owners.js';
import { insertAliases } from './aliases.js';
import { byTransaction, type TransactionRow, transactionRow } from './row.js';

interface Row extends TransactionRow {
  readonly nftId: string | null;
  readonly sellerId: string | null;
  readonly buyerId: string | null;
  readonly userId: string | null;
}

/** Columns for one call of `copyNew`. Each call gets its own time formatter. */
function columnsOfOneCopy(): CopyColumns<Row> {
  const time = createCopyTime();
  return {
    id: (row) => row.id,
    transactionHash: (row) => row.transactionHash,
    chain: (row) => row.chain,
    blockNumber: (row) => row.blockNumber,
    transactionIndex: (row) => row.transactionIndex,
    createdAt: (row) => time(row.createdAt),
    transactionType: (row) => row.transactionType,
    status: (row) => row.status,
    nftId: (row) => row.nftId,
    sellerId: (row) => row.sellerId,
    buyerId: (row) => row.buyerId,
    userId: (row) => row.userId,
    price: (row) => row.price,
    fee: (row) => row.fee,
    gasUsed: (row) => row.gasUsed,
    metadata: (row) => row.metadata,
  };
}

/**
 * Writes at once the transactions whose wallets and NFT are stored already; once a chain is known, these are
 * most of them. No other worker waits for these rows. The rest is left to `write`, after wallets and NFTs are
 * written.
 */
export async function prepare(
  client: PoolClient,
  rows: readonly LedgerRow[],
  context: ProjectionContext,
  owners: Owners,
): Promise<Prepared> {
  const transactions = toTransactions(rows, context);
  const nftIds = await readNftIds(client, transactions);
  const stands = (address: string | null): boolean => address === null || owners.has(address);
  const isKnown = ({ nft, seller, buyer, user }: TransactionRow): boolean =>
    stands(seller) && stands(buyer) && stands(user) && (nft === null || nftIds.has(nft));
  const left = transactions.filter((row) => !isKnown(row));
  const known = transactions.filter(isKnown);
  return {
    counts: {
      Transaction: await write(client, known, owners, nftIds),
      transaction_alias: await insertAliases(client, rows),
    },
    write: async () => {
      if (left.length === 0) return {};
      const parties = left
        .flatMap(({ seller, buyer, user }) => [seller, buyer, user])
        .filter((address) => address !== null);
      return {
        Transaction: await write(
          client,
          left,
          await readOwners(client, owners, parties),
          await readNftIds(client, left),
        ),
      };
    },
  };
}

function toTransactions(rows: readonly LedgerRow[], context: ProjectionContext): TransactionRow[] {
  return byTransaction(rows)
    .map((group) => transactionRow(group, context))
    .filter((row) => row !== null);
}

async function write(
  client: PoolClient,
  transactions: readonly TransactionRow[],
  owners: Owners,
  nftIds: ReadonlyMap<string, string>,
): Promise<number> {
  if (transactions.length === 0) return 0;
  const ownerOf = (address: string | null): string | null =>
    address === null ? null : (owners.get(address)?.user ?? null);
  const rows = transactions.map((row) => ({
    ...row,
    nftId: row.nft === null ? null : (nftIds.get(row.nft) ?? null),
    sellerId: ownerOf(row.seller),
    buyerId: ownerOf(row.buyer),
    userId: ownerOf(row.user),
  }));
  rows.sort((a, b) => (a.id < b.id ? -1 : 1));
  // If another worker has committed one of these rows meanwhile, perhaps from another block, copyNew fails
  // with a conflict; the database transaction is then run again and sees the row.
  await copyNew(client, 'Transaction', columnsOfOneCopy(), rows);
  return rows.length;
}

async function readNftIds(
  client: PoolClient,
  transactions: readonly TransactionRow[],
): Promise<ReadonlyMap<string, string>> {
  const tokens = [...new Set(transactions.map((row) => row.nft).filter((nft) => nft !== null))];
  if (tokens.length === 0) return new Map();
  const { rows } = await client.query<{ token: string; id: string }>(
    `SELECT "tokenId" AS token, id FROM "NFT" WHERE "tokenId" = ANY($1)`,
    [tokens],
  );
  return new Map(rows.map((row) => [row.token, row.id]));
}
