/** Queries of the Transaction table. */
import { type Chain, type JsonObject, KINDS, type Kind } from '../../events/event.js';
import type { BlockRange } from '../../events/range.js';
import { type LedgerRow, readLedger } from '../../store/ledger/ledger.js';
import { before, type Condition, when, where } from '../conditions.js';
import {
  decimalText,
  isoTime,
  type Page,
  type PageRequest,
  pageOf,
  type Reader,
  type TimeKey,
} from '../read.js';

type TransactionStatus = 'pending' | 'completed' | 'failed';

/**
 * A row of the table, with the tokenId of the NFT that `nftId` refers to. Prices and fees are in whole units,
 * times are ISO 8601 UTC.
 */
export interface TransactionRecord {
  readonly id: string;
  readonly transactionHash: string;
  readonly chain: Chain;
  readonly transactionType: Kind;
  readonly status: TransactionStatus;
  readonly blockNumber: number | null;
  readonly transactionIndex: number | null;
  readonly createdAt: string;
  readonly nftId: string | null;
  readonly tokenId: string | null;
  readonly sellerId: string | null;
  readonly buyerId: string | null;
  readonly userId: string | null;
  readonly price: string | null;
  readonly fee: string | null;
  readonly gasUsed: string | null;
  readonly metadata: JsonObject;
}

export interface TransactionFilter {
  readonly chain?: Chain | undefined;
  readonly type?: Kind | undefined;
  readonly status?: TransactionStatus | undefined;
  /** Address of a wallet that gave, received or acted. */
  readonly wallet?: string | undefined;
  /** tokenId of an NFT. */
  readonly nft?: string | undefined;
}

/** A range of blocks on a chain, both ends included. */
export interface ChainBlocks extends BlockRange {
  readonly chain: Chain;
}

/** Position of a transaction in its chain. */
export interface PlaceKey {
  readonly block: number;
  readonly transactionIndex: number;
}

type Row = Omit<TransactionRecord, 'blockNumber' | 'metadata'> & {
  readonly blockNumber: string | null;
  readonly metadata: JsonObject | null;
};

const SELECT = `
  SELECT t.id, t."transactionHash", t.chain, t."transactionType", t.status, t."blockNumber", t."transactionIndex",
         ${isoTime('t."createdAt"')} AS "createdAt", t."nftId", n."tokenId", t."sellerId", t."buyerId", t."userId",
         ${decimalText('t.price')} AS price, ${decimalText('t.fee')} AS fee, t."gasUsed"::text AS "gasUsed", t.metadata
    FROM "Transaction" t LEFT JOIN "NFT" n ON n.id = t."nftId"`;

/** One page of the transactions that match the filter, newest first by (createdAt, id). */
export async function listTransactions(
  db: Reader,
  filter: TransactionFilter,
  page: PageRequest<TimeKey>,
): Promise<Page<TransactionRecord, TimeKey>> {
  const after = before(page.after, 't."createdAt"', 't.id');
  const newest = `ORDER BY t."createdAt" DESC, t.id DESC LIMIT ${page.limit + 1}`;
  const rows = await rowsOf(db, filter, [after], newest);
  return pageOf(rows, page.limit, (record) => ({ time: record.createdAt, id: record.id }));
}

/**
 * One page of a range's transactions, newest first by (block, transactionIndex). The rows are read in the
 * order of the chain's own index whatever the filter is, so a range at the beginning of the chain costs no
 * more than one at its end.
 */
export async function listTransactionsOfBlocks(
  db: Reader,
  { chain, fromBlock, toBlock }: ChainBlocks,
  filter: TransactionFilter,
  page: PageRequest<PlaceKey>,
): Promise<Page<TransactionRecord, PlaceKey>> {
  const { after } = page;
  const range: Condition = ['t.chain = ? AND t."blockNumber" BETWEEN ? AND ?', chain, fromBlock, toBlock];
  const rest: Condition | undefined = after && [
    '(t."blockNumber", t."transactionIndex") < (?, ?)',
    after.block,
    after.transactionIndex,
  ];
  const newest = `ORDER BY t.chain DESC, t."blockNumber" DESC, t."transactionIndex" DESC LIMIT ${page.limit + 1}`;
  const rows = await rowsOf(db, { ...filter, chain: undefined }, [range, rest], newest);
  return pageOf(rows, page.limit, (record) => ({
    block: record.blockNumber ?? 0,
    transactionIndex: record.transactionIndex ?? 0,
  }));
}

async function rowsOf(
  db: Reader,
  filter: TransactionFilter,
  places: readonly (Condition | undefined)[],
  newest: string,
): Promise<TransactionRecord[]> {
  const nftId =
    filter.nft === undefined
      ? undefined
      : await idOf(db, `SELECT id FROM "NFT" WHERE "tokenId" = $1`, filter.nft);
  const users = filter.wallet === undefined ? undefined : await usersOf(db, filter.wallet);
  if (nftId === null || users?.length === 0) return [];
  const conditions: (Condition | undefined)[] = [
    when(filter.chain, 't.chain = ?'),
    when(filter.type, 't."transactionType" = ?'),
    when(filter.status, 't.status = ?'),
    when(nftId, 't."nftId" = ?'),
    // A user may have several wallets. The user columns find the candidates by their indexes; the addresses
    // then keep only this wallet's transactions.
    filter.wallet === undefined
      ? undefined
      : [`(t.metadata->>'from' = ? OR t.metadata->>'to' = ?)`, filter.wallet, filter.wallet],
    ...places,
  ];
  const { sql, values } =
    users === undefined ? plain(conditions, newest) : ofUsers(users, conditions, newest);
  const { rows } = await db.pool.query<Row>(sql, values);
  return rows.map(toRecord);
}

function plain(
  conditions: readonly (Condition | undefined)[],
  newest: string,
): { sql: string; values: unknown[] } {
  const filter = where(conditions);
  return { sql: `${SELECT} ${filter.sql} ${newest}`, values: filter.values };
}

/**
 * No index serves `OR` over three columns. Each column has an index of its own, and the newest rows of all
 * are among the newest rows of each column.
 */
function ofUsers(
  users: readonly string[],
  conditions: readonly (Condition | undefined)[],
  newest: string,
): { sql: string; values: unknown[] } {
  const filter = where(conditions, [users]);
  const branches = ['sellerId', 'buyerId', 'userId'].map(
    (column) => `(SELECT t.id FROM "Transaction" t ${filter.sql} AND t."${column}" = ANY($1) ${newest})`,
  );
  return { sql: `${SELECT} WHERE t.id IN (${branches.join(' UNION ')}) ${newest}`, values: filter.values };
}

/** The wallet's user, and former ones that still have rows of it while these are being moved. */
async function usersOf(db: Reader, wallet: string): Promise<string[]> {
  const { rows } = await db.pool.query<{ id: string }>(
    `SELECT "userId" AS id FROM "Wallet" WHERE address = $1 AND "userId" IS NOT NULL
      UNION SELECT unnest(sources) FROM wallet_move WHERE address = $1`,
    [wallet],
  );
  return rows.map(({ id }) => id);
}

async function idOf(db: Reader, sql: string, key: string): Promise<string | null> {
  const { rows } = await db.pool.query<{ id: string | null }>(sql, [key]);
  return rows[0]?.id ?? null;
}

/** A transaction that was found by one of its hashes. */
export interface NamedTransaction {
  readonly record: TransactionRecord;
  /** Hashes of the other transactions known by the same hash (on TON: those of one trace), in chain order. */
  readonly others: readonly string[];
}

/**
 * Finds a transaction by its own hash, else by another hash that it is known by (TON: the root of its trace,
 * the external message). If several match, it is the one with the most specific kind.
 * @param hashes different spellings of one hash
 * @returns null when the tables hold no such transaction
 */
export async function findTransaction(
  db: Reader,
  hashes: readonly string[],
): Promise<NamedTransaction | null> {
  const { rows } = await db.pool.query<Row>(`${SELECT} WHERE t."transactionHash" = ANY($1) LIMIT 1`, [
    hashes,
  ]);
  if (rows[0]) return { record: toRecord(rows[0]), others: [] };
  const named = await db.pool.query<Row>(
    `${SELECT} WHERE t."transactionHash" IN (SELECT transaction_hash FROM transaction_alias WHERE alias = ANY($1))
      ORDER BY t."blockNumber", t."transactionIndex" LIMIT ${MOST_NAMED}`,
    [hashes],
  );
  const records = named.rows.map(toRecord);
  const [first] = [...records].sort(
    (a, b) => KINDS.indexOf(a.transactionType) - KINDS.indexOf(b.transactionType),
  );
  if (!first) return null;
  return {
    record: first,
    others: records.filter((record) => record !== first).map((record) => record.transactionHash),
  };
}

/** A trace may hold thousands of transfers; a request for one hash does not list more than this. */
const MOST_NAMED = 256;

/** The transaction's events in the ledger, in order of event index. */
export function eventsOfTransaction(
  db: Reader,
  { chain, blockNumber, transactionIndex, transactionHash }: TransactionRecord,
) {
  return readLedger(
    db.pool,
    'l.chain = $1 AND l.block = $2 AND l.transaction_index = $3 AND l.transaction_hash = $4',
    [chain, blockNumber, transactionIndex, transactionHash],
  ) satisfies Promise<LedgerRow[]>;
}

function toRecord(row: Row): TransactionRecord {
  return {
    ...row,
    blockNumber: row.blockNumber === null ? null : Number(row.blockNumber),
    metadata: row.metadata ?? {},
  };
}
