/** Explains why rows are as they are: everything that the database holds of one transaction. */
import type { Pool } from 'pg';
import { listProblemTransactions } from '../dead-letters/problem-rows.js';
import type { Chain, DecodeProblem, JsonObject } from '../events/event.js';
import { flattenEvent } from '../events/json.js';
import type { BlockRange } from '../events/range.js';
import type { ExplainedRows } from '../projections/explain.js';
import { locateTransactions } from '../projections/locate.js';
import type { Located } from '../projections/projection.js';
import { PROJECTIONS } from '../projections/registry.js';
import { listAllCoverage } from '../store/coverage/coverage.js';
import { digestOf } from '../store/ledger/digest.js';
import { type LedgerRow, readLedger } from '../store/ledger/ledger.js';

export interface ExplainedEvent {
  readonly event: JsonObject;
  readonly position: string;
  readonly finality: string;
  /** Redacted name of the endpoint that gave the block, and id of the job that wrote the row. */
  readonly source: string;
  readonly job: string;
  /** false: the row is not what was written, for its digest does not match. */
  readonly intact: boolean;
}

export interface Explanation {
  readonly chain: Chain;
  readonly transactionHash: string;
  readonly block: number;
  readonly transactionIndex: number;
  readonly covered: boolean;
  readonly events: readonly ExplainedEvent[];
  /** Table → the rows that this transaction's events made or changed, as they are now. Amounts are text. */
  readonly rows: Readonly<Record<string, readonly JsonObject[]>>;
  readonly problems: readonly DecodeProblem[];
  /** Audit entries of the transaction and of these rows, at most 100. */
  readonly audit: readonly JsonObject[];
}

type Db = { readonly pool: Pool };

/**
 * @param hash the transaction's own, or another that names it
 * @returns null when the database knows nothing of it
 */
export async function explain(db: Db, hash: string): Promise<Explanation | null> {
  const place = await placeOf(db, hash);
  if (!place) return null;
  const { chain, block, index } = place;
  const client = db.pool;
  const rows = await readLedger(client, 'l.chain = $1 AND l.block = $2 AND l.transaction_index = $3', [
    chain,
    block,
    index,
  ]);
  const provenance = await provenanceOf(db, place);
  const problems = await listProblemTransactions(db, { chain, hash: place.hash, limit: 1 });
  const touched: ExplainedRows[] = [];
  for (const projection of PROJECTIONS)
    touched.push(...(await projection.explain(client, { chain, transactionHash: place.hash, rows })));
  const keys = [
    place.hash,
    ...touched.flatMap(({ rows: list, named }) => (named ? list.map((row) => row[named]) : [])),
  ];
  return {
    chain,
    transactionHash: place.hash,
    block,
    transactionIndex: index,
    covered: (await listAllCoverage(db, chain)).some(
      (range: BlockRange) => block >= range.fromBlock && block <= range.toBlock,
    ),
    events: rows.map((row) => explained(row, provenance.get(row.event.eventIndex))),
    rows: Object.fromEntries(
      touched.filter((of) => of.rows.length > 0).map((of) => [of.table, of.rows] as const),
    ),
    problems: problems[0]?.problems ?? [],
    audit: await auditOf(db, [...new Set(keys.filter((key) => typeof key === 'string'))]),
  };
}

/**
 * Looks for the hash where projections keep transactions and their other hashes, in the decode problems and
 * last, slowly, in the ledger itself.
 */
async function placeOf(db: Db, hash: string): Promise<Located | null> {
  const [located] = await locateTransactions(db, hash, null);
  if (located) return located;
  for (const table of ['decode_problem', 'ledger_event']) {
    const { rows } = await db.pool.query<Omit<Located, 'block'> & { readonly block: string }>(
      `SELECT chain, transaction_hash AS hash, block, transaction_index AS index FROM ${table}
        WHERE transaction_hash = $1 LIMIT 1`,
      [hash],
    );
    if (rows[0]) return { ...rows[0], block: Number(rows[0].block) };
  }
  return null;
}

interface Provenance {
  readonly source: string;
  readonly job: string;
  readonly digest: string;
}

async function provenanceOf(
  { pool }: Db,
  { chain, block, index }: Located,
): Promise<Map<number, Provenance>> {
  const { rows } = await pool.query<Provenance & { event_index: number }>(
    'SELECT event_index, source, job, digest FROM ledger_event WHERE chain = $1 AND block = $2 AND transaction_index = $3',
    [chain, block, index],
  );
  return new Map(rows.map((row) => [row.event_index, row]));
}

function explained(row: LedgerRow, provenance: Provenance | undefined): ExplainedEvent {
  const { chain, block, transactionIndex, transactionHash, blockTime, event } = row;
  const outcome = event.outcome;
  return {
    event: flattenEvent(
      { chain, block, transactionIndex, transactionHash, blockTime, outcome, events: [] },
      event,
    ),
    position: row.position,
    finality: row.finality,
    source: provenance?.source ?? 'unknown',
    job: provenance?.job ?? 'unknown',
    intact: provenance !== undefined && BigInt(provenance.digest) === digestOf(row),
  };
}

async function auditOf({ pool }: Db, keys: readonly string[]): Promise<JsonObject[]> {
  const { rows } = await pool.query<{ entry: JsonObject }>(
    `SELECT to_jsonb(a) - 'id' AS entry FROM audit_entry a
      WHERE EXISTS (SELECT 1 FROM unnest($1::text[]) AS k(name) WHERE position(k.name IN a.key) > 0) ORDER BY id LIMIT 100`,
    [[...keys]],
  );
  return rows.map((row) => row.entry);
}
