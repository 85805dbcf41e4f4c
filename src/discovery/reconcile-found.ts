/** Has the transactions that catching up found reconciled, and waits until they are. */
import { createHash } from 'node:crypto';
import type { Batch } from '../events/batch.js';
import type { Finality } from '../events/event.js';
import { type TransactionsFound, transactionsBatch } from '../readers/batches.js';
import { NdxError } from '../runtime/errors.js';
import { closeReplay, openReplay } from '../store/replay-progress.js';
import { createTracker } from '../tracking/tracker.js';
import type { DiscoveryDeps } from './deps.js';

const TRANSACTIONS_A_BATCH = 200;

export interface Found extends TransactionsFound {
  readonly finality: Finality;
  /** Number of the newest announcement that they were read with. */
  readonly knowledge: number;
}

/**
 * Enqueues the transactions in batches of 200, one after the other, and resolves when all are reconciled.
 * @throws NdxError BLOCK_UNAVAILABLE (retryable) when a job fails for good or is refused; the signal's reason
 */
export async function reconcileFound(
  deps: DiscoveryDeps,
  { finality, knowledge, ...found }: Found,
  signal: AbortSignal,
): Promise<void> {
  for (let at = 0; at < found.transactions.length; at += TRANSACTIONS_A_BATCH) {
    const transactions = found.transactions.slice(at, at + TRANSACTIONS_A_BATCH);
    const batch = transactionsBatch(deps.reader, { ...found, transactions }, finality);
    await reconcileBatch(deps, { ...batch, knowledge }, signal);
  }
}

/**
 * Runs one batch as a replay of its own: then the database says when it is reconciled, and a queue that loses
 * the job does not lose the batch.
 */
async function reconcileBatch(
  { reader, queue, db, log }: DiscoveryDeps,
  batch: Batch,
  signal: AbortSignal,
): Promise<void> {
  const hashes = batch.transactions.map((transaction) => transaction.transactionHash);
  const replay = createHash('sha256')
    .update(['discovery', reader.chain, reader.fingerprint, ...hashes].join('\n'))
    .digest('hex')
    .slice(0, 32);
  await openReplay(db, replay);
  const tracker = createTracker({
    queue,
    db,
    replay,
    signal,
    log,
    maxInFlight: 1,
    revive: true,
    onChange: () => undefined,
  });
  await tracker.add({ ...batch, replay });
  await tracker.drain();
  const [failed] = tracker.failed();
  if (failed)
    throw new NdxError(
      'BLOCK_UNAVAILABLE',
      `transactions of an address that was discovered late could not be reconciled: ${failed.reason}`,
      { retryable: true },
    );
  await closeReplay(db, replay);
}
