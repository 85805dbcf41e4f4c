/**
 * The newest blocks that the live lane has read, by number, hash and parent. It tells a fork (the chain went
 * on from another block than the newest one read), and proves later which of the blocks read the final chain
 * holds.
 */
import type { BlockHash, BlockLink } from '../events/batch.js';

/**
 * Blocks of the final chain, ascending. The range consists of these blocks and of numbers that the chain
 * skipped.
 */
export interface Proof {
  readonly fromBlock: number;
  readonly toBlock: number;
  readonly blocks: readonly BlockHash[];
  /** The block that the first of `blocks` follows upon; absent when that is the first block of the chain. */
  readonly parent?: BlockHash;
}

export interface Branch {
  /**
   * Remembers the block when it follows upon the newest one.
   * @returns null when it does; otherwise the number of the first block to be read again, and every block
   * from there on is forgotten
   */
  add(link: BlockLink): number | null;
  /** Number of the newest remembered block at or below `block`; null when there is none. */
  newestUntil(block: number): number | null;
  /**
   * Walks from a block of the final chain down to `above` (exclusive), as long as each block's parent hash is
   * the hash of a remembered block. null when `final` itself was not read with that hash.
   */
  proof(final: BlockLink, above: number): Proof | null;
  /**
   * Forgets the blocks up to and including `block`, except the newest one: the next block has to link to it.
   */
  forgetUntil(block: number): void;
  forget(): void;
}

/** Begins without a block: after a start the first block of what is not final is believed. */
export function createBranch(): Branch {
  /** Ascending: each added block is newer than those before it. */
  const links = new Map<number, BlockLink>();
  let newest: BlockLink | null = null;

  const forgetFrom = (block: number): void => {
    newest = null;
    for (const [number, link] of links) {
      if (number >= block) links.delete(number);
      else newest = link;
    }
  };

  /**
   * First block to be read again when `link` does not follow upon the newest block: the two branches part
   * there, or may part there.
   */
  const leaves = (link: BlockLink): number => {
    const oldest = links.keys().next().value ?? link.block;
    if (link.parent < oldest) return oldest;
    return links.get(link.parent)?.hash === link.parentHash ? link.parent + 1 : link.parent;
  };

  return {
    add: (link) => {
      // This block is read again: what was remembered from it on is obsolete.
      if (newest && newest.block >= link.block) forgetFrom(link.block);
      if (newest && (newest.block !== link.parent || newest.hash !== link.parentHash)) {
        const from = leaves(link);
        forgetFrom(from);
        return from;
      }
      links.set(link.block, link);
      newest = link;
      return null;
    },
    newestUntil: (block) => {
      let found: number | null = null;
      for (const number of links.keys()) if (number <= block) found = number;
      return found;
    },
    proof: (final, above) => {
      const blocks: BlockHash[] = [];
      let fromBlock = final.block;
      let wanted: BlockHash = final;
      let parent: BlockHash | null = null;
      while (wanted.block > above) {
        const link = links.get(wanted.block);
        if (link?.hash !== wanted.hash) break;
        blocks.push({ block: link.block, hash: link.hash });
        fromBlock = Math.max(above, link.parent) + 1;
        // The first block of all is its own parent.
        parent = link.parent < link.block ? { block: link.parent, hash: link.parentHash } : null;
        if (parent === null) break;
        wanted = parent;
      }
      if (blocks.length === 0) return null;
      return { fromBlock, toBlock: final.block, blocks: blocks.reverse(), ...(parent ? { parent } : {}) };
    },
    forgetUntil: (block) => {
      for (const number of links.keys())
        if (number <= block && number !== newest?.block) links.delete(number);
    },
    forget: () => {
      links.clear();
      newest = null;
    },
  };
}
