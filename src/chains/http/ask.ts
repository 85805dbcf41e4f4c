/** How a pool of endpoints is asked, and what it answers with. */

export interface Asked<T> {
  readonly value: T;
  readonly endpoint: string;
}

export interface AskOptions {
  readonly signal: AbortSignal;
  /** Endpoints known to be behind this block are asked last. */
  readonly block?: number;
  /** Ask none but these, by name. */
  readonly only?: readonly string[];
  /** Of those that are equally well, the earlier named first. */
  readonly prefer?: readonly string[];
  /** Rounds after the first, when not the pool's own. */
  readonly retries?: number;
}
