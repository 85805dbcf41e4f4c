/** Reconciles archived blocks again, without any endpoint: `ndx replay --from-archive`. Each block is a batch of its own and covers itself. */
import type { Archive } from '../archive/archive.js';
import { lateIn } from '../discovery/catch-up.js';
import { openKnowledge } from '../discovery/knowledge.js';
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
  const knowledge = await openKnowledge(reader, deps.db);
  const number = knowledge.number();
  const what = `archive ${range.fromBlock}-${range.toBlock}`;
  const run = await openRun(deps, { what, maxInFlight: Math.max(4, concurrency * 4), totalBlocks: 0 });
  const done = new Set(run.done.map((row) => row.fromBlock));
  for await (const { block } of archive.list(reader.chain, range)) {
    signal.throwIfAborted();
    const span = decodeRaw(block, await archive.get(reader.chain, block));
    // Decoded all the same: what it makes known is followed from here on, by us and by the listener that goes on where this ends.
    await knowledge.adopt(new Map(lateIn(span, knowledge).map((address) => [address, block])));
    if (done.has(block)) continue;
    async function* one() {
      yield span;
    }
    for await (const batch of toBatches(reader, one(), { finality: 'finalized' }, LIVE_LIMITS))
      await run.add({ ...batch, knowledge: number });
  }
  return run.finish();
}
