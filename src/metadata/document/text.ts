/**
 * Text and JSON of strangers, made fit to be stored: PostgreSQL takes neither NUL nor half a surrogate pair.
 */
import type { Json } from '../../events/event.js';

/** Without NUL characters, and with halves of surrogate pairs replaced by U+FFFD. */
export function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}

/**
 * The JSON with all its texts and names made storable. The value is as deep as `isWithin` allowed.
 */
export function storableJson(value: Json): Json {
  if (typeof value === 'string') return storable(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (Array.isArray(value)) return value.map(storableJson);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [storable(name), storableJson(inner ?? null)]),
    );
  }
  return value;
}

/** Whether the value that JSON.parse made has at most this many levels. A list of work, no recursion. */
export function isWithin(value: unknown, levels: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    const next: unknown[] = [];
    for (const item of level) {
      if (typeof item !== 'object' || item === null) continue;
      if (depth === levels) return false;
      for (const inner of Object.values(item)) next.push(inner);
    }
    level = next;
  }
  return true;
}
