/**
 * Wakes whoever reads the feed when there are new numbers. A notification is only a hint: through a pooler
 * and on a standby none comes, and any may be lost with its connection. So the reader looks by the clock all
 * the same: seldom for as long as notifications announce what it finds, often otherwise.
 */
import type { Pool } from 'pg';
import type { Log } from '../runtime/log.js';
import { createWakeup, pause, repeat } from '../runtime/pause.js';
import { seldom } from '../runtime/seldom.js';
import { CHANNEL } from './number.js';

export interface Bell {
  /**
   * Waits until there may be something new.
   * @throws the signal's reason when it is aborted
   */
  wait(signal: AbortSignal): Promise<void>;
  /** Ends the wait for another reason. */
  wake(): void;
  /** The reader says that there was something new: was it announced? */
  found(): void;
  stop(): Promise<void>;
}

export interface BellDeps {
  /** Gives the one connection that listens, for as long as the bell is there; null: nobody listens. */
  readonly pool: Pick<Pool, 'connect'> | null;
  readonly log: Log;
  /** Milliseconds between two looks while nothing is announced. */
  readonly often: number;
  /** The same while everything is. Default a second. */
  readonly seldom?: number;
}

/** Milliseconds after which another connection listens: after a failover none stays with the old server. */
const LONGEST_LIFE = 300_000;
/** Milliseconds before a standby is asked again: it may have been promoted. */
const STANDBY_AGAIN = 10_000;
/** SQLSTATE read_only_sql_transaction: nothing can be listened to during recovery. */
const READ_ONLY = '25006';

export function createBell({ pool, log, often, seldom: rare = 1_000 }: BellDeps): Bell {
  const end = new AbortController();
  const wakeup = createWakeup();
  /** The newest thing that was found had been announced. */
  let trusted = false;
  let rung = false;

  const ring = (): void => {
    trusted = true;
    rung = true;
    wakeup.wake();
  };
  const listening =
    pool &&
    repeat((signal) => listen(pool, ring, wakeup.wake, signal), {
      signal: end.signal,
      log: seldom(log),
      failed: 'cannot listen for news of the feed: looking for it by the clock',
      longest: 30_000,
    });
  return {
    wait: (signal) => wakeup.wait(trusted ? rare : often, signal),
    wake: wakeup.wake,
    found: () => {
      trusted = rung;
      rung = false;
    },
    stop: async () => {
      end.abort();
      await listening;
    },
  };
}

/** @throws what breaks the connection */
async function listen(
  pool: Pick<Pool, 'connect'>,
  ring: () => void,
  wake: () => void,
  signal: AbortSignal,
): Promise<void> {
  const client = await pool.connect();
  const over = new AbortController();
  let broken: Error | undefined;
  client.on('error', (error) => {
    broken = error;
    over.abort();
  });
  client.on('end', () => over.abort());
  client.on('notification', ring);
  try {
    await client.query(`LISTEN ${CHANNEL}`);
    // What was numbered before this was announced to nobody.
    wake();
    await pause(LONGEST_LIFE, AbortSignal.any([signal, over.signal])).catch(() => undefined);
    if (broken) throw broken;
  } catch (error) {
    if ((error as { code?: string }).code !== READ_ONLY) throw error;
    await pause(STANDBY_AGAIN, signal).catch(() => undefined);
  } finally {
    client.release(true);
  }
}
