/** Retention: archived blocks go when they are old enough. An archive without it keeps everything. */
import type { Chain } from '../events/event.js';
import type { Archive } from './archive.js';

export interface Pruned {
  readonly blocks: number;
  readonly bytes: number;
  readonly keptBlocks: number;
  readonly keptBytes: number;
}

const DAY_MS = 86_400_000;

/** Removed together: what one request to an S3-compatible store can delete. */
const AT_ONCE = 1_000;

const ALL = { fromBlock: 0, toBlock: Number.MAX_SAFE_INTEGER };

/** Removes what was written more than `days` ago. `dryRun`: only says what would go. */
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
