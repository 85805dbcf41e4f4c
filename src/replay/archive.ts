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
import type { BlockDecoder, DecodedSpan } from '../readers/reader.js';
import { messageOf, NdxError } from '../runtime/errors.js';
import { openRun, type ReplaySummary, type RunDeps } from './run.js';

export interface ReplayArchiveOptions {
  readonly reader: BlockDecoder;
  readonly archive: Archive;
  readonly range: BlockRange;
  /** Four times as many jobs may be under way. */
  readonly concurrency: number;
}

/**
 * @throws NdxError BLOCK_UNAVAILABLE for a damaged file or one that holds no such block, with its name.
 * Started again it continues.
 */
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
    const span = await readArchived(archive, reader, block);
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

/** Whatever is wrong with an archived block is the file's fault, so its name is told. */
async function readArchived(archive: Archive, reader: BlockDecoder, block: number): Promise<DecodedSpan> {
  const raw = await archive.get(reader.chain, block);
  try {
    return reader.decodeRaw(block, raw);
  } catch (cause) {
    // Archived under another configuration: that is ours to change, and the message says so.
    if (cause instanceof NdxError && cause.code !== 'BLOCK_UNAVAILABLE') throw cause;
    throw new NdxError(
      'BLOCK_UNAVAILABLE',
      `${archive.place(reader.chain, block)} is not the ${reader.chain} block ${block} as it was archived: ` +
        `${messageOf(cause)}. Remove the file, and read the block from an endpoint: ` +
        `\`ndx replay --chain ${reader.chain} --from ${block} --to ${block}\``,
      { cause },
    );
  }
}
