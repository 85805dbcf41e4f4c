/**
 * NFTs that are ours because a block made them so, each from a block on: one that a followed creator minted
 * from its mint on, one that a followed collection or creator vouched for later from the beginning. In
 * earlier blocks they are not looked for. So a block gives the same events whether later blocks were read
 * before it or not.
 */
export interface KnownNfts {
  /** @param since the block of its mint, or FROM_THE_BEGINNING */
  add(address: string, since: number): void;
  /** Forgets those that are known since this block or a later one. */
  forgetFrom(block: number): void;
  /** Whether it is known in this block. */
  has(address: string, block: number): boolean;
  /** The block from which on it is known; undefined: it is not. */
  since(address: string): number | undefined;
  /**
   * All, in the order in which they became known. The same array, which grows, until some are forgotten.
   */
  list(): readonly string[];
  readonly size: number;
  [Symbol.iterator](): Iterator<string>;
}

export const FROM_THE_BEGINNING = 0;

export function createKnownNfts(): KnownNfts {
  const known = new Map<string, number>();
  let list: string[] = [];
  return {
    add: (address, since) => {
      const before = known.get(address);
      // The newest call counts: a mint that a fork took away may have landed in another block. What is
      // followed from the beginning is announced, and so final.
      if (before === since || before === FROM_THE_BEGINNING) return;
      if (before === undefined) list.push(address);
      known.set(address, since);
    },
    forgetFrom: (block) => {
      const before = known.size;
      for (const [address, since] of known) if (since >= block) known.delete(address);
      if (known.size < before) list = [...known.keys()];
    },
    has: (address, block) => {
      const since = known.get(address);
      return since !== undefined && since <= block;
    },
    since: (address) => known.get(address),
    list: () => list,
    get size() {
      return known.size;
    },
    [Symbol.iterator]: () => known.keys(),
  };
}
