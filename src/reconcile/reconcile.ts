/**
 * Writes a batch of chain events to ledger, projections, coverage and the feed in ONE database transaction.
 * Nothing else inserts events. Reconciling the same batch again, beside another worker or in any order,
 * changes nothing (promises 1 to 3).
 */
import type { PoolClient } from 'pg';
import type { Batch, ReconcileResult } from '../events/batch.js';
import { appendChange } from '../feed/append.js';
import type { Lane } from '../feed/change.js';
import type { Prepared, ProjectionContext, RowCounts } from '../projections/projection.js';
import { PROJECTIONS } from '../projections/registry.js';
import type { Owners } from '../projections/wallets/owners.js';
import { isFenced } from '../store/announcements.js';
import { cutOtherCoverage, insertCoverage } from '../store/coverage/coverage.js';
import { insertOwed } from '../store/coverage/owed-checks.js';
import { forgetPending, replacePending } from '../store/coverage/pending-block.js';
import { type Database, inTransaction, RollbackWith } from '../store/database.js';
import { guard } from '../store/lease/lease.js';
import {
  entriesInRange,
  entriesOfTransactions,
  entriesReadAgain,
  insertLedger,
} from '../store/ledger/ledger.js';
import { recordProblems } from '../store/problems.js';
import { insertReplayRange } from '../store/replay-progress.js';
import { type Changes, createChanges, ledgerChange } from './changes.js';
import { createCounter, NOTHING, sumOf } from './counting.js';
import { assertFinalOnce } from './final-twice.js';
import { notYetFinal, settleBatch } from './finality.js';
import { assertDated, assertOnePlaceEach, type Plan, planBatch } from './plan.js';
import { settle, withdraw } from './steps.js';

export interface ReconcileOptions {
  /** Queue's id of the job; it is stored with the rows that it inserts. */
  readonly job: string;
  /** Do everything, then roll back: the result says what would have changed. */
  readonly dryRun?: boolean;
  /**
   * Lane that the job came by; default `backfill`. What a replay enqueued is told as `replay` in any case.
   */
  readonly lane?: Lane;
}

/**
 * Reconciles a batch; tries again by itself when it conflicts with a concurrent writer.
 * @returns what was done; with `refused` nothing was, because the batch's lease is lost or a fence refuses it
 * @throws NdxError JOB_INVALID when the batch has a transaction at two places, or two at one place
 * @throws errors of pg when the database fails
 */
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
  assertDated(batch);
  if (await isRefused(client, batch)) return { ...NOTHING, refused: true };
  const changes = createChanges(batch.chain);
  const result =
    batch.scope === 'settle'
      ? await settleBatch(client, batch, context, changes)
      : await reconcileParts(client, batch, context, { ...options, attempt, changes });
  const lane = batch.replay === undefined ? (options.lane ?? 'backfill') : 'replay';
  await appendChange(client, { lane, chain: batch.chain, ledger: ledgerChange(changes) });
  return result;
}

/** What every part of a batch is reconciled with. */
interface Run extends ReconcileOptions {
  readonly attempt: number;
  readonly changes: Changes;
}

async function reconcileParts(
  client: PoolClient,
  batch: Batch,
  context: ProjectionContext,
  run: Run,
): Promise<ReconcileResult> {
  let result = NOTHING;
  for (const part of batch.finality === 'confirmed' ? await notYetFinal(client, batch) : [batch])
    result = sumOf(result, await reconcilePart(client, part, context, run));
  // In the same transaction: a range that counts as done has been reconciled.
  if (batch.replay !== undefined) await insertReplayRange(client, batch.replay, batch, result);
  return result;
}

async function reconcilePart(
  client: PoolClient,
  batch: Batch,
  context: ProjectionContext,
  run: Run,
): Promise<ReconcileResult> {
  const { changes } = run;
  const plan = await planFor(client, batch, run.attempt);
  await assertFinalOnce(client, batch, plan);
  const { rows, count } = createCounter();
  if (plan.remove.length > 0) count(await withdraw(client, changes, plan.remove, context));
  count({ owed_check: await insertOwed(client, batch.chain, batch.owed ?? []) });
  const writes = plan.insert.length > 0 ? await insert(client, batch, plan, context, run, count) : [];
  if (plan.settle.length > 0) count(await settle(client, changes, plan.settle));
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
 * Batches that are `confirmed` or of scope `settle` have their blocks to themselves: what they find there
 * must still hold when they commit.
 */
function guardedBy(batch: Batch): Parameters<typeof guard>[1] {
  const { chain, fromBlock, toBlock, lease = null } = batch;
  const blocks =
    batch.scope === 'transactions'
      ? batch.transactions.map(({ block }) => ({ fromBlock: block, toBlock: block }))
      : [{ fromBlock, toBlock }];
  const alone = batch.finality === 'confirmed' || batch.scope === 'settle';
  // Fences refuse final batches only: a confirmed block that lacks events is read again once it is final.
  return {
    chain,
    blocks,
    alone,
    lease,
    fences: batch.finality === 'finalized' && batch.knowledge !== undefined,
  };
}

async function planFor(client: PoolClient, batch: Batch, attempt: number): Promise<Plan> {
  const { chain, fromBlock, toBlock } = batch;
  const standing = batch.owed === undefined ? entriesInRange : entriesReadAgain;
  const inRange = batch.scope === 'blocks' ? await standing(client, chain, fromBlock, toBlock) : [];
  // Where the ledger has nothing of the blocks, it has nothing of their transactions either, unless a fork
  // moved them here from another block. Then their hashes conflict with the rows that stand there, and the
  // next attempt looks for these first.
  if (batch.scope === 'blocks' && inRange.length === 0 && attempt === 1) return planBatch(batch, [], []);
  const known = new Set(inRange.map((entry) => entry.transactionHash));
  const others = batch.transactions
    .filter((transaction) => transaction.events.length > 0)
    .map((transaction) => transaction.transactionHash);
  const elsewhere = others.filter((hash) => !known.has(hash));
  return planBatch(
    batch,
    inRange,
    elsewhere.length > 0 ? await entriesOfTransactions(client, chain, elsewhere) : [],
  );
}

/** @returns the writes that are left: of projection rows that other workers may have to wait for */
async function insert(
  client: PoolClient,
  batch: Batch,
  plan: Plan,
  context: ProjectionContext,
  { job, changes }: Run,
  count: (rows: RowCounts) => void,
): Promise<Prepared['write'][]> {
  // Throws a conflict, after which the whole transaction runs again, when another worker has committed some
  // of these rows since we looked.
  await insertLedger(client, plan.insert, { source: batch.source, job });
  changes.inserted.push(...plan.insert);
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
