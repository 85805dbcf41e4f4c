/** Jobs that failed in the queue, kept as dead letters in the database. */
import type { BatchQueue } from '../queue/queue.js';
import type { Database } from '../store/database.js';
import { letterOf } from './letter.js';
import { saveDeadLetters, unsavedDeadLetters } from './letter-rows.js';

/** How many failed jobs of the queue, the newest, are looked at in one sweep. */
export const SWEPT = 1_000;

/** Saves the queue's failed jobs that the database does not hold yet. @returns how many were saved */
export async function keepFailedJobs({
  db,
  queue,
}: {
  readonly db: Pick<Database, 'pool' | 'prisma'>;
  readonly queue: Pick<BatchQueue, 'chain' | 'failed'>;
}): Promise<number> {
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
