/**
 * One request, and its whole answer in one buffer, by undici's dispatcher itself. Node streams in between
 * would cost a tenth to a fifth of the time that fetching a block takes, and joining their chunks afterwards
 * as much again for large blocks.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { NoRoom } from './bytes/budget.js';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Most bytes that are allocated on the word of `content-length`: a mere claim must not cost more memory. */
const LARGEST_CLAIM = 32 * 1024 * 1024;
/** Bytes of the first buffer where the answer does not say its length. */
const FIRST = 64 * 1024;

/** The answer has more bytes than the caller allows; the rest of it is not read. */
export class AnswerTooLarge extends Error {}

/**
 * Sends one request and resolves with its whole answer, whatever its status.
 * @param limit most bytes that the body may have
 * @param hold asked before memory is taken, with all that it would be by then
 * @throws undici's errors, the signal's reason, {@link AnswerTooLarge}, or {@link NoRoom} when `hold` refuses
 */
export function exchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  signal: AbortSignal,
  limit: number,
  hold: (bytes: number) => boolean = () => true,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let head = { status: 0, headers: {} as IncomingHttpHeaders };
    let buffer = Buffer.alloc(0);
    let used = 0;

    const onAbort = (): void => {
      controller?.abort(signal.reason);
      reject(signal.reason);
    };
    const tooLarge = () => new AnswerTooLarge(`more than ${limit} bytes`);
    const end = (): void => signal.removeEventListener('abort', onAbort);
    signal.addEventListener('abort', onAbort, { once: true });

    dispatcher.dispatch(request, {
      onRequestStart(started) {
        controller = started;
        // It may have been aborted while it waited for a connection.
        if (signal.aborted) started.abort(signal.reason);
      },
      onResponseStart(responding, status, headers) {
        head = { status, headers };
        const length = Number(headers['content-length']);
        const wanted = length > 0 ? Math.min(length, LARGEST_CLAIM) : 0;
        buffer = Buffer.alloc(0);
        used = 0;
        if (length > limit) responding.abort(tooLarge());
        else if (!hold(wanted)) responding.abort(new NoRoom(length));
        else if (wanted > 0) buffer = Buffer.allocUnsafeSlow(wanted);
      },
      onResponseData(responding, chunk) {
        if (used + chunk.length > limit) {
          responding.abort(tooLarge());
          return;
        }
        if (used + chunk.length > buffer.length) {
          const size = Math.max(used + chunk.length, Math.min(buffer.length * 2, limit), FIRST);
          // While it is copied, both are there.
          if (!hold(buffer.length + size)) {
            responding.abort(new NoRoom(size));
            return;
          }
          const larger = Buffer.allocUnsafeSlow(size);
          buffer.copy(larger, 0, 0, used);
          buffer = larger;
          hold(size);
        }
        buffer.set(chunk, used);
        used += chunk.length;
      },
      onResponseEnd() {
        end();
        resolve({ ...head, body: buffer.subarray(0, used) });
      },
      onResponseError(_, error) {
        end();
        reject(error);
      },
    });
  });
}
