/** What a worker does with dead letters: keeps what fails for good, forgets what is reconciled after all. */
import type { Pool } from 'pg';
import type { Chain } from '../events/event.js';
import type { WorkerDeps } from '../queue/worker.js';
import { letterOf } from './letter.js';
import { forgetDeadLetters, saveDeadLetters } from './letter-rows.js';

interface Deps {
  readonly db: { readonly pool: Pool };
  readonly chain: Chain;
}

/** @param handle reconciles a batch @returns parts of createWorker's deps */
export function keepDeadLetters(
  { db, chain }: Deps,
  handle: WorkerDeps['handle'],
): Pick<WorkerDeps, 'handle' | 'onDeadLetter'> {
  return {
    handle: async (batch, job) => {
      const result = await handle(batch, job);
      // A refused batch is not reconciled: its blocks are gaps, which the listener fills, and a letter of it
      // stays.
      if (!result.refused) await forgetDeadLetters(db, [job]);
      return result;
    },
    onDeadLetter: (letter) => saveDeadLetters(db, [letterOf(chain, letter)]),
  };
}
