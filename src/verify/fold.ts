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
import type { Findings, RangeDigest } from './report.js';

/** Events held in memory at once; the last block's are all taken. */
const BATCH = 5_000;

export interface FoldDeps {
  /** Of withShadow: projections write to the copies. */
  readonly client: PoolClient;
  readonly chain: Chain;
  readonly context: ProjectionContext;
  /** Events outside are folded too, but neither counted nor digested. */
  readonly range: BlockRange;
  readonly blocksPerDigest: number;
  readonly findings: Findings;
  readonly signal: AbortSignal;
  readonly onProgress?: ((block: number, events: number) => void) | undefined;
}

/** A transaction whose events are not what was written. */
export interface AlteredTransaction {
  readonly block: number;
  readonly transactionIndex: number;
  readonly transactionHash: string;
}

export interface FoldResult {
  /** Events in the range. */
  readonly events: number;
  readonly total: string;
  readonly digests: readonly RangeDigest[];
  readonly altered: readonly AlteredTransaction[];
}

export async function foldLedger(deps: FoldDeps): Promise<FoldResult> {
  const { client, chain, context, range, signal } = deps;
  const digests = createDigests(range, deps.blocksPerDigest);
  const altered = new Map<string, AlteredTransaction>();
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
      if (digestOf(row) !== entry.digest) noteAltered(deps.findings, altered, row);
    }
    for (const projection of PROJECTIONS) {
      try {
        await applyTo(projection, client, rows, context);
      } catch (error) {
        // Nobody else writes here: the ledger holds one of these transactions at two places.
        if (!isConflict(error)) throw error;
        await noteDoubles(deps, rows);
      }
    }
    folded += rows.length;
    deps.onProgress?.(to, folded);
    after = to;
  }
  return { ...digests.end(), altered: [...altered.values()] };
}

function noteAltered(findings: Findings, altered: Map<string, AlteredTransaction>, row: LedgerRow): void {
  const { block, transactionIndex, transactionHash } = row;
  altered.set(`${block}/${transactionIndex}`, { block, transactionIndex, transactionHash });
  findings.add({
    check: 'ledger',
    problem: 'altered',
    subject: 'ledger_event',
    key: `block=${block} transaction_index=${transactionIndex} event_index=${row.event.eventIndex}`,
    message: `event of transaction ${transactionHash} is not what was written: its content does not give its digest`,
    block,
  });
}

async function noteDoubles({ client, chain, findings }: FoldDeps, rows: readonly LedgerRow[]): Promise<void> {
  const hashes = [...new Set(rows.map((row) => row.transactionHash))];
  const { rows: doubles } = await client.query<{ hash: string; blocks: string[] }>(
    `SELECT transaction_hash AS hash, array_agg(DISTINCT block || '/' || transaction_index) AS blocks
       FROM ledger_event WHERE chain = $1 AND transaction_hash = ANY($2) GROUP BY 1 HAVING count(DISTINCT (block, transaction_index)) > 1`,
    [chain, hashes],
  );
  for (const { hash, blocks } of doubles) {
    findings.add({
      check: 'ledger',
      problem: 'different',
      subject: 'ledger_event',
      key: `transaction_hash=${hash}`,
      message: `the transaction stands at more than one place: ${blocks.join(' and ')}`,
    });
  }
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
      // Ranges begin at multiples of the size, whatever range was asked for: two deployments compare the same
      // ones.
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
