/** When a document is asked for next. Milliseconds. */
import { doubled } from '../runtime/pause.js';
import type { Place } from './uri/uri.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Attempts in vain before a document is dead: the waits between them add up to about five days. */
const ATTEMPTS = 13;
/** The process that asks has this long before another one may ask. */
export const LEASE_MS = 10 * MINUTE;

/**
 * After a failure (from 1); null when the document is dead. Jitter of up to a tenth keeps hosts from crowds.
 */
export function afterFailure(failures: number, random = Math.random()): number | null {
  if (failures >= ATTEMPTS) return null;
  return Math.round(doubled(MINUTE, failures - 1, DAY) * (1 + random / 10));
}

/**
 * After a success; null: what the place names never changes. The longer an answer has not changed, the longer
 * nobody asks.
 * @param unchanged answers in a row that changed nothing
 */
export function afterSuccess(place: Place, unchanged: number, random = Math.random()): number | null {
  if (place.kind !== 'web') return null;
  return Math.round(doubled(DAY, unchanged, 32 * DAY) * (1 + random / 10));
}
