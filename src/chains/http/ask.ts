/** Options of a request to a pool of endpoints, and the answer together with the endpoint that gave it. */

import type { Place } from './bytes/budget.js';

/** An answer, with the redacted name of the endpoint that gave it. */
export interface Asked<T> {
  readonly value: T;
  readonly endpoint: string;
}

export interface AskOptions {
  readonly signal: AbortSignal;
  /** Endpoints known to be behind this block are asked last. */
  readonly block?: number;
  /** Ask only the endpoints with these names. */
  readonly only?: readonly string[];
  /** Names of endpoints in order of preference: it decides among those that are equally healthy. */
  readonly prefer?: readonly string[];
  /**
   * How many more rounds over the endpoints may follow a failed first one; default: the pool's own number.
   */
  readonly retries?: number;
  /** Where the answer's bytes are held until the caller gives them back; see bytes/budget.ts. */
  readonly place?: Place | undefined;
}
