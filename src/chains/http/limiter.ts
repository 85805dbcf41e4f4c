/**
 * How fast one endpoint may be asked: a limit on requests a second and one on requests at once. The rate is
 * halved when the endpoint answers 429 and grows slowly while it does not (additive increase, multiplicative
 * decrease). Requests that wait are sent in the order in which they came.
 */

export interface LimiterOptions {
  /** Most requests a second; absent: no limit until the endpoint first answers 429. */
  readonly requestsPerSecond?: number | undefined;
  /** Most requests at once. */
  readonly concurrency: number;
}

interface LimiterState {
  /** Requests a second; null while nothing limits. */
  readonly rate: number | null;
  readonly inFlight: number;
  readonly waiting: number;
}

export interface Limiter {
  /** What {@link acquire} resolves with, when a request may be sent at once; else null. */
  tryAcquire(): (() => void) | null;
  /**
   * Resolves when a request may be sent, with the function to call when the request is over. Rejects with the
   * signal's reason.
   */
  acquire(signal: AbortSignal): Promise<() => void>;
  /**
   * The endpoint answered 429: halves the rate, at most once a second, and sends nothing for `retryAfterMs`
   * (null: one second), but never pauses for more than a minute.
   */
  limited(retryAfterMs: number | null): void;
  /** A request succeeded: the rate grows a little. */
  succeeded(): void;
  /** About how long a new request would wait, in milliseconds. */
  expectedWait(): number;
  state(): LimiterState;
}

/** Requests a second below which the rate is never cut. */
const SLOWEST = 0.5;
/**
 * Requests a second that are assumed when an endpoint limits us before we could see what it takes: what free
 * endpoints allow.
 */
const FIRST_GUESS = 10;
/** A burst of refused requests halves the rate once, not once for each of them. */
const HALVE_AT_MOST_EVERY_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

interface Waiter {
  readonly start: (release: () => void) => void;
}

/** Without `requestsPerSecond` there is no limit until the endpoint answers 429. */
export function createLimiter(options: LimiterOptions): Limiter {
  const ceiling = options.requestsPerSecond ?? Number.POSITIVE_INFINITY;
  const waiters = new Set<Waiter>();
  let rate = ceiling;
  let tokens = 1;
  let refilledAt = performance.now();
  let pausedUntil = 0;
  let halvedAt = Number.NEGATIVE_INFINITY;
  let inFlight = 0;
  let timer: NodeJS.Timeout | undefined;
  let windowStart = refilledAt;
  let windowCount = 0;
  let observed = 0;

  function refill(now: number): void {
    // A tenth of a second's worth may be sent at once: enough to keep a fast endpoint busy between two timer
    // ticks.
    tokens =
      rate === Number.POSITIVE_INFINITY
        ? 1
        : Math.min(Math.max(1, rate / 10), tokens + ((now - refilledAt) / 1_000) * rate);
    refilledAt = now;
  }

  function count(now: number): void {
    if (now - windowStart >= 1_000) {
      observed = (windowCount * 1_000) / (now - windowStart);
      windowStart = now;
      windowCount = 0;
    }
    windowCount += 1;
  }

  /** Milliseconds until the next request may be sent; Infinity: not before one that is under way ends. */
  function delay(now: number): number {
    if (inFlight >= options.concurrency) return Number.POSITIVE_INFINITY;
    refill(now);
    return Math.max(0, pausedUntil - now, tokens >= 1 ? 0 : ((1 - tokens) / rate) * 1_000);
  }

  function start(now: number): () => void {
    if (rate !== Number.POSITIVE_INFINITY) tokens -= 1;
    count(now);
    inFlight += 1;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      inFlight -= 1;
      pump();
    };
  }

  function pump(): void {
    if (timer !== undefined) clearTimeout(timer);
    timer = undefined;
    for (const waiter of waiters) {
      const now = performance.now();
      const wait = delay(now);
      if (wait > 0) {
        if (wait < Number.POSITIVE_INFINITY) timer = setTimeout(pump, Math.ceil(wait));
        return;
      }
      waiters.delete(waiter);
      waiter.start(start(now));
    }
  }

  function tryAcquire(): (() => void) | null {
    const now = performance.now();
    return waiters.size > 0 || delay(now) > 0 ? null : start(now);
  }

  return {
    tryAcquire,
    acquire: (signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason);
          return;
        }
        const release = tryAcquire();
        if (release !== null) {
          resolve(release);
          return;
        }
        const onAbort = (): void => {
          waiters.delete(waiter);
          pump();
          reject(signal.reason);
        };
        const waiter: Waiter = {
          start: (release) => {
            signal.removeEventListener('abort', onAbort);
            resolve(release);
          },
        };
        signal.addEventListener('abort', onAbort, { once: true });
        waiters.add(waiter);
        pump();
      }),
    limited(retryAfterMs) {
      const now = performance.now();
      pausedUntil = Math.max(pausedUntil, now + Math.min(retryAfterMs ?? 1_000, LONGEST_PAUSE_MS));
      if (now - halvedAt >= HALVE_AT_MOST_EVERY_MS) {
        halvedAt = now;
        const current =
          rate === Number.POSITIVE_INFINITY ? Math.max(observed, windowCount, FIRST_GUESS) : rate;
        rate = Math.max(SLOWEST, current / 2);
        tokens = Math.min(tokens, 1);
      }
      pump();
    },
    succeeded() {
      // The rate grows by one request a second for every second of successes, above ten by 10% a second.
      if (rate < ceiling) rate = Math.min(ceiling, rate + Math.max(1, rate / 10) / Math.max(1, rate));
    },
    expectedWait() {
      const now = performance.now();
      const queued = rate === Number.POSITIVE_INFINITY ? 0 : (waiters.size / rate) * 1_000;
      return Math.max(0, pausedUntil - now) + queued;
    },
    state: () => ({ rate: rate === Number.POSITIVE_INFINITY ? null : rate, inFlight, waiting: waiters.size }),
  };
}
