/** Retention: archived blocks go when they are old enough. An archive without it keeps everything. */
import type { Chain } from '../events/event.js';
import { messageOf } from '../runtime/errors.js';
import type { Log } from '../runtime/log.js';
import { pause } from '../runtime/pause.js';
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
const EVERY_MS = 6 * 3_600_000;
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

/**
 * Prunes now and every six hours until the signal fires, then resolves. A failure is logged and tried again
 * the next time.
 */
export async function keepPruned(
  archive: Pick<Archive, 'list' | 'remove'>,
  chain: Chain,
  {
    days,
    signal,
    log,
    everyMs = EVERY_MS,
  }: { days: number; signal: AbortSignal; log: Pick<Log, 'info' | 'warn'>; everyMs?: number },
): Promise<void> {
  while (!signal.aborted) {
    try {
      const { blocks, bytes, keptBlocks, keptBytes } = await pruneArchive(archive, chain, { days, signal });
      if (blocks > 0)
        log.info({ chain, days, blocks, bytes, keptBlocks, keptBytes }, 'old blocks went from the archive');
    } catch (error) {
      if (!signal.aborted)
        log.warn({ chain, days, error: messageOf(error) }, 'the archive cannot be pruned now');
    }
    await pause(everyMs, signal).catch(() => undefined);
  }
}
