/**
 * BullMQ asks for the next job again at once when its backend refuses (a setting of the session that a pooler
 * lost, a Redis without memory, a database that is read-only): thousands of times a second. Here every
 * failure in a row waits longer.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { BackendFactory, IQueueBackend } from 'bullmq';
import { backoff } from '../runtime/pause.js';

const LONGEST_MS = 15_000;

/** Makes backends whose `moveToActive` fails after a pause that grows with every failure in a row. */
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
