/**
 * Keeps the table of dead letters equal to what failed. A job that failed while the database was away, or
 * whose worker was killed, is found in the queue later; a letter whose blocks were reconciled by another job
 * is forgotten.
 */
import { gapsIn } from '../events/range.js';
import type { BatchQueue } from '../queue/queue.js';
import type { Log } from '../runtime/log.js';
import { listCoverage } from '../store/coverage/coverage.js';
import type { Database } from '../store/database.js';
import { keepFailedJobs, SWEPT } from './keep-failed.js';
import { batchOf } from './letter.js';
import { forgetDeadLetters, hasDeadLetters, listDeadLetters, pruneDeadLetters } from './letter-rows.js';

export interface SweepDeps {
  readonly db: Pick<Database, 'pool' | 'prisma'>;
  readonly queue: Pick<BatchQueue, 'chain' | 'failed' | 'remove'>;
}

/** The same bounds as the queue has for failed jobs (queue/retention.ts). */
const BOUNDS = { count: 20_000, days: 90 };

/**
 * Forgets letters of whole blocks that another job has reconciled meanwhile, in queue and database.
 * @returns how many
 */
async function forgetReconciled({ db, queue }: SweepDeps): Promise<number> {
  if (!(await hasDeadLetters(db, queue.chain))) return 0;
  const done: string[] = [];
  const coverage = new Map<string, Awaited<ReturnType<typeof listCoverage>>>();
  for (const letter of await listDeadLetters(db, { chain: queue.chain, limit: SWEPT })) {
    const { batch } = batchOf(letter);
    // A batch of single transactions may hold some that the covered blocks lack: its letter is kept.
    if (!batch || batch.scope === 'transactions') continue;
    const ranges =
      coverage.get(batch.fingerprint) ?? (await listCoverage(db, queue.chain, batch.fingerprint));
    coverage.set(batch.fingerprint, ranges);
    if (gapsIn(ranges, batch.fromBlock, batch.toBlock).length === 0) done.push(letter.job);
  }
  for (const job of done) await queue.remove(job);
  return forgetDeadLetters(db, done);
}

/** Saves what failed, forgets what is reconciled, and deletes the oldest letters above the bounds. */
export async function sweepDeadLetters(deps: SweepDeps, log: Log): Promise<void> {
  const { chain } = deps.queue;
  const kept = await keepFailedJobs(deps);
  const done = await forgetReconciled(deps);
  const pruned = await pruneDeadLetters(deps.db, BOUNDS);
  if (kept > 0) log.warn({ chain, kept }, 'dead letters kept: see `ndx dead list`');
  if (done > 0) log.info({ chain, done }, 'dead letters forgotten: their blocks are reconciled');
  if (pruned > 0)
    log.warn({ chain, pruned, ...BOUNDS }, 'oldest dead letters dropped: their blocks stay gaps');
}
