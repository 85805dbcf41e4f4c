/** Why a listener cannot do its work now: write, and follow the tip of its chain. */
import type { ListenerState } from '../../listener/state.js';
import type { ErrorCode } from '../../runtime/error-codes.js';
import { SILENT } from '../chains/solana.js';

const OF_WRITING: readonly ErrorCode[] = [
  'DATABASE_UNREACHABLE',
  'QUEUE_UNREACHABLE',
  'ARCHIVE_UNREACHABLE',
  'INTERNAL',
];

/**
 * Milliseconds for which the tip may fail to be followed without a word: an endpoint that fails for a moment
 * does not make the listener unready, one whose tip is refused again and again does.
 */
const MOMENT_MS = 10_000;

/**
 * For people; empty when it is ready.
 * @param state undefined: another listener leads, and this one is ready to take over
 * @param stuckAfter milliseconds without a new block after which the listener counts as stuck
 * @param now Unix milliseconds
 */
export function listeningProblems(
  state: ListenerState | undefined,
  stuckAfter: number,
  now = Date.now(),
): string[] {
  if (!state) return [];
  const { lastError, followError, silent, head } = state;
  const reasons = silent === null ? [] : [`websocket: ${SILENT} (${silent}); polling goes on`];
  if (lastError && OF_WRITING.includes(lastError.code)) reasons.push(lastError.message);
  if (
    followError &&
    (followError.code === 'SOURCES_DISAGREE' || now - followError.since >= Math.min(MOMENT_MS, stuckAfter))
  )
    reasons.push(
      `the tip is not followed since ${new Date(followError.since).toISOString()}: ${followError.message}`,
    );
  const why = lastError ? `: ${lastError.message}` : '';
  if (head === null) reasons.push(`no endpoint has told the chain's head yet${why}`);
  else if (now - (state.lastProgressAt ?? 0) > stuckAfter)
    reasons.push(`no new block since ${new Date(state.lastProgressAt ?? 0).toISOString()}${why}`);
  return [...new Set(reasons)];
}
