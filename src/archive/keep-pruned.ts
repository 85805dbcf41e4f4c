/** Prunes an archive for as long as the listener runs. */
import type { Chain } from '../events/event.js';
import { messageOf } from '../runtime/errors.js';
import type { Log } from '../runtime/log.js';
import { pause } from '../runtime/pause.js';
import type { Archive } from './archive.js';
import { pruneArchive } from './prune.js';

const EVERY_MS = 6 * 3_600_000;

/**
 * Removes blocks older than `days` days from the archive, at once and then every `everyMs` milliseconds
 * (default: six hours). Resolves when the signal is aborted. A failure is logged, and the next round tries
 * again.
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
