/**
 * One turn of a sender with one endpoint: sends what waits and then what is new, until the endpoint is up
 * to date, must wait, or its time is over.
 */
import type { Pool } from 'pg';
import type { FeedId } from '../../feed/change.js';
import { createFilter } from '../../feed/told/filter.js';
import type { Outbound } from '../../runtime/outbound/client.js';
import type { PushFeed } from '../feed.js';
import { type Attempt, attemptDelivery } from './attempt.js';
import { addMessage, noteFailed, noteReceived, type Pending, pendingOf, skipTo } from './deliveries.js';
import { gather } from './gather.js';
import type { Turn } from './leases.js';
import { type Body, bodyOfChanges, bodyOfReset } from './message.js';
import { delayAfter, type Schedule } from './schedule.js';
import type { Sealing } from './sealing.js';
import { secretsOf } from './secrets.js';

export interface TurnDeps {
  readonly db: { readonly pool: Pool };
  readonly feed: PushFeed;
  readonly outbound: Outbound;
  readonly sealing: Sealing;
  readonly schedule: Schedule;
  /** Called after each attempt; `dead` when it was the last one. */
  readonly onAttempt: (outcome: Attempt['outcome'] | 'dead', milliseconds: number) => void;
}

/** Messages of an endpoint without order that are on their way at once. */
const WINDOW = 8;
/** Milliseconds after which a turn ends, so that endpoints go round among the senders. */
const TURN_MS = 10_000;
/**
 * Milliseconds: an endpoint without order is looked at as often, because new changes need not wait for old
 * ones.
 */
const LOOK_MS = 1_000;

export interface TurnEnd {
  /** Milliseconds before the endpoint is to be looked at again. */
  readonly wait: number;
  /** Whether there is more to send at once. */
  readonly more: boolean;
}

const UP_TO_DATE: TurnEnd = { wait: 0, more: false };

/**
 * Runs the turn.
 * @throws what the database or the feed throw, and the reason of `signal`
 */
export async function runTurn(deps: TurnDeps, turn: Turn, signal: AbortSignal): Promise<TurnEnd> {
  const { endpoint } = turn;
  const window = endpoint.ordered ? 1 : WINDOW;
  const secrets = await secretsOf(deps.db.pool, deps.sealing, endpoint.id);
  const maker = createMaker(deps, turn);
  for (const end = performance.now() + TURN_MS; performance.now() < end; ) {
    signal.throwIfAborted();
    const pending = await pendingOf(deps.db, endpoint.id, window);
    const due = pending.filter((message) => message.due <= 0);
    for (let free = window - pending.length; free > 0; free--) {
      const made = await maker.next();
      if (made === null) break;
      due.push(made);
    }
    if (maker.lost()) return UP_TO_DATE;
    if (due.length === 0) {
      if (pending.length === 0) return UP_TO_DATE;
      const next = Math.min(...pending.map((message) => message.due));
      return { wait: endpoint.ordered ? next : Math.min(next, LOOK_MS), more: false };
    }
    const ours = await Promise.all(due.map((message) => send(deps, turn, { message, secrets }, signal)));
    if (!ours.every(Boolean)) return UP_TO_DATE;
  }
  return { wait: 0, more: true };
}

/** Makes messages of what is new, one after the other. */
function createMaker({ db, feed }: TurnDeps, turn: Turn) {
  const { endpoint } = turn;
  const want = { most: endpoint.batch, filter: createFilter(endpoint.filter) };
  let cursor: FeedId = endpoint.cursor;
  let lost = false;

  const add = async (kind: 'changes' | 'reset', body: Body): Promise<Pending | null> => {
    const made = await addMessage(db, turn, { kind, from: cursor, body });
    lost = made === null;
    if (made !== null) cursor = body.upTo;
    return made;
  };
  return {
    /** @returns null when nothing is new, or the turn is lost */
    next: async (): Promise<Pending | null> => {
      if (lost) return null;
      const found = await gather(feed, cursor, want);
      const now = new Date();
      if (found.kind === 'reset') {
        const text = bodyOfReset(found.from, found.reason, now);
        return await add('reset', { text, changes: 0, upTo: found.from });
      }
      if (found.changes.length > 0)
        return await add('changes', bodyOfChanges({ after: cursor, upTo: found.upTo }, found.changes, now));
      if (found.upTo.seq !== cursor.seq || found.upTo.n !== cursor.n) {
        lost = !(await skipTo(db, turn, cursor, found.upTo));
        cursor = found.upTo;
      }
      return null;
    },
    /** Whether somebody else has the endpoint now, moved its cursor, or disabled it. */
    lost: () => lost,
  };
}

/** Tries a message once and writes down how it ended. @returns false when the turn is not ours any more */
async function send(
  { db, outbound, schedule, onAttempt }: TurnDeps,
  turn: Turn,
  { message, secrets }: { readonly message: Pending; readonly secrets: readonly string[] },
  signal: AbortSignal,
): Promise<boolean> {
  const { id, body } = message;
  const attempt = await attemptDelivery(outbound, { url: turn.endpoint.url, id, body, secrets }, signal);
  const { outcome, error, milliseconds } = attempt;
  if (outcome === 'received') {
    onAttempt(outcome, milliseconds);
    return await noteReceived(db, turn, id, attempt);
  }
  const dead = outcome === 'refused' && message.age > schedule.giveUpAfter;
  onAttempt(dead ? 'dead' : outcome, milliseconds);
  return await noteFailed(db, turn, id, attempt, {
    retryIn: dead ? null : delayAfter(schedule, message.attempts + 1, attempt.retryAfter),
    disable: outcome === 'gone' ? (error ?? 'gone') : null,
  });
}
