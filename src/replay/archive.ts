/**
 * Reconciles archived blocks again, without any endpoint: `ndx replay --from-archive`. Each block is a batch
 * of its own and covers itself.
 */
import type { Archive } from '../archive/archive.js';
import { openDiscoveries } from '../discovery/discoveries.js';
import { lateDiscoveries } from '../discovery/late.js';
import type { BlockRange } from '../events/range.js';
import { toBatches } from '../readers/batches.js';
import { LIVE_LIMITS } from '../readers/limits.js';
import type { BlockDecoder } from '../readers/reader.js';
import { openRun, type ReplaySummary, type RunDeps } from './run.js';

export interface ReplayArchiveOptions {
  readonly reader: BlockDecoder;
  readonly archive: Archive;
  readonly range: BlockRange;
  /** Four times as many jobs may be under way. */
  readonly concurrency: number;
}

/** @throws NdxError BLOCK_UNAVAILABLE for a damaged file. Started again it continues. */
export async function replayArchive({
  archive,
  range,
  concurrency,
  ...deps
}: RunDeps & ReplayArchiveOptions): Promise<ReplaySummary> {
  const { reader, signal } = deps;
  const discoveries = await openDiscoveries(reader, deps.db);
  const knowledge = discoveries.knowledge();
  const what = `archive ${range.fromBlock}-${range.toBlock}`;
  const run = await openRun(deps, { what, maxInFlight: Math.max(4, concurrency * 4), totalBlocks: 0 });
  const done = new Set(run.done.map((row) => row.fromBlock));
  for await (const { block } of archive.list(reader.chain, range)) {
    signal.throwIfAborted();
    const span = reader.decodeRaw(block, await archive.get(reader.chain, block));
    // Blocks that are done, too: what they make known is followed from here on, and by the listener that goes
    // on where this ends.
    await discoveries.remember(
      new Map(lateDiscoveries(span, discoveries).map((address) => [address, block])),
    );
    if (done.has(block)) continue;
    async function* one() {
      yield span;
    }
    for await (const batch of toBatches(reader, one(), { finality: 'finalized' }, LIVE_LIMITS))
      await run.add({ ...batch, knowledge });
  }
  return run.finish();
}
