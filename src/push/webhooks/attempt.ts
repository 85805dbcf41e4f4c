/** One attempt to hand a message over, and what its end means. */
import { messageOf, NdxError } from '../../runtime/errors.js';
import type { Outbound, OutboundResponse } from '../../runtime/outbound/client.js';
import { readRetryAfter } from '../../runtime/outbound/retry-after.js';
import { headersOf } from './message.js';

export interface Attempt {
  /**
   * `received`: any 2xx. `refused`: the receiver is there and does not want this message (4xx). `gone`: he
   * wants none any more (410). `failed`: everything else, which passes by itself.
   */
  readonly outcome: 'received' | 'refused' | 'gone' | 'failed';
  /** HTTP status; null when there was no answer. */
  readonly status: number | null;
  /** What went wrong, for people; null when it was received. */
  readonly error: string | null;
  readonly milliseconds: number;
  /** Milliseconds that the receiver asks to wait; null when he asks for nothing. */
  readonly retryAfter: number | null;
}

/** Milliseconds of one attempt, from resolving the name to the answer. */
const ATTEMPT_MS = 15_000;
/** Bytes of the answer that are read, and characters that are kept. */
const ANSWER_BYTES = 1_024;
const ERROR_MOST = 500;
/** Answers of 4xx that speak of the moment and not of the message. */
const PASSING = new Set([401, 403, 404, 405, 408, 421, 425, 429]);

/**
 * Sends the message. Never throws for what the receiver does.
 * @throws the reason of `signal` when it is aborted
 */
export async function attemptDelivery(
  outbound: Outbound,
  { url, id, body, secrets }: { url: string; id: string; body: string; secrets: readonly string[] },
  signal: AbortSignal,
): Promise<Attempt> {
  const started = performance.now();
  const end = (rest: Omit<Attempt, 'milliseconds'>): Attempt => ({
    ...rest,
    milliseconds: Math.round(performance.now() - started),
  });
  try {
    const headers = headersOf(id, body, secrets, new Date());
    const limits = { whole: ATTEMPT_MS };
    const answer = await outbound.request({
      url,
      method: 'POST',
      headers,
      body,
      beginning: ANSWER_BYTES,
      limits,
      signal,
    });
    return end(meaningOf(answer));
  } catch (error) {
    signal.throwIfAborted();
    const code = error instanceof NdxError ? ` [${error.code}]` : '';
    return end({
      outcome: 'failed',
      status: null,
      error: `${messageOf(error)}${code}`.slice(0, ERROR_MOST),
      retryAfter: null,
    });
  }
}

function meaningOf({ status, headers, body }: OutboundResponse): Omit<Attempt, 'milliseconds'> {
  const retryAfter = readRetryAfter(headers['retry-after']);
  if (status >= 200 && status < 300) return { outcome: 'received', status, error: null, retryAfter: null };
  const said = printable(body.toString('utf8'));
  const error = `the receiver answered with status ${status}${said ? `: ${said}` : ''}`.slice(0, ERROR_MOST);
  if (status === 410) return { outcome: 'gone', status, error, retryAfter };
  const refused = status >= 400 && status < 500 && !PASSING.has(status);
  return { outcome: refused ? 'refused' : 'failed', status, error, retryAfter };
}

/** A stranger's text on one line, without control characters: it is shown on terminals and stored. */
function printable(text: string): string {
  return text
    .replace(/[^\p{L}\p{N}\p{P}\p{S} ]+/gu, ' ')
    .trim()
    .slice(0, 200);
}
