/** What a listener says of itself: for readiness, status and watchdogs. */
import type { Chain } from '../events/event.js';
import type { BlockRange } from '../events/range.js';
import type { ListenerContext, ListenerError } from './context.js';

/** null: not known yet. */
export interface ListenerState {
  readonly chain: Chain;
  readonly fingerprint: string;
  readonly startBlock: number;
  /** The live lane has enqueued every block below this since it started. */
  readonly next: number;
  readonly head: number | null;
  /** Unix seconds. */
  readonly headTime: number | null;
  readonly finalized: number | null;
  readonly source: string | null;
  /** Blocks below `next` that are not in coverage, as last looked up; enqueued ones are among them. */
  readonly gaps: readonly BlockRange[];
  /** Ranges enqueued, or found unreadable, and not yet covered. */
  readonly inFlight: number;
  readonly waiting: number;
  /** The endpoint whose websocket has gone silent: polling goes on. null: none. */
  readonly silent: string | null;
  /** The live lane waits for room in the queue. */
  readonly held: boolean;
  /** Milliseconds since 1970: when the chain's head was last seen to move. */
  readonly headMovedAt: number | null;
  /** Blocks last read under another fingerprint: `ndx replay --stale` reads them again. */
  readonly staleBlocks: number;
  /** Milliseconds since 1970: when a batch was last enqueued, or the tip seen reached. */
  readonly lastProgressAt: number | null;
  /** What fails now; null when the last try of both loops succeeded. */
  readonly lastError: ListenerError | null;
}

export function stateOf(context: ListenerContext): ListenerState {
  const { tip, gaps, inFlight, errors } = context;
  return {
    chain: context.reader.chain,
    fingerprint: context.reader.fingerprint,
    startBlock: context.startBlock,
    next: context.next,
    head: tip?.head ?? null,
    headTime: tip?.headTime ?? null,
    finalized: tip?.finalized ?? null,
    source: tip?.source ?? null,
    gaps,
    headMovedAt: context.headMovedAt,
    staleBlocks: context.staleBlocks,
    inFlight: inFlight.size(),
    waiting: context.pressure.backfill.waiting(),
    silent: context.reader.silent?.() ?? null,
    held: context.pressure.live.holds(),
    lastProgressAt: context.lastProgressAt,
    lastError: errors.follow ?? errors.gaps ?? null,
  };
}
