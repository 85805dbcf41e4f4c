/** Watches the embedded server while a process needs it. */
import { messageOf } from '../../runtime/errors.js';
import type { Log } from '../../runtime/log.js';
import { pause } from '../../runtime/pause.js';
import { seldom } from '../../runtime/seldom.js';

const WATCH_MS = 1_000;

/**
 * Starts the embedded server again, at the same address, when it was killed or crashed. Everything that uses
 * it reconnects by itself. A server that does not start again is tried every second, and said seldom.
 * @param server.revive starts the server if it has ended; tells whether it had to
 * @param everyMs milliseconds between two looks
 * @returns a function that ends this; it waits for a look that is under way
 */
export function keepServer(
  server: { revive(): Promise<boolean> },
  log: Log,
  everyMs = WATCH_MS,
): () => Promise<void> {
  const ending = new AbortController();
  const told = seldom(log);
  const watch = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      try {
        if (await server.revive()) log.error({}, 'the embedded PostgreSQL had ended: it was started again');
      } catch (error) {
        told.error({ error: messageOf(error) }, 'the embedded PostgreSQL has ended and does not start again');
      }
      await pause(everyMs, ending.signal).catch(() => undefined);
    }
  };
  const watching = watch();
  return async () => {
    ending.abort();
    await watching;
  };
}
