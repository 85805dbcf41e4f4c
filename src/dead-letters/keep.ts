/** How a process that works keeps its dead letters in the database. */
import type { Pool } from 'pg';
import type { Chain } from '../events/event.js';
import type { QueueBackend } from '../queue/backend.js';
import { type BatchQueue, createQueue } from '../queue/queue.js';
import type { WorkerDeps } from '../queue/worker.js';
import { messageOf } from '../runtime/errors.js';
import type { Log } from '../runtime/log.js';
import { letterOf, sweepDeadLetters } from './letters.js';
import { forgetDeadLetters, saveDeadLetters } from './store.js';

interface Deps {
  readonly db: { readonly pool: Pool };
  readonly chain: Chain;
}

/** For createWorker: what fails for good is kept, what is reconciled after all is forgotten. */
export function keepDeadLetters(
  { db, chain }: Deps,
  handle: WorkerDeps['handle'],
): Pick<WorkerDeps, 'handle' | 'onDeadLetter'> {
  return {
    handle: async (batch, job) => {
      const result = await handle(batch, job);
      // What was refused is not reconciled: it is the gap filler's, or stays here.
      if (!result.refused) await forgetDeadLetters(db, [job]);
      return result;
    },
    onDeadLetter: (letter) => saveDeadLetters(db, [letterOf(chain, letter)]),
  };
}

const SWEEP_MS = 30_000;

/** What the moment of failing missed (a database that was away, a killed process) is found by looking again. @returns how to end it */
export function startSweeping({
  db,
  chain,
  backend,
  log,
}: Deps & { readonly backend: QueueBackend; readonly log: Log }): () => Promise<void> {
  const queue: BatchQueue = createQueue({ backend, chain, log });
  const sweep = () =>
    sweepDeadLetters({ db, queue }, log).catch((error: unknown) =>
      log.warn({ chain, error: messageOf(error) }, 'dead letters not swept'),
    );
  let running: Promise<void> = sweep();
  const timer = setInterval(() => {
    running = running.then(sweep);
  }, SWEEP_MS);
  return async () => {
    clearInterval(timer);
    await running;
    await queue.close();
  };
}
