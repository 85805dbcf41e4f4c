/** What a listener reports of itself, for readiness, status and watchdogs. */
import type { Chain } from '../events/event.js';
import type { BlockRange } from '../events/range.js';
import type { OwedSum } from '../store/coverage/owed-checks.js';
import type { ListenerContext, ListenerError } from './context.js';

/** null means not known yet, where the field does not say otherwise. */
export interface ListenerState {
  readonly chain: Chain;
  readonly fingerprint: string;
  readonly startBlock: number;
  /**
   * The next block that the live lane reads; those below are enqueued, covered, or left to the gap filler.
   */
  readonly next: number;
  readonly head: number | null;
  /** Unix seconds. */
  readonly headTime: number | null;
  readonly finalized: number | null;
  readonly source: string | null;
  /** Ranges missing in coverage at the last look, those that are enqueued included. */
  readonly gaps: readonly BlockRange[];
  /** How many ranges are enqueued or set aside, and not yet covered. */
  readonly inFlight: number;
  /** Jobs in the queue, as the backfill lane last counted them. */
  readonly waiting: number;
  /** Name of the endpoint whose websocket has gone silent, while polling goes on. null: none. */
  readonly silent: string | null;
  /** Whether the live lane is waiting for room in the queue. */
  readonly held: boolean;
  /** Milliseconds since 1970 when the chain's head was last seen to move. */
  readonly headMovedAt: number | null;
  /** Covered blocks last read under another fingerprint: `ndx replay --stale` reads them again. */
  readonly staleBlocks: number;
  /** What other endpoints' word is owed about. */
  readonly owed: OwedSum;
  /** Milliseconds since 1970 when a batch was last enqueued, or the tip was seen to be reached. */
  readonly lastProgressAt: number | null;
  /** The current failure; null when the last try of both loops succeeded. */
  readonly lastError: ListenerError | null;
  /** Why the tip cannot be followed now; null: it is followed. */
  readonly followError: ListenerError | null;
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
    owed: context.owed,
    inFlight: inFlight.size(),
    waiting: context.pressure.backfill.waiting(),
    silent: context.reader.silent?.() ?? null,
    held: context.pressure.live.holds(),
    lastProgressAt: context.lastProgressAt,
    lastError: errors.follow ?? errors.gaps ?? null,
    followError: errors.follow ?? null,
  };
}
