/** The id of a job is made of its content, so that adding the same batch twice makes one job. */
import { createHash } from 'node:crypto';
import type { Batch } from '../events/batch.js';
import type { Payload } from './codec.js';

/** Jobs of the lane `live` are served before those of `backfill`. */
export type Lane = 'live' | 'backfill';

/**
 * The id of the batch's job: equal content in the same lane gives the same id. Which endpoint gave the blocks
 * is no part of the content. BullMQ forbids ids that contain `:` or consist of digits only.
 */
export function jobId(batch: Omit<Batch, 'transactions'>, payload: Payload, lane: Lane): string {
  const digest = createHash('sha256').update(payload.batch).digest('hex').slice(0, 16);
  return [batch.chain, batch.fromBlock, batch.toBlock, batch.fingerprint.slice(0, 8), lane, digest]
    .join('-')
    .replaceAll(':', '_');
}

/**
 * The lane of a job, which is its name. A job with any other name was not added by us and counts as
 * `backfill`.
 */
export function toLane(name: string): Lane {
  return name === 'live' ? 'live' : 'backfill';
}
