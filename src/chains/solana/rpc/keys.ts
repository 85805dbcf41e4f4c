/** Finds the followed addresses in the bytes of an answer, before anything is parsed. */

interface KeySearch {
  /**
   * Offset of the next followed address at or after `from`, its opening quote included; -1: none. `from` must
   * not lie inside a JSON string and must not go back.
   */
  next(from: number): number;
}

export interface KeyFinder {
  /** How many addresses it looks for. */
  readonly count: number;
  /** Searches `body` up to the offset `end`. */
  search(body: Buffer, end: number): KeySearch;
}

interface GrowingKeyFinder extends KeyFinder {
  /**
   * A finder that finds these addresses too: itself where it holds many, because a new one would cost too
   * much.
   */
  grown(keys: readonly string[]): GrowingKeyFinder;
}

/**
 * Up to this many addresses the search skips through the bytes (6 GB/s with eight, 2 GB/s with two thousand).
 * With more, hardly anything can be skipped, and a walk over all JSON strings (0.5 GB/s) is quicker.
 */
const FEW = 2_000;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Characters of an address: 32 bytes in base58 take 32 to 44. */
const SHORTEST = 32;
const LONGEST = 44;

/**
 * A finder of base58 addresses. Only whole JSON strings count: that is how account keys, loaded addresses,
 * mints and owners stand in the `json` encoding. Base58 text is never escaped in JSON.
 */
export function createKeyFinder(keys: readonly string[]): GrowingKeyFinder {
  const unique = new Set(keys);
  if (unique.size > FEW) return createStringFinder(unique);
  return {
    count: unique.size,
    search: searchBySkipping([...unique]),
    grown: (more) => createKeyFinder([...unique, ...more]),
  };
}

/**
 * A function that gives a finder of the addresses in the list by then. A call costs what was added since the
 * last.
 * @param list gives the same array as long as addresses are only added, at its end, and another one otherwise
 */
export function followKeys(list: () => readonly string[]): () => KeyFinder {
  let known: readonly string[] = [];
  let taken = 0;
  let finder = createKeyFinder(known);
  return () => {
    const now = list();
    if (now !== known) finder = createKeyFinder(now);
    else if (now.length > taken) finder = finder.grown(now.slice(taken));
    known = now;
    taken = now.length;
    return finder;
  };
}

/**
 * Wu and Manber's search for several patterns at once: the last three bytes of a window tell how far away the
 * nearest pattern can end at least, which mostly is a whole window. One pass for all addresses, where
 * Buffer.indexOf would need one for each.
 */
function searchBySkipping(keys: readonly string[]): KeyFinder['search'] {
  const patterns = keys.map((key) => Buffer.from(`"${key}"`, 'latin1'));
  const window = Math.min(LONGEST + 2, ...patterns.map((pattern) => pattern.length));
  const shifts = new Uint8Array(FOLDED).fill(window - 2);
  const ending = new Map<number, Buffer[]>();
  for (const pattern of patterns) {
    for (let at = 2; at < window; at += 1) {
      const block = fold(pattern[at - 2] ?? 0, pattern[at - 1] ?? 0, pattern[at] ?? 0);
      const shift = window - 1 - at;
      if (shift < (shifts[block] ?? 0)) shifts[block] = shift;
      if (shift === 0) ending.set(block, [...(ending.get(block) ?? []), pattern]);
    }
  }
  return (body, end) => ({
    next(from) {
      let last = from + window - 1;
      while (last < end) {
        const block = fold(body[last - 2] ?? 0, body[last - 1] ?? 0, body[last] ?? 0);
        const shift = shifts[block] ?? 0;
        if (shift === 0) {
          const start = last - window + 1;
          for (const pattern of ending.get(block) ?? []) {
            if (
              start + pattern.length <= end &&
              body.compare(pattern, 0, pattern.length, start, start + pattern.length) === 0
            )
              return start;
          }
          last += 1;
        } else last += shift;
      }
      return -1;
    },
  });
}

/**
 * Walks over all JSON strings and looks up those that are as long as an address.
 * @param set belongs to the finder from now on: it grows
 */
function createStringFinder(set: Set<string>): GrowingKeyFinder {
  // First three bytes of a key, folded to 16 bits: most strings are told apart without making a JavaScript
  // string of them.
  const prefixes = new Uint8Array(FOLDED);
  const note = (key: string): void => {
    prefixes[fold(key.charCodeAt(0), key.charCodeAt(1), key.charCodeAt(2))] = 1;
  };
  for (const key of set) note(key);
  const search: KeyFinder['search'] = (body, end) => ({
    next(from) {
      let at = from;
      while (at < end) {
        if (body[at] !== QUOTE) {
          at += 1;
          continue;
        }
        const start = at + 1;
        at = start;
        while (at < end && body[at] !== QUOTE) at += body[at] === BACKSLASH ? 2 : 1;
        const length = at - start;
        if (
          length >= SHORTEST &&
          length <= LONGEST &&
          prefixes[fold(body[start] ?? 0, body[start + 1] ?? 0, body[start + 2] ?? 0)] === 1
        ) {
          if (set.has(body.toString('latin1', start, at))) return start - 1;
        }
        at += 1;
      }
      return -1;
    },
  });
  const finder: GrowingKeyFinder = {
    get count() {
      return set.size;
    },
    search,
    grown: (more) => {
      for (const key of more) {
        set.add(key);
        note(key);
      }
      return finder;
    },
  };
  return finder;
}

const FOLDED = 1 << 16;

function fold(a: number, b: number, c: number): number {
  return ((a << 10) ^ (b << 5) ^ c) & 0xffff;
}
