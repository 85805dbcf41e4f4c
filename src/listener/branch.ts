/**
 * The newest blocks that live has read, by number, hash and parent: tells when the chain went on from another
 * block than the newest one read (a fork), and proves later which of them the final chain holds.
 */
import type { BlockHash, BlockLink } from '../events/batch.js';

/**
 * Blocks of the final chain, ascending; together with the skipped numbers before each they are all of the
 * range.
 */
export interface Proof {
  readonly fromBlock: number;
  readonly toBlock: number;
  readonly blocks: readonly BlockHash[];
  /** The block that the first of them follows upon; absent before the first block of all. */
  readonly parent?: BlockHash;
}

export interface Branch {
  /**
   * Remembers the block when it follows upon the newest one.
   * @returns null then; otherwise the first block that is to be read again, and what was known from there on
   * is forgotten
   */
  add(link: BlockLink): number | null;
  /** Newest remembered block at or below. */
  newestUntil(block: number): number | null;
  /**
   * Walks from a block of the final chain down to `above`, as far as hashes follow upon each other. null: not
   * even that block was read.
   */
  proof(final: BlockLink, above: number): Proof | null;
  forgetUntil(block: number): void;
  forget(): void;
}

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

  /** Where the branch that `link` stands on leaves ours, or may do so. */
  const leaves = (link: BlockLink): number => {
    const oldest = links.keys().next().value ?? link.block;
    if (link.parent < oldest) return oldest;
    return links.get(link.parent)?.hash === link.parentHash ? link.parent + 1 : link.parent;
  };

  return {
    add: (link) => {
      // Read again, from here on: what was known of it is of no use.
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
