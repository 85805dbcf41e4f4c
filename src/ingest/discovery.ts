/**
 * An NFT of a followed creator is known by its mint. Blocks after the mint that were read before it was known (live is
 * ahead of backfill) lack its transactions, so these are read by the NFT's address, and the mint's own block is handed
 * on only when they are reconciled: a mint that is covered has all its later transactions covered too.
 */
import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import type { DecodedTransaction } from '../events/event.js';
import type { Log } from '../queue/log.js';
import type { BatchQueue } from '../queue/queue.js';
import { NdxError } from '../runtime/errors.js';
import type { BlockRange } from '../store/coverage.js';
import { closeReplay, openReplay } from '../store/replay-progress.js';
import { transactionsBatch } from './batches.js';
import { byFinality } from './listener-context.js';
import type { ChainReader, DecodedSpan } from './reader.js';
import { createTracker } from './replay-tracker.js';

export interface DiscoveryDeps {
  readonly reader: ChainReader;
  readonly queue: Pick<BatchQueue, 'add' | 'state' | 'failedJob'>;
  readonly db: { readonly pool: Pool };
  readonly log: Log;
  /** Addresses whose later transactions are all read, or will be. */
  readonly followed: Set<string>;
  /** Ranges that were read before now and come after the spans. Waits until their jobs are done, which could undo what is found here. */
  readonly readBefore: (signal: AbortSignal) => Promise<readonly BlockRange[]>;
}

/** Passes the spans on, each when what it makes known is caught up with. */
export async function* withDiscoveries(
  deps: DiscoveryDeps,
  spans: AsyncIterable<DecodedSpan>,
  signal: AbortSignal,
): AsyncGenerator<DecodedSpan> {
  for await (const span of spans) {
    const late = (span.discovered ?? []).filter((address) => !deps.followed.has(address));
    if (late.length > 0) {
      await catchUp(deps, late, signal);
      for (const address of late) deps.followed.add(address);
    }
    yield span;
  }
}

/** Reads and reconciles the transactions of the addresses in the ranges that were read without them. */
export async function catchUp(deps: DiscoveryDeps, addresses: readonly string[], signal: AbortSignal): Promise<void> {
  const ranges = await deps.readBefore(signal);
  if (ranges.length === 0) return;
  const { reader, log } = deps;
  log.info({ chain: reader.chain, addresses: addresses.length, ranges: ranges.length }, 'catching up with NFTs found late');
  const { finalized } = await reader.tip(signal);
  for (const { finality, ...range } of ranges.flatMap((range) => byFinality(range, finalized))) {
    const found = new Map<string, DecodedTransaction>();
    let source = '';
    for (const address of addresses) {
      for await (const read of reader.readAddress(address, range, { finality, signal })) {
        found.set(read.transaction.transactionHash, read.transaction);
        source = read.source;
      }
    }
    const transactions = [...found.values()].sort((a, b) => a.block - b.block || a.transactionIndex - b.transactionIndex);
    for (let at = 0; at < transactions.length; at += CHUNK) {
      await reconcileAll(deps, transactionsBatch(reader, transactions.slice(at, at + CHUNK), source, finality), signal);
    }
  }
}

const CHUNK = 200;

/** Resolves when the database says that the batch is reconciled: a lost queue does not lose it. */
async function reconcileAll(deps: DiscoveryDeps, batch: ReturnType<typeof transactionsBatch>, signal: AbortSignal): Promise<void> {
  const { reader, queue, db, log } = deps;
  const hashes = batch.transactions.map((transaction) => transaction.transactionHash);
  const replay = createHash('sha256')
    .update(['discovery', reader.chain, reader.fingerprint, ...hashes].join('\n'))
    .digest('hex')
    .slice(0, 32);
  await openReplay(db, replay);
  const tracker = createTracker({ queue, db, replay, signal, log, maxInFlight: 1, revive: true, onChange: () => undefined });
  await tracker.add({ ...batch, replay });
  await tracker.drain();
  const [failed] = tracker.failed();
  if (failed)
    throw new NdxError('BLOCK_UNAVAILABLE', `transactions of an NFT found late could not be reconciled: ${failed.reason}`, {
      retryable: true,
    });
  await closeReplay(db, replay);
}
