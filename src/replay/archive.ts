/** Reconciles archived blocks again, without any endpoint: `ndx replay --from-archive`. Each block is a batch of its own and covers itself. */
import type { Archive } from '../archive/archive.js';
import { openDiscoveries } from '../discovery/discoveries.js';
import { lateDiscoveries } from '../discovery/late.js';
import type { BlockRange } from '../events/range.js';
import { LIVE_LIMITS, toBatches } from '../readers/batches.js';
import { NdxError } from '../runtime/errors.js';
import { openRun, type ReplayDeps, type ReplaySummary } from './run.js';

export interface ReplayArchiveOptions {
  readonly archive: Archive;
  readonly range: BlockRange;
  /** A quarter of the jobs that may be under way. */
  readonly concurrency: number;
}

/** @throws NdxError BLOCK_UNAVAILABLE for a damaged file, INPUT_INVALID when the chain's blocks are not archived. Started again it continues. */
export async function replayArchive({
  archive,
  range,
  concurrency,
  ...deps
}: ReplayDeps & ReplayArchiveOptions): Promise<ReplaySummary> {
  const { reader, signal } = deps;
  const { decodeRaw } = reader;
  if (!decodeRaw)
    throw new NdxError('INPUT_INVALID', `blocks of ${reader.chain} are not archived by this version`);
  const discoveries = await openDiscoveries(reader, deps.db);
  const knowledge = discoveries.knowledge();
  const what = `archive ${range.fromBlock}-${range.toBlock}`;
  const run = await openRun(deps, { what, maxInFlight: Math.max(4, concurrency * 4), totalBlocks: 0 });
  const done = new Set(run.done.map((row) => row.fromBlock));
  for await (const { block } of archive.list(reader.chain, range)) {
    signal.throwIfAborted();
    const span = decodeRaw(block, await archive.get(reader.chain, block));
    // Blocks that are done, too: what they make known is followed from here on, and by the listener that goes on where this ends.
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
