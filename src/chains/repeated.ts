/** A chain holds a transaction once: an answer that shows one twice in a block is wrong. */

/** @returns the first that stands in the list a second time, or null */
export function repeatedIn(names: readonly string[]): string | null {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return null;
}
