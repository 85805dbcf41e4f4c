/** Reconciles archived blocks again, without any endpoint: `ndx replay --from-archive`. Each block is a batch of its own and covers itself. */
import type { Archive } from '../archive/directory.js';
import { NdxError } from '../runtime/errors.js';
import type { BlockRange } from '../store/coverage.js';
import { listDiscovered } from '../store/discovered.js';
import { listReplayRanges, openReplay } from '../store/replay-progress.js';
import { LIVE_LIMITS, toBatches } from './batches.js';
import { finish, type ReplayDeps, type ReplaySummary, replayId } from './replay.js';
import { createTracker } from './replay-tracker.js';

export interface ReplayArchiveOptions {
  readonly archive: Archive;
  readonly range: BlockRange;
  /** A quarter of the jobs that may be under way. */
  readonly concurrency: number;
}

/** @throws NdxError BLOCK_UNAVAILABLE for a damaged file, INPUT_INVALID when the chain's blocks are not archived. Started again it continues. */
export async function replayArchive({ archive, range, concurrency, ...deps }: ReplayDeps & ReplayArchiveOptions): Promise<ReplaySummary> {
  const { reader, queue, db, signal, log } = deps;
  const { decodeRaw } = reader;
  if (!decodeRaw) throw new NdxError('INPUT_INVALID', `blocks of ${reader.chain} are not archived by this version`);
  if (reader.discovers) reader.follow((await listDiscovered(db, reader.chain)).keys());
  const replay = replayId(reader, `archive ${range.fromBlock}-${range.toBlock}`);
  const resumed = await openReplay(db, replay);
  const done = new Set((await listReplayRanges(db, replay)).map((row) => row.fromBlock));
  const progress = { blocks: 0, events: 0 };
  const tracker = createTracker({
    queue,
    db,
    replay,
    signal,
    log,
    maxInFlight: Math.max(4, concurrency * 4),
    revive: (await queue.counts()).failed > 0,
    onChange: (finished) => {
      progress.blocks += finished.length;
      progress.events += finished.reduce((sum, row) => sum + row.events, 0);
      deps.onProgress?.({ ...progress, totalBlocks: 0, failedJobs: tracker.failed().length });
    },
    ...(deps.poll === undefined ? {} : { poll: deps.poll }),
  });
  for await (const block of archive.blocks(reader.chain, range)) {
    signal.throwIfAborted();
    const span = decodeRaw(block, await archive.get(reader.chain, block));
    // Decoded all the same: what it makes known is followed from here on.
    if (done.has(block)) continue;
    async function* one() {
      yield span;
    }
    for await (const batch of toBatches(reader, one(), { finality: 'finalized', replay }, LIVE_LIMITS)) await tracker.add(batch);
  }
  await tracker.drain();
  return finish(db, replay, tracker.failed(), resumed);
}
