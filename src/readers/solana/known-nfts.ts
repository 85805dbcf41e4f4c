/**
 * NFTs that are ours because a followed creator minted them, each from the block of its mint on: in earlier
 * blocks they are not looked for. So a block gives the same events whether later blocks were read before it
 * or not.
 */
export interface KnownNfts {
  add(address: string, mintedIn: number): void;
  /** Forgets those that were minted in this block or later. */
  forgetFrom(block: number): void;
  /** Whether it is known and was minted in this block or before. */
  has(address: string, block: number): boolean;
  /**
   * All, in the order in which they became known. The same array, which grows, until some are forgotten.
   */
  list(): readonly string[];
  readonly size: number;
  [Symbol.iterator](): Iterator<string>;
}

export function createKnownNfts(): KnownNfts {
  const minted = new Map<string, number>();
  let list: string[] = [];
  return {
    add: (address, mintedIn) => {
      // The newest call counts: a mint that a fork took away may have landed in another block.
      if (minted.get(address) === mintedIn) return;
      if (!minted.has(address)) list.push(address);
      minted.set(address, mintedIn);
    },
    forgetFrom: (block) => {
      const before = minted.size;
      for (const [address, mintedIn] of minted) if (mintedIn >= block) minted.delete(address);
      if (minted.size < before) list = [...minted.keys()];
    },
    has: (address, block) => {
      const mintedIn = minted.get(address);
      return mintedIn !== undefined && mintedIn <= block;
    },
    list: () => list,
    get size() {
      return minted.size;
    },
    [Symbol.iterator]: () => minted.keys(),
  };
}
