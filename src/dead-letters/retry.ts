/** Tries again, as new jobs, what failed for good. */

import type { BatchQueue } from '../queue/queue.js';
import { transactionsBatch } from '../readers/batches.js';
import type { ChainReader } from '../readers/reader.js';
import { NdxError } from '../runtime/errors.js';
import type { Database } from '../store/database.js';
import { batchOf } from './letter.js';
import { type KeptDeadLetter, markRetried } from './letter-rows.js';
import type { ProblemTransaction } from './problem-rows.js';

/**
 * Puts the letter's batch back into the queue, without the lease of the listener that enqueued it (reconcile
 * would refuse an old one).
 * @returns the id of the new job
 * @throws NdxError JOB_INVALID when the payload cannot be read: the letter can only be dropped
 */
export async function retryDeadLetter(
  {
    db,
    queue,
  }: { readonly db: Pick<Database, 'prisma'>; readonly queue: Pick<BatchQueue, 'add' | 'remove'> },
  letter: KeptDeadLetter,
): Promise<string> {
  const read = batchOf(letter);
  if (read.batch === null)
    throw new NdxError(
      'JOB_INVALID',
      `dead letter ${letter.job} cannot be retried, only dropped: ${read.reason}`,
    );
  const { lease: _former, ...batch } = read.batch;
  // The queue still holds the old job as failed, and would not run a job of the same id again.
  await queue.remove(letter.job);
  const job = await queue.add(batch, { lane: letter.lane === 'live' ? 'live' : 'backfill' });
  await markRetried(db, letter.job, { job, payload: letter.payload });
  return job;
}

/**
 * Reads the transaction from the chain again and enqueues it to be reconciled.
 * @returns the job's id
 * @throws NdxError TRANSACTION_NOT_FOUND when the endpoints do not know it; what they said
 */
export async function retryTransaction(
  { reader, queue }: { readonly reader: ChainReader; readonly queue: Pick<BatchQueue, 'add'> },
  { chain, transactionHash, block }: ProblemTransaction,
  signal: AbortSignal,
): Promise<string> {
  const found = await reader.readTransaction(transactionHash, signal, block);
  if (!found)
    throw new NdxError(
      'TRANSACTION_NOT_FOUND',
      `the ${chain} endpoints know no transaction ${transactionHash}`,
    );
  const { finalized } = await reader.tip(signal);
  const finality = found.transaction.block <= finalized ? 'finalized' : 'confirmed';
  const batch = transactionsBatch(reader, { ...found, transactions: [found.transaction] }, finality);
  return queue.add(batch, { lane: 'backfill', revive: true });
}
