/**
 * What a worker does with dead letters: it saves batches that fail for good, and forgets those that are
 * reconciled after all.
 */
import type { Pool } from 'pg';
import type { Chain } from '../events/event.js';
import type { WorkerDeps } from '../queue/worker.js';
import { letterOf } from './letter.js';
import { forgetDeadLetters, saveDeadLetters } from './letter-rows.js';

interface Deps {
  readonly db: { readonly pool: Pool };
  readonly chain: Chain;
}

/**
 * @param handle reconciles a batch
 * @returns the parts of createWorker's deps that do so
 */
export function keepDeadLetters(
  { db, chain }: Deps,
  handle: WorkerDeps['handle'],
): Pick<WorkerDeps, 'handle' | 'onDeadLetter'> {
  return {
    handle: async (batch, job, lane) => {
      const result = await handle(batch, job, lane);
      // A refused batch is not reconciled: the listener fills its blocks as gaps, and its dead letter stays.
      if (!result.refused) await forgetDeadLetters(db, [job]);
      return result;
    },
    onDeadLetter: (letter) => saveDeadLetters(db, [letterOf(chain, letter)]),
  };
}
