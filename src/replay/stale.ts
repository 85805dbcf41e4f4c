/**
 * Reads again the blocks that were last read by other decoders or under another configuration: `ndx replay
 * --stale`.
 */
import { type BlockRange, blockCount, clip } from '../events/range.js';
import { listStale } from '../store/coverage/coverage.js';
import { replayRange } from './range.js';
import type { ReplayDeps, ReplaySummary } from './run.js';

export interface ReplayStaleOptions {
  /** Only blocks of this range. */
  readonly within: BlockRange;
  /** Blocks fetched at once. */
  readonly concurrency: number;
}

/** Stale ranges inside `within`, oldest first. */
export async function staleWithin(
  { reader, db }: Pick<ReplayDeps, 'reader' | 'db'>,
  within: BlockRange,
): Promise<BlockRange[]> {
  const stale = await listStale(db, reader.chain, reader.fingerprint);
  return clip(stale, within);
}

/**
 * Replays one stale range after the other. What is done is stale no more, so it continues when it is started
 * again.
 * @throws NdxError as replayRange
 */
export async function replayStale({
  within,
  concurrency,
  ...deps
}: ReplayDeps & ReplayStaleOptions): Promise<ReplaySummary> {
  const ranges = await staleWithin(deps, within);
  const totalBlocks = blockCount(ranges);
  let total: ReplaySummary = {
    blocks: 0,
    events: 0,
    created: 0,
    unchanged: 0,
    changed: 0,
    withdrawn: 0,
    failed: 0,
    failedJobs: [],
    resumed: false,
  };
  for (const range of ranges) {
    const before = total;
    const part = await replayRange({
      ...deps,
      range,
      concurrency,
      onProgress: ({ blocks, events, failedJobs }) =>
        deps.onProgress?.({
          blocks: before.blocks + blocks,
          totalBlocks,
          events: before.events + events,
          failedJobs: before.failedJobs.length + failedJobs,
        }),
    });
    total = sumOf(before, part);
  }
  return total;
}

function sumOf(a: ReplaySummary, b: ReplaySummary): ReplaySummary {
  return {
    blocks: a.blocks + b.blocks,
    events: a.events + b.events,
    created: a.created + b.created,
    unchanged: a.unchanged + b.unchanged,
    changed: a.changed + b.changed,
    withdrawn: a.withdrawn + b.withdrawn,
    failed: a.failed + b.failed,
    failedJobs: [...a.failedJobs, ...b.failedJobs],
    resumed: a.resumed || b.resumed,
  };
}
