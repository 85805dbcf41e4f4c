/** The header `Retry-After` (RFC 9110, 10.2.3): how long a server asks to be left alone. */

/**
 * Reads it: seconds, fractions too, or an HTTP date.
 * @returns milliseconds from now; null when it is neither
 */
export function readRetryAfter(text: string | undefined, now = Date.now()): number | null {
  if (text === undefined) return null;
  const seconds = /^\d{1,9}(\.\d{1,9})?$/.test(text.trim());
  const milliseconds = seconds ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : null;
}
