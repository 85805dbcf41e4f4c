/**
 * What we know of one endpoint: whether it works, how fast it answers, which block it has got to. A circuit
 * breaker: after three failures in a row it counts as unusable for a pause that grows, then it is tried
 * again.
 */
import { backoff } from '../../../runtime/pause.js';

export interface Health {
  /** A request succeeded, in this many milliseconds. */
  succeeded(milliseconds: number): void;
  /**
   * A request failed. `lasting`: the next will fail too (refused credentials, another chain), so the circuit
   * opens at once and for longer.
   */
  failed(error: Error, options: { readonly lasting: boolean }): void;
  /**
   * An answer contradicted other answers: for ten seconds other endpoints are asked before this one, however
   * fast it is.
   */
  doubt(): void;
  doubted(): boolean;
  /** Notes the newest block that the endpoint has named. */
  sawHead(block: number): void;
  head(): number | null;
  /** False while the circuit is open; true again when it is time to probe. */
  usable(): boolean;
  /** Latency in milliseconds, raised by the share of failed requests. Lower is better. */
  score(): number;
  state(): {
    readonly healthy: boolean;
    readonly head: number | null;
    readonly lastError: string | null;
    readonly lastErrorAt: number | null;
  };
}

const OPENS_AFTER_FAILURES = 3;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** Milliseconds: long enough to read from others what was contradicted. */
const DOUBT_MS = 10_000;
/** Weight of the newest request in the moving averages. */
const WEIGHT = 0.2;

/** Begins usable, with an assumed latency of 100 ms, so that an endpoint that was never asked is tried. */
export function createHealth(): Health {
  let consecutive = 0;
  let failureShare = 0;
  let latency = 100;
  let openUntil = 0;
  let doubtedUntil = 0;
  let head: number | null = null;
  let lastError: string | null = null;
  let lastErrorAt: number | null = null;

  return {
    succeeded(milliseconds) {
      consecutive = 0;
      openUntil = 0;
      failureShare *= 1 - WEIGHT;
      latency = latency * (1 - WEIGHT) + milliseconds * WEIGHT;
    },
    failed(error, { lasting }) {
      consecutive += 1;
      failureShare = failureShare * (1 - WEIGHT) + WEIGHT;
      lastError = error.message;
      lastErrorAt = Date.now();
      if (!lasting && consecutive < OPENS_AFTER_FAILURES) return;
      const first = lasting ? LONGEST_PAUSE_MS : FIRST_PAUSE_MS;
      openUntil =
        performance.now() +
        backoff(Math.max(1, consecutive - OPENS_AFTER_FAILURES + 1), LONGEST_PAUSE_MS, first);
    },
    doubt() {
      doubtedUntil = performance.now() + DOUBT_MS;
    },
    doubted: () => performance.now() < doubtedUntil,
    sawHead(block) {
      head = block;
    },
    head: () => head,
    usable: () => performance.now() >= openUntil,
    score: () => (latency + 20) * (1 + 4 * failureShare),
    state: () => ({
      healthy: performance.now() >= openUntil && consecutive === 0,
      head,
      lastError,
      lastErrorAt,
    }),
  };
}
