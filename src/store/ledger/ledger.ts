/** The table `ledger_event`: turns events into rows and back, and runs the set-based statements on them. */
import type { PoolClient } from 'pg';
import type {
  Chain,
  ChainEvent,
  DecodedTransaction,
  Finality,
  TransactionFacts,
} from '../../events/event.js';
import { positionKey } from '../../events/position.js';
import { type CopyColumns, copyNew, createCopyTime } from '../copy.js';
import { VOID_OWED } from '../coverage/owed-checks.js';
import { KNOWN_TIME } from './block-time.js';
import { digestOf } from './digest.js';
import {
  eventColumns,
  eventOf,
  factsOf,
  type Row,
  type StoredFacts,
  transactionFactsOf,
} from './ledger-columns.js';

/** An event with its place on the chain: the input of the projections. */
export interface LedgerRow {
  readonly chain: Chain;
  readonly block: number;
  readonly transactionIndex: number;
  readonly transactionHash: string;
  /** Unix seconds; null when the chain does not say. */
  readonly blockTime: number | null;
  readonly finality: Finality;
  readonly event: ChainEvent;
  /** Place on the chain as text that sorts in chain order (positionKey). */
  readonly position: string;
  /** Only with the transaction's first event. */
  readonly transaction?: TransactionFacts;
}

/** The rows of one transaction, by ascending event index. */
export function ledgerRows(transaction: DecodedTransaction, finality: Finality): LedgerRow[] {
  const { chain, block, transactionIndex, transactionHash, blockTime } = transaction;
  const events = transaction.events.toSorted((a, b) => a.eventIndex - b.eventIndex);
  return events.map((event, at) => ({
    chain,
    block,
    transactionIndex,
    transactionHash,
    blockTime,
    finality,
    event,
    position: positionKey(block, transactionIndex, event.eventIndex),
    ...(at === 0 ? { transaction } : {}),
  }));
}

/**
 * The parts of a ledger row that are compared to tell whether a transaction stands in the ledger as it was
 * read now.
 */
export interface LedgerEntry {
  readonly block: number;
  readonly transactionIndex: number;
  readonly eventIndex: number;
  readonly transactionHash: string;
  readonly digest: bigint;
  readonly finality: Finality;
}

interface EntryRow {
  block: string;
  transaction_index: number;
  event_index: number;
  transaction_hash: string;
  digest: string;
  finality: Finality;
}

const ENTRY = 'block, transaction_index, event_index, transaction_hash, digest, finality';

function toEntry(row: EntryRow): LedgerEntry {
  return {
    block: Number(row.block),
    transactionIndex: row.transaction_index,
    eventIndex: row.event_index,
    transactionHash: row.transaction_hash,
    digest: BigInt(row.digest),
    finality: row.finality,
  };
}

const IN_RANGE = `SELECT ${ENTRY} FROM ledger_event
  WHERE chain = $1 AND block BETWEEN $2 AND $3 ORDER BY block, transaction_index, event_index`;

/** The entries of the blocks from `fromBlock` to `toBlock` (inclusive), in chain order. */
export async function entriesInRange(
  client: PoolClient,
  chain: Chain,
  fromBlock: number,
  toBlock: number,
): Promise<LedgerEntry[]> {
  const { rows } = await client.query<EntryRow>(IN_RANGE, [chain, fromBlock, toBlock]);
  return rows.map(toEntry);
}

/**
 * As {@link entriesInRange}, of blocks that were read again: what an earlier reading of them owed is void
 * (owed-checks.ts).
 */
export async function entriesReadAgain(
  client: PoolClient,
  chain: Chain,
  fromBlock: number,
  toBlock: number,
): Promise<LedgerEntry[]> {
  const { rows } = await client.query<EntryRow>(`WITH void AS (${VOID_OWED}) ${IN_RANGE}`, [
    chain,
    fromBlock,
    toBlock,
  ]);
  return rows.map(toEntry);
}

/**
 * The entries of the given transactions, in chain order: those at the place that their Transaction row names.
 */
export async function entriesOfTransactions(
  client: PoolClient,
  chain: Chain,
  hashes: readonly string[],
): Promise<LedgerEntry[]> {
  const { rows } = await client.query<EntryRow>(
    `SELECT ${ENTRY.replace(/(\w+)/g, 'l.$1')} FROM "Transaction" t
       JOIN ledger_event l ON l.chain = t.chain AND l.block = t."blockNumber" AND l.transaction_index = t."transactionIndex"
      WHERE t."transactionHash" = ANY($2) AND t.chain = $1
      ORDER BY l.block, l.transaction_index, l.event_index`,
    [chain, hashes],
  );
  return rows.map(toEntry);
}

/** Where rows come from: the redacted name of the endpoint, and the queue's id of the job. */
export interface Provenance {
  readonly source: string;
  readonly job: string;
}

/** All columns of the table and how to read them from a row. Make them anew for each COPY. */
export function ledgerColumns({ source, job }: Provenance): CopyColumns<LedgerRow> {
  const time = createCopyTime();
  return {
    chain: (row) => row.chain,
    block: (row) => row.block,
    transaction_index: (row) => row.transactionIndex,
    transaction_hash: (row) => row.transactionHash,
    block_time: (row) => time(row.blockTime),
    finality: (row) => row.finality,
    ...eventColumns,
    facts: (row) => factsOf(row.event, row.transaction),
    digest: (row) => digestOf(row),
    source: () => source,
    job: () => job,
  };
}

/**
 * Inserts rows that the ledger does not hold yet.
 * @throws pg's DatabaseError of a conflict (isConflict) when another worker has committed one of them
 * meanwhile
 */
export async function insertLedger(
  client: PoolClient,
  rows: readonly LedgerRow[],
  provenance: Provenance,
): Promise<void> {
  // In the order of the key: two workers that insert the same rows wait for each other and never deadlock.
  await copyNew(client, 'ledger_event', ledgerColumns(provenance), rows.toSorted(byPlace));
}

function byPlace(a: LedgerRow, b: LedgerRow): number {
  return (
    a.block - b.block || a.transactionIndex - b.transactionIndex || a.event.eventIndex - b.event.eventIndex
  );
}

interface FullRow extends Omit<EntryRow, 'digest'>, Row {
  chain: Chain;
  /** Unix seconds. */
  block_time: number | null;
  facts: StoredFacts;
}

/**
 * Reads rows as they were reconciled, in chain order.
 * @param where SQL over the alias `l`, with parameters from `values`
 * @param facts the parts of the column `facts` to read, all by default; reading movements and details of many
 * rows costs more than all the rest
 */
export async function readLedger(
  client: Pick<PoolClient, 'query'>,
  where: string,
  values: readonly unknown[],
  facts?: readonly (keyof StoredFacts)[],
): Promise<LedgerRow[]> {
  const wanted = facts
    ? `jsonb_strip_nulls(jsonb_build_object(${facts.map((name) => `'${name}', l.facts->'${name}'`).join(', ')}))`
    : 'l.facts';
  const { rows } = await client.query<FullRow>(
    `SELECT ${FULL}, ${wanted} AS facts FROM ledger_event l WHERE ${where} ORDER BY l.block, l.transaction_index, l.event_index`,
    [...values],
  );
  return rows.map(fromRow);
}

const FULL = [
  ...[
    'chain',
    'block',
    'transaction_index',
    'transaction_hash',
    'finality',
    ...Object.keys(eventColumns),
  ].map((column) => `l.${column}`),
  `extract(epoch FROM ${KNOWN_TIME})::float8 AS block_time`,
].join(', ');

function fromRow(row: FullRow): LedgerRow {
  const block = Number(row.block);
  const { transaction, ...facts } = row.facts;
  return {
    chain: row.chain,
    block,
    transactionIndex: row.transaction_index,
    transactionHash: row.transaction_hash,
    blockTime: row.block_time === null ? null : Math.floor(row.block_time),
    finality: row.finality,
    event: eventOf(row, facts),
    position: positionKey(block, row.transaction_index, row.event_index),
    ...(transaction ? { transaction: transactionFactsOf(transaction) } : {}),
  };
}

/** Deletes the transactions at these places from the ledger. @returns the rows that stood there */
export async function deleteFromLedger(
  client: PoolClient,
  chain: Chain,
  places: readonly { readonly block: number; readonly transactionIndex: number }[],
): Promise<LedgerRow[]> {
  if (places.length === 0) return [];
  const values = [chain, places.map((place) => place.block), places.map((place) => place.transactionIndex)];
  const inPlaces = `chain = $1 AND (block, transaction_index) IN (SELECT * FROM unnest($2::bigint[], $3::int[]))`;
  const rows = await readLedger(
    client,
    `l.${inPlaces.replace('(block, transaction_index)', '(l.block, l.transaction_index)')}`,
    values,
  );
  await client.query(`DELETE FROM ledger_event WHERE ${inPlaces}`, values);
  return rows;
}

/** Marks the transactions at these places as `finalized`: a fork can no longer undo them. */
export async function settleLedger(
  client: PoolClient,
  chain: Chain,
  places: readonly { readonly block: number; readonly transactionIndex: number }[],
): Promise<void> {
  await client.query(
    `UPDATE ledger_event SET finality = 'finalized' WHERE chain = $1 AND (block, transaction_index) IN (SELECT * FROM unnest($2::bigint[], $3::int[])) AND finality <> 'finalized'`,
    [chain, places.map((place) => place.block), places.map((place) => place.transactionIndex)],
  );
}
