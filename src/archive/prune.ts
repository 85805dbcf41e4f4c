/**
 * Retention of the archive: deletes blocks that are old enough. An archive without retention keeps
 * everything.
 */
import type { Chain } from '../events/event.js';
import type { Archive } from './archive.js';

export interface Pruned {
  readonly blocks: number;
  readonly bytes: number;
  readonly keptBlocks: number;
  readonly keptBytes: number;
}

const DAY_MS = 86_400_000;

/** Blocks deleted together: as many as one request to an S3-compatible store can delete. */
const AT_ONCE = 1_000;

const ALL = { fromBlock: 0, toBlock: Number.MAX_SAFE_INTEGER };

/**
 * Deletes the blocks that were written more than `days` days before `now` (milliseconds since 1970); with
 * `dryRun` it only counts them.
 * @returns how many blocks and compressed bytes were deleted (or would be), and how many are kept
 * @throws the signal's reason when it is aborted; else as `Archive.list` and `Archive.remove`
 */
export async function pruneArchive(
  archive: Pick<Archive, 'list' | 'remove'>,
  chain: Chain,
  {
    days,
    dryRun = false,
    signal,
    now = Date.now(),
  }: { days: number; dryRun?: boolean; signal?: AbortSignal; now?: number },
): Promise<Pruned> {
  const before = now - days * DAY_MS;
  const pruned = { blocks: 0, bytes: 0, keptBlocks: 0, keptBytes: 0 };
  let old: number[] = [];
  const remove = async () => {
    if (!dryRun && old.length > 0) await archive.remove(chain, old);
    old = [];
  };
  for await (const { block, bytes, storedAt } of archive.list(chain, ALL)) {
    signal?.throwIfAborted();
    if (storedAt.getTime() >= before) {
      pruned.keptBlocks += 1;
      pruned.keptBytes += bytes;
      continue;
    }
    pruned.blocks += 1;
    pruned.bytes += bytes;
    old.push(block);
    if (old.length >= AT_ONCE) await remove();
  }
  await remove();
  return pruned;
}
