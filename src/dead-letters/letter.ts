/** A job that failed for good as a dead letter, and the batch that such a letter holds. */
import type { Batch } from '../events/batch.js';
import { decodeBatch } from '../queue/codec.js';
import type { FailedJob } from '../queue/queue.js';
import { messageOf } from '../runtime/errors.js';
import type { DeadLetter } from './letter-rows.js';

/** @returns the batch, or the reason why the payload cannot be read */
export function batchOf(
  letter: Pick<DeadLetter, 'payload'>,
): { readonly batch: Batch } | { readonly batch: null; readonly reason: string } {
  try {
    return { batch: decodeBatch(JSON.parse(letter.payload)) };
  } catch (error) {
    return { batch: null, reason: messageOf(error) };
  }
}

/** The dead letter of a failed job. Its blocks are null when the payload holds no readable batch. */
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
