/**
 * A batch of chain events → ledger → projections → coverage, in ONE database transaction. This is the only
 * writer of those tables. Reconciling the same batch again, beside another worker or in any order, changes
 * nothing (promises 1 to 3).
 */
import type { PoolClient } from 'pg';
import type { Batch, ReconcileResult } from '../events/batch.js';
import type { Prepared, ProjectionContext, RowCounts } from '../projections/projection.js';
import { PROJECTIONS } from '../projections/registry.js';
import type { Owners } from '../projections/wallets/owners.js';
import { isFenced } from '../store/announcements.js';
import { cutOtherCoverage, insertCoverage } from '../store/coverage/coverage.js';
import { forgetPending, replacePending } from '../store/coverage/pending-block.js';
import { type Database, inTransaction, RollbackWith } from '../store/database.js';
import { guard } from '../store/lease.js';
import { entriesInRange, entriesOfTransactions, insertLedger } from '../store/ledger/ledger.js';
import { recordProblems } from '../store/problems.js';
import { insertReplayRange } from '../store/replay-progress.js';
import { createCounter, NOTHING, sumOf } from './counting.js';
import { notYetFinal, settleBatch } from './finality.js';
import { assertOnePlaceEach, type Plan, planBatch } from './plan.js';
import { settle, withdraw } from './steps.js';

export interface ReconcileOptions {
  /** Queue's id of the job: provenance of the rows. */
  readonly job: string;
  /** Do everything, then roll back: the result says what would change. */
  readonly dryRun?: boolean;
}

export async function reconcile(
  db: Database,
  batch: Batch,
  context: ProjectionContext,
  options: ReconcileOptions,
): Promise<ReconcileResult> {
  let attempt = 0;
  return inTransaction(db.pool, async (client) => {
    attempt += 1;
    const result = await reconcileIn(client, batch, context, options, attempt);
    if (options.dryRun) throw new RollbackWith(result);
    return result;
  });
}

async function reconcileIn(
  client: PoolClient,
  batch: Batch,
  context: ProjectionContext,
  options: ReconcileOptions,
  attempt: number,
): Promise<ReconcileResult> {
  assertOnePlaceEach(batch);
  if (await isRefused(client, batch)) return { ...NOTHING, refused: true };
  if (batch.scope === 'settle') return settleBatch(client, batch, context);
  let result = NOTHING;
  for (const part of batch.finality === 'confirmed' ? await notYetFinal(client, batch) : [batch])
    result = sumOf(result, await reconcilePart(client, part, context, options, attempt));
  // Last, and only with everything else: a range that is done here is done everywhere.
  if (batch.replay !== undefined) await insertReplayRange(client, batch.replay, batch, result);
  return result;
}

async function reconcilePart(
  client: PoolClient,
  batch: Batch,
  context: ProjectionContext,
  options: ReconcileOptions,
  attempt: number,
): Promise<ReconcileResult> {
  const plan = await planFor(client, batch, attempt);
  const { rows, count } = createCounter();
  if (plan.remove.length > 0) count(await withdraw(client, batch.chain, plan.remove, context));
  const writes = plan.insert.length > 0 ? await insert(client, batch, plan, context, options.job, count) : [];
  if (plan.settle.length > 0) count(await settle(client, batch.chain, plan.settle));
  count({ decode_problem: await recordProblems(client, batch) });
  count({ pending_block: await forgetPending(client, batch.chain, plan.incomplete) });
  const covers = batch.scope === 'blocks' && batch.finality === 'finalized';
  if (covers) {
    count({ coverage_range: await insertCoverage(client, batch) });
  } else if (batch.scope === 'blocks') {
    const complete = (batch.blocks ?? []).filter(({ block }) => !plan.incomplete.includes(block));
    count({ pending_block: await replacePending(client, batch, complete) });
  }
  for (const write of writes) count(await write());
  if (covers) count({ coverage_range: await cutOtherCoverage(client, batch) });
  const events = batch.transactions.flatMap((transaction) => transaction.events);
  const failed = events.filter((event) => event.outcome === 'failed').length;
  const { created, unchanged, changed, withdrawn } = plan;
  return { events: events.length, created, unchanged, changed, withdrawn, failed, rows };
}

async function isRefused(client: PoolClient, batch: Batch): Promise<boolean> {
  const guarded = guardedBy(batch);
  if (!(await guard(client, guarded))) return true;
  return guarded.fences && isFenced(client, batch.chain, batch.knowledge ?? 0, batch.toBlock);
}

/**
 * Confirmed batches and settling ones have the blocks to themselves: what one of them finds must still hold
 * when it commits.
 */
function guardedBy(batch: Batch): Parameters<typeof guard>[1] {
  const { chain, fromBlock, toBlock, lease = null } = batch;
  const blocks =
    batch.scope === 'transactions'
      ? batch.transactions.map(({ block }) => ({ fromBlock: block, toBlock: block }))
      : [{ fromBlock, toBlock }];
  const alone = batch.finality === 'confirmed' || batch.scope === 'settle';
  // What is not final yet is read again when it is.
  return {
    chain,
    blocks,
    alone,
    lease,
    fences: batch.finality === 'finalized' && batch.knowledge !== undefined,
  };
}

async function planFor(client: PoolClient, batch: Batch, attempt: number): Promise<Plan> {
  const inRange =
    batch.scope === 'blocks' ? await entriesInRange(client, batch.chain, batch.fromBlock, batch.toBlock) : [];
  // Blocks of which nothing is known hold transactions of which nothing is known, unless a fork brought them
  // from elsewhere: then their hashes clash with the rows that stand there, and the attempt after that looks
  // for them first.
  if (batch.scope === 'blocks' && inRange.length === 0 && attempt === 1) return planBatch(batch, [], []);
  const standing = new Set(inRange.map((entry) => entry.transactionHash));
  const others = batch.transactions
    .filter((transaction) => transaction.events.length > 0)
    .map((transaction) => transaction.transactionHash);
  const elsewhere = others.filter((hash) => !standing.has(hash));
  return planBatch(
    batch,
    inRange,
    elsewhere.length > 0 ? await entriesOfTransactions(client, batch.chain, elsewhere) : [],
  );
}

/** @returns what is left: rows of projections that other workers may have to wait for */
async function insert(
  client: PoolClient,
  batch: Batch,
  plan: Plan,
  context: ProjectionContext,
  job: string,
  count: (rows: RowCounts) => void,
): Promise<Prepared['write'][]> {
  // A conflict, and the transaction runs again, when another worker has committed some of these rows after we
  // looked.
  await insertLedger(client, plan.insert, { source: batch.source, job });
  count({ ledger_event: plan.insert.length });
  const owners: Owners = new Map();
  const writes: Prepared['write'][] = [];
  for (const projection of PROJECTIONS) {
    const { counts, write } = await projection.prepare(client, plan.insert, context, owners);
    count(counts);
    writes.push(write);
  }
  return writes;
}
