/** Sweeps dead letters for as long as a worker process runs (sweep.ts). */
import type { Chain } from '../events/event.js';
import type { QueueBackend } from '../queue/backend.js';
import { type BatchQueue, createQueue } from '../queue/queue.js';
import { messageOf } from '../runtime/errors.js';
import type { Log } from '../runtime/log.js';
import type { Database } from '../store/database.js';
import { sweepDeadLetters } from './sweep.js';

const SWEEP_MS = 30_000;

/**
 * Sweeps now and every 30 seconds. Failures are logged. @returns a function that ends it and closes its queue
 */
export function startSweeping({
  db,
  chain,
  backend,
  log,
}: {
  readonly db: Pick<Database, 'pool' | 'prisma'>;
  readonly chain: Chain;
  readonly backend: QueueBackend;
  readonly log: Log;
}): () => Promise<void> {
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
