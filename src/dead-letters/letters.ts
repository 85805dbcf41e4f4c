/**
 * Dead letters: batches whose job failed for good. The queue has them too, but a queue may be wiped; the database keeps
 * them until the batch is reconciled after all, or until somebody drops them.
 */
import type { Pool } from 'pg';
import type { Batch } from '../events/batch.js';
import { gapsIn } from '../events/range.js';
import { decodeBatch } from '../queue/codec.js';
import type { BatchQueue, FailedJob } from '../queue/queue.js';
import { messageOf, NdxError } from '../runtime/errors.js';
import type { Log } from '../runtime/log.js';
import { listCoverage } from '../store/coverage.js';
import {
  type DeadLetter,
  forgetDeadLetters,
  type KeptDeadLetter,
  listDeadLetters,
  markRetried,
  pruneDeadLetters,
  saveDeadLetters,
  unsavedDeadLetters,
} from './store.js';

export interface DeadLetterDeps {
  readonly db: { readonly pool: Pool };
  readonly queue: Pick<BatchQueue, 'chain' | 'failed' | 'failedJob' | 'add' | 'remove'>;
}

/** The same as the queue keeps of failed jobs (queue/retention.ts). */
const BOUNDS = { count: 20_000, days: 90 };
/** Failed jobs of the queue looked at in one sweep; the newest. */
const SWEPT = 1_000;

/** @returns null and the reason when the payload is not one of ours */
export function batchOf(
  letter: Pick<DeadLetter, 'payload'>,
): { readonly batch: Batch } | { readonly batch: null; readonly reason: string } {
  try {
    return { batch: decodeBatch(JSON.parse(letter.payload)) };
  } catch (error) {
    return { batch: null, reason: messageOf(error) };
  }
}

export function letterOf(chain: DeadLetter['chain'], job: FailedJob): DeadLetter {
  const payload = JSON.stringify(job.payload) ?? 'null';
  const { batch } = batchOf({ payload });
  return {
    job: job.id,
    chain,
    lane: job.lane,
    fromBlock: batch?.fromBlock ?? null,
    toBlock: batch?.toBlock ?? null,
    reason: job.reason,
    attempts: job.attempts,
    failedAt: job.failedAt ?? Date.now(),
    payload,
  };
}

/** Keeps the queue's failed jobs that are not kept yet. @returns how many */
export async function keepFailedJobs({ db, queue }: DeadLetterDeps): Promise<number> {
  const failed = await queue.failed(SWEPT);
  const unsaved = new Set(
    await unsavedDeadLetters(
      db,
      failed.map((job) => job.id),
    ),
  );
  return saveDeadLetters(
    db,
    failed.filter((job) => unsaved.has(job.id)).map((job) => letterOf(queue.chain, job)),
  );
}

/** Forgets letters of whole blocks that were reconciled by another job meanwhile, in queue and database. @returns how many */
async function forgetReconciled({ db, queue }: DeadLetterDeps): Promise<number> {
  const done: string[] = [];
  const coverage = new Map<string, Awaited<ReturnType<typeof listCoverage>>>();
  for (const letter of await listDeadLetters(db, { chain: queue.chain, limit: SWEPT })) {
    const { batch } = batchOf(letter);
    // A batch of single transactions may stand for some that its covered blocks lack.
    if (!batch || batch.scope === 'transactions') continue;
    const ranges =
      coverage.get(batch.fingerprint) ?? (await listCoverage(db, queue.chain, batch.fingerprint));
    coverage.set(batch.fingerprint, ranges);
    if (gapsIn(ranges, batch.fromBlock, batch.toBlock).length === 0) done.push(letter.job);
  }
  for (const job of done) await queue.remove(job);
  return forgetDeadLetters(db, done);
}

/** Keeps what failed, forgets what is done, and bounds the rest. Run now and then by every worker process. */
export async function sweepDeadLetters(deps: DeadLetterDeps, log: Log): Promise<void> {
  const { chain } = deps.queue;
  const kept = await keepFailedJobs(deps);
  const done = await forgetReconciled(deps);
  const pruned = await pruneDeadLetters(deps.db, BOUNDS);
  if (kept > 0) log.warn({ chain, kept }, 'dead letters kept: see `ndx dead list`');
  if (done > 0) log.info({ chain, done }, 'dead letters forgotten: their blocks are reconciled');
  if (pruned > 0)
    log.warn({ chain, pruned, ...BOUNDS }, 'oldest dead letters dropped: their blocks stay gaps');
}

/**
 * Puts the batch back into the queue as new work: no longer fenced by the leader that read it.
 * @returns the job's id now
 * @throws NdxError JOB_INVALID when the payload cannot be read: it can only be dropped
 */
export async function retryDeadLetter(
  { db, queue }: DeadLetterDeps,
  letter: KeptDeadLetter,
): Promise<string> {
  const read = batchOf(letter);
  if (read.batch === null)
    throw new NdxError(
      'JOB_INVALID',
      `dead letter ${letter.job} cannot be retried, only dropped: ${read.reason}`,
    );
  const { lease: _former, ...batch } = read.batch;
  // Under its old id it would be the same job, failed.
  await queue.remove(letter.job);
  const job = await queue.add(batch, { lane: letter.lane === 'live' ? 'live' : 'backfill' });
  await markRetried(db, letter.job, { job, payload: letter.payload });
  return job;
}
