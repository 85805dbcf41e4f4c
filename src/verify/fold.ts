/**
 * Streams the chain's ledger through the projections, exactly as reconcile applied it, and checks every event
 * on the way.
 */
import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { Chain } from '../events/event.js';
import type { BlockRange } from '../events/range.js';
import { applyTo, type ProjectionContext } from '../projections/projection.js';
import { PROJECTIONS } from '../projections/registry.js';
import { isConflict } from '../store/database.js';
import { digestOf } from '../store/ledger/digest.js';
import { entriesInRange, type LedgerEntry, type LedgerRow, readLedger } from '../store/ledger/ledger.js';
import type { Findings } from './findings.js';
import type { RangeDigest } from './report.js';

/** Events held in memory at once; of the last block among them all are taken. */
const BATCH = 5_000;

export interface FoldDeps {
  /** The client of withShadow: projections write to the copies. */
  readonly client: PoolClient;
  readonly chain: Chain;
  readonly context: ProjectionContext;
  /** Events outside of it are folded, too, but neither checked, counted nor digested. */
  readonly range: BlockRange;
  readonly blocksPerDigest: number;
  readonly findings: Findings;
  readonly signal: AbortSignal;
  readonly onProgress?: ((block: number, events: number) => void) | undefined;
}

/** A transaction whose events are not what was written, or that stands at more than one place. */
export interface AlteredTransaction {
  readonly block: number;
  readonly transactionIndex: number;
  readonly transactionHash: string;
}

export interface FoldResult {
  /** Events in the range. */
  readonly events: number;
  /** First 32 hex digits of the sha256 over all events of the range. */
  readonly total: string;
  readonly digests: readonly RangeDigest[];
  readonly altered: readonly AlteredTransaction[];
}

/**
 * Folds the chain's whole ledger into the copies of the tables.
 * @throws the signal's reason when it is aborted
 */
export async function foldLedger(deps: FoldDeps): Promise<FoldResult> {
  const { client, chain, context, range, signal } = deps;
  const digests = createDigests(range, deps.blocksPerDigest);
  const altered = new Map<string, AlteredTransaction>();
  const doubles = await noteDoubles(deps, altered);
  let folded = 0;
  for (let after = -1; ; ) {
    signal.throwIfAborted();
    const { rows: edges } = await client.query<{ edge: string | null }>(
      `SELECT max(block) AS edge FROM (SELECT block FROM ledger_event WHERE chain = $1 AND block > $2 ORDER BY block LIMIT ${BATCH}) next`,
      [chain, after],
    );
    const edge = edges[0]?.edge;
    if (edge == null) break;
    const to = Number(edge);
    const rows = await readLedger(client, 'l.chain = $1 AND l.block > $2 AND l.block <= $3', [
      chain,
      after,
      to,
    ]);
    const entries = await entriesInRange(client, chain, after + 1, to);
    for (const [at, row] of rows.entries()) {
      const entry = entries[at];
      if (!entry || row.block < range.fromBlock || row.block > range.toBlock) continue;
      digests.add(entry);
      if (digestOf(row) !== entry.digest) noteAltered(deps.findings, altered, row, entry.digest);
    }
    for (const projection of PROJECTIONS) {
      try {
        await applyTo(projection, client, rows, context);
      } catch (error) {
        // Nobody else writes to the copies, so a conflict means that the ledger holds one of these
        // transactions at two places.
        if (!isConflict(error) || doubles === 0) throw error;
      }
    }
    folded += rows.length;
    deps.onProgress?.(to, folded);
    after = to;
  }
  return { ...digests.end(), altered: [...altered.values()] };
}

function noteAltered(
  findings: Findings,
  altered: Map<string, AlteredTransaction>,
  row: LedgerRow,
  digest: bigint,
): void {
  const { block, transactionIndex, transactionHash } = row;
  altered.set(`${block}/${transactionIndex}`, { block, transactionIndex, transactionHash });
  // Read rows have the time of a neighbour in its place.
  const isUndated = digestOf({ ...row, blockTime: null }) === digest;
  const why = isUndated
    ? "was written without its block's time"
    : 'is not what was written: its content does not give its digest';
  findings.add({
    check: 'ledger',
    problem: 'altered',
    subject: 'ledger_event',
    key: `block=${block} transaction_index=${transactionIndex} event_index=${row.event.eventIndex}`,
    message: `event of transaction ${transactionHash} ${why}`,
    block,
  });
}

/**
 * Reports transactions that stand at more than one place; only the chain can say which one is right. They are
 * looked for separately, because the projections' unique keys refuse only some of them.
 * @returns how many there are
 */
async function noteDoubles(
  { client, chain, findings }: FoldDeps,
  altered: Map<string, AlteredTransaction>,
): Promise<number> {
  const { rows: doubles } = await client.query<{ hash: string; places: string[] }>(
    `SELECT transaction_hash AS hash, array_agg(DISTINCT block || '/' || transaction_index) AS places
       FROM ledger_event WHERE chain = $1 GROUP BY 1
      HAVING min(block) <> max(block) OR min(transaction_index) <> max(transaction_index)`,
    [chain],
  );
  for (const { hash, places } of doubles) {
    for (const place of places) {
      const [block = 0, transactionIndex = 0] = place.split('/').map(Number);
      altered.set(place, { block, transactionIndex, transactionHash: hash });
    }
    findings.add({
      check: 'ledger',
      problem: 'different',
      subject: 'ledger_event',
      key: `transaction_hash=${hash}`,
      message: `the transaction stands at more than one place: ${places.join(' and ')}`,
    });
  }
  return doubles.length;
}

function createDigests(range: BlockRange, size: number) {
  const ranges: RangeDigest[] = [];
  const all = createHash('sha256');
  let events = 0;
  let open: { bucket: number; hash: ReturnType<typeof createHash>; events: number } | undefined;
  const close = (): void => {
    if (!open) return;
    const fromBlock = Math.max(range.fromBlock, open.bucket * size);
    const toBlock = Math.min(range.toBlock, (open.bucket + 1) * size - 1);
    ranges.push({ fromBlock, toBlock, events: open.events, digest: open.hash.digest('hex').slice(0, 32) });
    open = undefined;
  };
  return {
    add: (entry: LedgerEntry): void => {
      // Ranges begin at multiples of the size, whatever range was asked for, so that two deployments can
      // compare them.
      const bucket = Math.floor(entry.block / size);
      if (open?.bucket !== bucket) close();
      open ??= { bucket, hash: createHash('sha256'), events: 0 };
      const line = `${entry.block}/${entry.transactionIndex}/${entry.eventIndex} ${entry.transactionHash} ${entry.digest}\n`;
      open.hash.update(line);
      all.update(line);
      open.events += 1;
      events += 1;
    },
    end: () => {
      close();
      return { events, total: all.digest('hex').slice(0, 32), digests: ranges };
    },
  };
}
