/**
 * Sends webhooks: takes endpoints that are due, a turn at a time, many at once. Several senders share the
 * work; a slow receiver takes one place of many and holds nobody else up.
 */
import type { Bell } from '../../feed/bell.js';
import type { FeedId } from '../../feed/change.js';
import { messageOf } from '../../runtime/errors.js';
import type { Log } from '../../runtime/log.js';
import { seldom } from '../../runtime/seldom.js';
import { pruneDeliveries } from './deliveries.js';
import { endTurn, LEASE_MS, type Turn, takeTurns } from './leases.js';
import { runTurn, type TurnDeps } from './turn.js';

export interface SenderDeps extends TurnDeps {
  /** Name of this process in the leases. */
  readonly holder: string;
  readonly log: Log;
  /** Says when to look at what is due. Stopped by whoever made it. */
  readonly bell: Pick<Bell, 'wait' | 'wake' | 'found'>;
  /** Milliseconds that a lease lasts. Default a minute. */
  readonly lease?: number;
}

export interface Sender {
  /** Grows with every look; for the watchdog. */
  looks(): number;
  /** Ends what is sent now, and gives the endpoints back. */
  stop(): Promise<void>;
}

/** Turns at once. A turn that waits for a receiver costs a socket and little else. */
const TURNS_MOST = 256;
/** Milliseconds before an endpoint is looked at again after an error of ours: the database, a secret. */
const AFTER_ERROR = 10_000;
/** Days that the log of deliveries is kept, rows that one look removes, and milliseconds between these. */
const LOG_DAYS = 30;
const PRUNED_MOST = 1_000;
const PRUNE_EVERY = 60_000;

/**
 * Starts at once. Several processes may run one: an endpoint is worked on by the one that holds its lease.
 */
export function startSender(deps: SenderDeps): Sender {
  const { db, feed, bell, holder, lease = LEASE_MS } = deps;
  const log = seldom(deps.log);
  const ending = new AbortController();
  const turns = new Set<Promise<void>>();
  let looks = 0;
  let prunedAt = 0;
  let tip: FeedId | null = null;

  const run = async (turn: Turn): Promise<void> => {
    let end = { wait: AFTER_ERROR, more: false };
    try {
      end = await runTurn(deps, turn, ending.signal);
    } catch (error) {
      if (ending.signal.aborted) end = { wait: 0, more: false };
      else log.error({ webhook: turn.endpoint.id, error: messageOf(error) }, 'a webhook could not be served');
    }
    await endTurn(db, turn, end.wait).catch((error: unknown) =>
      log.warn(
        { webhook: turn.endpoint.id, error: messageOf(error) },
        'a webhook could not be given back: its lease runs out by itself',
      ),
    );
    // What came while the turn ended was passed over: it was still ours.
    if (end.wait === 0) bell.wake();
  };
  const look = async (): Promise<void> => {
    const free = TURNS_MOST - turns.size;
    if (free > 0) {
      const before = tip;
      tip = await feed.tip();
      if (before?.epoch !== tip.epoch || before.seq !== tip.seq) bell.found();
      for (const turn of await takeTurns(db, holder, tip, free, lease)) {
        const running = run(turn).finally(() => turns.delete(running));
        turns.add(running);
      }
    }
    if (performance.now() - prunedAt > PRUNE_EVERY) {
      prunedAt = performance.now();
      await pruneDeliveries(db, LOG_DAYS, PRUNED_MOST);
    }
    looks += 1;
  };
  const loop = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await look().catch((error: unknown) =>
        log.error({ error: messageOf(error) }, 'cannot look for webhooks that are due'),
      );
      await bell.wait(ending.signal).catch(() => undefined);
    }
    await Promise.all(turns);
  };
  const running = loop();
  return {
    looks: () => looks,
    stop: async () => {
      ending.abort(new Error('the sender ends'));
      await running;
    },
  };
}
