/**
 * Reconciles archived blocks again without any endpoint: `ndx replay --from-archive`. Each block is a batch
 * of its own and becomes covered by it.
 */
import type { Archive } from '../archive/archive.js';
import { openDiscoveries } from '../discovery/discoveries.js';
import { lateDiscoveries } from '../discovery/late.js';
import type { BlockRange } from '../events/range.js';
import { toBatches } from '../readers/batches.js';
import { LIVE_LIMITS } from '../readers/limits.js';
import type { BlockDecoder, DecodedSpan } from '../readers/reader.js';
import { messageOf, NdxError } from '../runtime/errors.js';
import { knownBlockTime } from '../store/ledger/block-time.js';
import { openRun, type ReplaySummary, type RunDeps } from './run.js';

export interface ReplayArchiveOptions {
  readonly reader: BlockDecoder;
  readonly archive: Archive;
  readonly range: BlockRange;
  /** Four times as many jobs may be under way, four at least. */
  readonly concurrency: number;
}

/**
 * Reconciles the archived blocks of the range, oldest first. Started again after an interruption, it
 * continues.
 * @throws NdxError BLOCK_UNAVAILABLE, with the file's name, when a file is damaged, holds another block, or
 * lacks a time that the ledger does not know either;
 * what the archive said; the signal's reason
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
  const follow = async (span: DecodedSpan): Promise<boolean> => {
    const late = new Map(lateDiscoveries(span, discoveries));
    reader.follow(late);
    await discoveries.remember(late);
    return [...late.values()].some((since) => since < span.fromBlock);
  };
  // What a block makes ours in the blocks before it has to be known before these are reconciled, and they may
  // hold more of the kind.
  for (let more = reader.findsEarlier === true; more; ) {
    more = false;
    for await (const span of spansOf(archive, reader, range, signal)) more = (await follow(span)) || more;
  }
  const what = `archive ${range.fromBlock}-${range.toBlock}`;
  const run = await openRun(deps, { what, maxInFlight: Math.max(4, concurrency * 4), totalBlocks: 0 });
  const done = new Set(run.done.map((row) => row.fromBlock));
  for await (const span of spansOf(archive, reader, range, signal)) {
    // Also for blocks that are done: the addresses that they discover are followed in the blocks after them,
    // and by the listener that goes on where the archive ends.
    await follow(span);
    if (done.has(span.fromBlock)) continue;
    const dated = await withTime(deps.db, archive, reader.chain, span);
    async function* one() {
      yield dated;
    }
    for await (const batch of toBatches(reader, one(), { finality: 'finalized' }, LIVE_LIMITS))
      await run.add({ ...batch, knowledge });
  }
  return run.finish();
}

/**
 * The block with its time. One that was archived without (older releases kept an endpoint's bytes as they
 * were) has the time that it was reconciled with, or that of a block shortly before.
 * @throws NdxError BLOCK_UNAVAILABLE when the ledger has none
 */
async function withTime(
  db: RunDeps['db'],
  archive: Archive,
  chain: BlockDecoder['chain'],
  span: DecodedSpan,
): Promise<DecodedSpan> {
  if (span.transactions.every(({ blockTime }) => blockTime !== null)) return span;
  const block = span.toBlock;
  const time = await knownBlockTime(db.pool, chain, block);
  if (time === null)
    throw new NdxError(
      'BLOCK_UNAVAILABLE',
      `${archive.place(chain, block)} does not hold the time of ${chain} block ${block}, and neither does the ledger ` +
        `of a block shortly before it. Read it from an endpoint: \`ndx replay --chain ${chain} --from ${block} --to ${block}\``,
    );
  const transactions = span.transactions.map((one) => ({ ...one, blockTime: one.blockTime ?? time }));
  return { ...span, transactions };
}

async function* spansOf(
  archive: Archive,
  reader: BlockDecoder,
  range: BlockRange,
  signal: AbortSignal,
): AsyncGenerator<DecodedSpan> {
  for await (const { block } of archive.list(reader.chain, range)) {
    signal.throwIfAborted();
    yield await readArchived(archive, reader, block);
  }
}

/** Whatever is wrong with an archived block is the fault of its file, so the error names the file. */
async function readArchived(archive: Archive, reader: BlockDecoder, block: number): Promise<DecodedSpan> {
  const raw = await archive.get(reader.chain, block);
  try {
    return reader.decodeRaw(block, raw);
  } catch (cause) {
    // Not the file's fault: for example a block archived under another configuration. The message says what
    // to do.
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
