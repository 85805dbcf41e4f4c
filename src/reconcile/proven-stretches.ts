import type { Batch, BlockHash } from '../events/batch.js';
import type { BlockRange } from '../events/range.js';

interface Stretch extends BlockRange {
  /** The newest block before the stretch, and the newest one in it; see {@link Batch}. */
  readonly parent: BlockHash | undefined;
  readonly last: BlockHash;
}

/**
 * The proven stretches of a `settle` batch: runs of neighbouring blocks that are all in `standing`, each
 * block with the skipped numbers before it.
 */
export function provenStretches(batch: Batch, standing: ReadonlySet<number>): Stretch[] {
  const stretches: Stretch[] = [];
  let fromBlock = batch.fromBlock;
  let parent = batch.parent;
  for (const item of batch.blocks ?? []) {
    const before = stretches.at(-1);
    if (standing.has(item.block)) {
      const here = { toBlock: item.block, last: item };
      if (before?.toBlock === fromBlock - 1) stretches.splice(-1, 1, { ...before, ...here });
      else stretches.push({ fromBlock, parent, ...here });
    }
    fromBlock = item.block + 1;
    parent = item;
  }
  return stretches;
}
