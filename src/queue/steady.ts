/**
 * When its backend refuses, BullMQ asks for the next job again at once, thousands of times a second. A
 * backend may refuse for long: a pooler lost a setting of the session, Redis has no memory left, the database
 * is read-only. Here every failure in a row waits longer.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { BackendFactory, IQueueBackend } from 'bullmq';
import { backoff } from '../runtime/pause.js';

const LONGEST_MS = 15_000;

/**
 * Wraps a factory of BullMQ backends. Their `moveToActive`, which takes the next job, then fails only after a
 * pause that grows with every failure in a row, up to 15 seconds.
 */
export function steady<B extends IQueueBackend, C>(create: BackendFactory<B, C>): BackendFactory<B, C> {
  return (...how) => {
    const backend = create(...how);
    const moveToActive: IQueueBackend['moveToActive'] = backend.moveToActive.bind(backend);
    let failures = 0;
    backend.moveToActive = async (...args) => {
      try {
        const result = await moveToActive(...args);
        failures = 0;
        return result;
      } catch (error) {
        failures += 1;
        await sleep(backoff(failures, LONGEST_MS));
        throw error;
      }
    };
    return backend;
  };
}
