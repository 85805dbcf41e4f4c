/**
 * NFTs that are ours because a followed creator minted them, each from the block of its mint on: what names it earlier is not its,
 * whenever it is read. So reading a block gives the same with and without what later blocks hold.
 */
export interface KnownNfts {
  add(address: string, mintedIn: number): void;
  /** Forgets those that were minted in these blocks. */
  forgetFrom(block: number): void;
  /** Decoding asks about this block from now on. */
  lookFrom(block: number): void;
  /** Grows with every change: whether a list that was made of all addresses is still whole. */
  revision(): number;
  has(address: string): boolean;
  readonly size: number;
  [Symbol.iterator](): Iterator<string>;
}

export function createKnownNfts(): KnownNfts {
  const minted = new Map<string, number>();
  let at = Number.POSITIVE_INFINITY;
  let revision = 0;
  return {
    add: (address, mintedIn) => {
      // The newest word counts: a mint that a fork took back may have landed again.
      if (minted.get(address) === mintedIn) return;
      if (!minted.has(address)) revision += 1;
      minted.set(address, mintedIn);
    },
    forgetFrom: (block) => {
      for (const [address, mintedIn] of minted) if (mintedIn >= block) minted.delete(address);
      revision += 1;
    },
    lookFrom: (block) => {
      at = block;
    },
    revision: () => revision,
    has: (address) => {
      const mintedIn = minted.get(address);
      return mintedIn !== undefined && mintedIn <= at;
    },
    get size() {
      return minted.size;
    },
    [Symbol.iterator]: () => minted.keys(),
  };
}
