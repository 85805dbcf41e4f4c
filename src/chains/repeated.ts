/** A chain holds a transaction once: a block that shows one twice is no block of it. */

/** @returns the first that stands in the list a second time, or null */
export function repeatedIn(names: readonly string[]): string | null {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return null;
}
