/**
 * A batch of chain events → ledger → projections → coverage, in ONE database transaction. This is the only writer of
 * those tables. Reconciling the same batch again, beside another worker or in any order, changes nothing (promises 1 to 3).
 */
import type { PoolClient } from 'pg';
import type { Batch, ReconcileResult } from '../events/batch.js';
import type { ProjectionContext, RowCounts } from '../projections/projection.js';
import { PROJECTIONS } from '../projections/registry.js';
import { insertCoverage } from '../store/coverage.js';
import { type Database, inTransaction, RestartTransaction, RollbackWith } from '../store/database.js';
import { deleteFromLedger, entriesInRange, entriesOfTransactions, insertLedger, type LedgerEntry, settleLedger } from '../store/ledger.js';
import { recordProblems } from '../store/problems.js';
import { insertReplayRange } from '../store/replay-progress.js';
import { type Place, type Plan, planBatch } from './plan.js';

export interface ReconcileOptions {
  /** Queue's id of the job: provenance of the rows. */
  readonly job: string;
  /** Do everything, then roll back: the result says what would change. */
  readonly dryRun?: boolean;
}

export async function reconcile(db: Database, batch: Batch, context: ProjectionContext, options: ReconcileOptions): Promise<ReconcileResult> {
  return inTransaction(db.pool, async (client) => {
    const result = await reconcileIn(client, batch, context, options);
    if (options.dryRun) throw new RollbackWith(result);
    return result;
  });
}

async function reconcileIn(client: PoolClient, batch: Batch, context: ProjectionContext, options: ReconcileOptions): Promise<ReconcileResult> {
  const plan = await planFor(client, batch);
  const rows: RowCounts = {};
  const count = (more: RowCounts) => {
    for (const [table, number] of Object.entries(more)) if (number > 0) rows[table] = (rows[table] ?? 0) + number;
  };
  if (plan.remove.length > 0) await remove(client, batch, plan.remove, context, count);
  if (plan.insert.length > 0) await insert(client, batch, plan, context, options.job, count);
  if (plan.settle.length > 0) count(await settle(client, batch, plan.settle));
  count({ decode_problem: await recordProblems(client, batch) });
  const events = batch.transactions.flatMap((transaction) => transaction.events);
  const result: ReconcileResult = {
    events: events.length,
    created: plan.created,
    unchanged: plan.unchanged,
    changed: plan.changed,
    withdrawn: plan.withdrawn,
    failed: events.filter((event) => event.outcome === 'failed').length,
    rows,
  };
  if (batch.scope === 'blocks') count({ coverage_range: await insertCoverage(client, batch) });
  // Last, and only with everything else: a range that is done here is done everywhere.
  if (batch.replay !== undefined) await insertReplayRange(client, batch.replay, batch, result);
  return result;
}

async function planFor(client: PoolClient, batch: Batch): Promise<Plan> {
  const inRange = batch.scope === 'blocks' ? await entriesInRange(client, batch.chain, batch.fromBlock, batch.toBlock) : [];
  const standing = new Set(inRange.map((entry) => entry.transactionHash));
  const others = batch.transactions.filter((transaction) => transaction.events.length > 0).map((transaction) => transaction.transactionHash);
  const elsewhere = others.filter((hash) => !standing.has(hash));
  return planBatch(batch, inRange, elsewhere.length > 0 ? await entriesOfTransactions(client, batch.chain, elsewhere) : []);
}

async function remove(
  client: PoolClient,
  batch: Batch,
  places: readonly Place[],
  context: ProjectionContext,
  count: (rows: RowCounts) => void,
): Promise<void> {
  const removed = await deleteFromLedger(client, batch.chain, places);
  count({ ledger_event: removed.length });
  for (const projection of [...PROJECTIONS].reverse()) count(await projection.revert(client, removed, context));
}

async function insert(
  client: PoolClient,
  batch: Batch,
  plan: Plan,
  context: ProjectionContext,
  job: string,
  count: (rows: RowCounts) => void,
): Promise<void> {
  const inserted = await insertLedger(client, plan.insert, { source: batch.source, job });
  // Another worker committed some of these rows after we looked: look again.
  if (inserted !== plan.insert.length) throw new RestartTransaction();
  count({ ledger_event: inserted });
  for (const projection of PROJECTIONS) count(await projection.apply(client, plan.insert, context));
}

/** Confirmed transactions that became final: `pending` → `completed`. */
async function settle(client: PoolClient, batch: Batch, entries: readonly LedgerEntry[]): Promise<RowCounts> {
  await settleLedger(client, batch.chain, entries);
  const { rowCount } = await client.query(
    `UPDATE "Transaction" SET status = 'completed' WHERE "transactionHash" = ANY($1) AND status = 'pending'`,
    [entries.map((entry) => entry.transactionHash)],
  );
  return { ledger_event: entries.length, Transaction: rowCount ?? 0 };
}
