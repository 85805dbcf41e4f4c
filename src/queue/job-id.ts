/** The name of a job, made of its content: adding the same batch twice makes one job. */
import { createHash } from 'node:crypto';
import type { Batch } from '../events/batch.js';
import type { Payload } from './codec.js';

/** `live` is served before `backfill`. */
export type Lane = 'live' | 'backfill';

/** BullMQ forbids `:` and ids of digits only. Which endpoint gave the blocks is no part of the content. */
export function jobId(batch: Omit<Batch, 'transactions'>, payload: Payload, lane: Lane): string {
  const digest = createHash('sha256').update(payload.batch).digest('hex').slice(0, 16);
  return [batch.chain, batch.fromBlock, batch.toBlock, batch.fingerprint.slice(0, 8), lane, digest]
    .join('-')
    .replaceAll(':', '_');
}

/** A job's name is its lane; whatever else stands there was not added by us and is served last. */
export function toLane(name: string): Lane {
  return name === 'live' ? 'live' : 'backfill';
}
