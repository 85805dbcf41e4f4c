/** The ledger table: canonical events to rows and back, and its set-based statements. */
import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';
import type {
  Chain,
  ChainEvent,
  DecodedTransaction,
  Fees,
  Finality,
  JsonObject,
  Kind,
  Movement,
  NftDescription,
  Outcome,
  StakeTerms,
} from '../events/event.js';
import { toJson } from '../events/json.js';
import { positionKey } from '../events/position.js';
import { type BulkColumns, bulk, utc } from './bulk.js';

/** What the ledger keeps of a transaction besides its events; stands with the transaction's first event. */
export type TransactionFacts = Pick<DecodedTransaction, 'signer' | 'networkFee' | 'gasUsed' | 'error' | 'aliases'>;

/** An event with its place on the chain: what projections fold. */
export interface LedgerRow {
  readonly chain: Chain;
  readonly block: number;
  readonly transactionIndex: number;
  readonly transactionHash: string;
  readonly blockTime: number | null;
  readonly finality: Finality;
  readonly event: ChainEvent;
  /** positionKey of the event. */
  readonly position: string;
  readonly transaction?: TransactionFacts;
}

/** One transaction's rows, in event order. */
export function ledgerRows(transaction: DecodedTransaction, finality: Finality): LedgerRow[] {
  const { chain, block, transactionIndex, transactionHash, blockTime, signer, networkFee, gasUsed, error, aliases } = transaction;
  const facts = omitUndefined({ signer, networkFee, gasUsed, error, aliases }) as TransactionFacts;
  const events = [...transaction.events].sort((a, b) => a.eventIndex - b.eventIndex);
  return events.map((event, at) => ({
    chain,
    block,
    transactionIndex,
    transactionHash,
    blockTime,
    finality,
    event,
    position: positionKey(block, transactionIndex, event.eventIndex),
    ...(at === 0 ? { transaction: facts } : {}),
  }));
}

/** The event's content in 63 bits: equal digests mean that a decoder reads the event as it did before. */
export function digestOf(row: LedgerRow): bigint {
  const content = stableText(toJson([row.transactionHash, row.blockTime, row.event, row.transaction ?? null]));
  return createHash('sha256').update(content).digest().readBigInt64BE(0);
}

function stableText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stableText).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${stableText(item)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

function omitUndefined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined));
}

/** What is compared to tell whether a transaction stands in the ledger as it was read now. */
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

export async function entriesInRange(client: PoolClient, chain: Chain, fromBlock: number, toBlock: number): Promise<LedgerEntry[]> {
  const { rows } = await client.query<EntryRow>(
    `SELECT ${ENTRY} FROM ledger_event WHERE chain = $1 AND block BETWEEN $2 AND $3 ORDER BY block, transaction_index, event_index`,
    [chain, fromBlock, toBlock],
  );
  return rows.map(toEntry);
}

/** Entries of the given transactions, wherever their Transaction row says that they stand. */
export async function entriesOfTransactions(client: PoolClient, chain: Chain, hashes: readonly string[]): Promise<LedgerEntry[]> {
  const { rows } = await client.query<EntryRow>(
    `SELECT ${ENTRY.replace(/(\w+)/g, 'l.$1')} FROM "Transaction" t
       JOIN ledger_event l ON l.chain = t.chain AND l.block = t."blockNumber" AND l.transaction_index = t."transactionIndex"
      WHERE t."transactionHash" = ANY($2) AND t.chain = $1
      ORDER BY l.block, l.transaction_index, l.event_index`,
    [chain, hashes],
  );
  return rows.map(toEntry);
}

export interface Provenance {
  readonly source: string;
  readonly job: string;
}

const LEDGER_COLUMNS: BulkColumns<LedgerRow> = {
  block: ['bigint', (row) => row.block],
  transaction_index: ['int', (row) => row.transactionIndex],
  event_index: ['int', (row) => row.event.eventIndex],
  transaction_hash: ['text', (row) => row.transactionHash],
  block_time: ['float8', (row) => row.blockTime],
  kind: ['text', (row) => row.event.kind],
  outcome: ['text', (row) => row.event.outcome],
  finality: ['text', (row) => row.finality],
  asset_kind: ['text', (row) => row.event.asset.kind],
  asset: ['text', (row) => row.event.asset.address],
  sender: ['text', (row) => row.event.from],
  recipient: ['text', (row) => row.event.to],
  amount: ['numeric', (row) => row.event.amount],
  decimals: ['smallint', (row) => row.event.decimals],
  price_amount: ['numeric', (row) => row.event.price?.amount],
  price_currency: ['text', (row) => row.event.price?.currency],
  price_decimals: ['smallint', (row) => row.event.price?.decimals],
  facts: ['jsonb', (row) => JSON.stringify(factsOf(row))],
  decoder: ['text', (row) => row.event.decoder],
  decoder_version: ['smallint', (row) => row.event.decoderVersion],
  digest: ['bigint', (row) => digestOf(row)],
};

/** Inserts the rows and returns how many were not there yet. */
export async function insertLedger(client: PoolClient, rows: readonly LedgerRow[], provenance: Provenance): Promise<number> {
  if (rows.length === 0) return 0;
  const input = bulk(rows, LEDGER_COLUMNS, 4);
  const { rowCount } = await client.query(
    `INSERT INTO ledger_event (chain, source, job, ${input.names})
     SELECT $1, $2, $3, ${input.names.replace('"block_time"', utc('block_time'))} FROM ${input.from}
      ORDER BY block, transaction_index, event_index
     ON CONFLICT DO NOTHING`,
    [rows[0]?.chain, provenance.source, provenance.job, ...input.values],
  );
  return rowCount ?? 0;
}

/** The part of an event that no column holds. */
function factsOf(row: LedgerRow): JsonObject {
  const { movements, fees, marketplace, nft, stake, repriceOnly, details } = row.event;
  return toJson({ movements, fees, marketplace, nft, stake, repriceOnly, details, transaction: row.transaction }) as JsonObject;
}

interface FullRow extends EntryRow {
  chain: Chain;
  block_time: Date | null;
  kind: Kind;
  outcome: Outcome;
  asset_kind: 'nft' | 'token';
  asset: string;
  sender: string | null;
  recipient: string | null;
  amount: string | null;
  decimals: number | null;
  price_amount: string | null;
  price_currency: string | null;
  price_decimals: number | null;
  facts: StoredFacts;
  decoder: string;
  decoder_version: number;
}

interface StoredFacts {
  movements?: (Omit<Movement, 'delta'> & { delta: string })[];
  fees?: { marketplace?: string; royalty?: string };
  marketplace?: string;
  nft?: NftDescription;
  stake?: StakeTerms;
  repriceOnly?: true;
  details?: JsonObject;
  transaction?: { signer?: string; networkFee?: string; gasUsed?: string; error?: string; aliases?: string[] };
}

/** Reads rows back as they were reconciled. `where` is SQL over the alias `l`, with parameters from `values`. */
export async function readLedger(client: Pick<PoolClient, 'query'>, where: string, values: readonly unknown[]): Promise<LedgerRow[]> {
  const { rows } = await client.query<FullRow>(
    `SELECT l.*, l.block_time AT TIME ZONE 'UTC' AS block_time FROM ledger_event l WHERE ${where} ORDER BY l.block, l.transaction_index, l.event_index`,
    [...values],
  );
  return rows.map(fromRow);
}

function fromRow(row: FullRow): LedgerRow {
  const block = Number(row.block);
  const { movements, fees, transaction, ...rest } = row.facts;
  const event: ChainEvent = {
    eventIndex: row.event_index,
    kind: row.kind,
    outcome: row.outcome,
    decoder: row.decoder,
    decoderVersion: row.decoder_version,
    asset: { kind: row.asset_kind, address: row.asset },
    ...(row.sender === null ? {} : { from: row.sender }),
    ...(row.recipient === null ? {} : { to: row.recipient }),
    ...(row.amount === null ? {} : { amount: BigInt(row.amount) }),
    ...(row.decimals === null ? {} : { decimals: row.decimals }),
    ...(row.price_amount === null
      ? {}
      : { price: { amount: BigInt(row.price_amount), currency: row.price_currency ?? '', decimals: row.price_decimals ?? 0 } }),
    ...(fees ? { fees: toFees(fees) } : {}),
    ...(movements ? { movements: movements.map((movement) => ({ ...movement, delta: BigInt(movement.delta) })) } : {}),
    ...rest,
  };
  return {
    chain: row.chain,
    block,
    transactionIndex: row.transaction_index,
    transactionHash: row.transaction_hash,
    blockTime: row.block_time ? Math.floor(row.block_time.getTime() / 1000) : null,
    finality: row.finality,
    event,
    position: positionKey(block, row.transaction_index, row.event_index),
    ...(transaction ? { transaction: toTransactionFacts(transaction) } : {}),
  };
}

function toFees(fees: { marketplace?: string; royalty?: string }): Fees {
  return {
    ...(fees.marketplace === undefined ? {} : { marketplace: BigInt(fees.marketplace) }),
    ...(fees.royalty === undefined ? {} : { royalty: BigInt(fees.royalty) }),
  };
}

function toTransactionFacts(facts: NonNullable<StoredFacts['transaction']>): TransactionFacts {
  const { networkFee, gasUsed, ...rest } = facts;
  return {
    ...rest,
    ...(networkFee === undefined ? {} : { networkFee: BigInt(networkFee) }),
    ...(gasUsed === undefined ? {} : { gasUsed: BigInt(gasUsed) }),
  };
}

/** Takes transactions out of the ledger and returns the rows that stood there. */
export async function deleteFromLedger(
  client: PoolClient,
  chain: Chain,
  places: readonly { readonly block: number; readonly transactionIndex: number }[],
): Promise<LedgerRow[]> {
  if (places.length === 0) return [];
  const values = [chain, places.map((place) => place.block), places.map((place) => place.transactionIndex)];
  const inPlaces = `chain = $1 AND (block, transaction_index) IN (SELECT * FROM unnest($2::bigint[], $3::int[]))`;
  const rows = await readLedger(client, `l.${inPlaces.replace('(block, transaction_index)', '(l.block, l.transaction_index)')}`, values);
  await client.query(`DELETE FROM ledger_event WHERE ${inPlaces}`, values);
  return rows;
}

/** Marks transactions that a fork can no longer undo. */
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
