/**
 * Endpoints that gave no word in time are left alone for a while: a witness that is down must not cost every
 * block its patience.
 */
import { doubled } from '../../runtime/pause.js';

export interface Quiet {
  mayBeAsked(endpoint: string): boolean;
  answered(endpoint: string): void;
  failed(endpoint: string): void;
}

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/** @param now a clock in milliseconds */
export function createQuiet(now: () => number = () => performance.now()): Quiet {
  const silent = new Map<string, { readonly times: number; readonly until: number }>();
  return {
    mayBeAsked: (endpoint) => (silent.get(endpoint)?.until ?? Number.NEGATIVE_INFINITY) <= now(),
    answered: (endpoint) => {
      silent.delete(endpoint);
    },
    failed: (endpoint) => {
      const times = silent.get(endpoint)?.times ?? 0;
      silent.set(endpoint, { times: times + 1, until: now() + doubled(FIRST_MS, times, LONGEST_MS) });
    },
  };
}
