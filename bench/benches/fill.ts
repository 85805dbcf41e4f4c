/** A queue filled with decoded batches, as the listener leaves them, and workers that empty it. */

import type { Batch } from '../../src/events/batch.js';
import type { QueueBackend } from '../../src/queue/backend.js';
import { createQueue } from '../../src/queue/queue.js';
import type { BenchContext } from '../bench.js';

export function backendOf({ redis }: Pick<BenchContext, 'redis'>, database: string): QueueBackend {
  return redis ? { kind: 'redis', url: redis.url } : { kind: 'postgres', url: database };
}

export async function fillQueue(backend: QueueBackend, batches: Iterable<Batch>): Promise<void> {
  const queue = createQueue({ backend, chain: 'solana', log: SILENT });
  try {
    await queue.ready();
    for (const batch of batches) await queue.addMany([batch], { lane: 'backfill' });
  } finally {
    await queue.close();
  }
}

export const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {
  // Nothing of a bench's queue is worth a line.
}
