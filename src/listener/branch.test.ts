import { describe, expect, test } from 'vitest';
import type { BlockLink } from '../events/batch.js';
import { createBranch } from './branch.js';

/** Block `n` of branch `name`, upon block `parent` of branch `of`. */
const link = (name: string, n: number, parent: number, of = name): BlockLink => ({
  block: n,
  hash: `${name}${n}`,
  parent,
  parentHash: `${of}${parent}`,
});

describe('what live remembers of the newest blocks', () => {
  test('promise 5: a block that does not follow upon the newest one says where to read again', () => {
    const branch = createBranch();
    for (const item of [link('a', 10, 9), link('a', 11, 10), link('a', 13, 11), link('a', 14, 13)])
      expect(branch.add(item)).toBeNull();
    // 13 and 14 were dropped.
    expect(branch.add(link('b', 15, 11, 'a'))).toBe(12);
    expect(branch.newestUntil(99)).toBe(11);
    expect(branch.add(link('b', 15, 11, 'a'))).toBeNull();
    // A number that was proven skipped on the old branch holds a block on the new one.
    expect(branch.add(link('c', 16, 12))).toBe(12);
    expect(branch.newestUntil(99)).toBe(11);
    // The same number, another block.
    expect(branch.add(link('d', 12, 11))).toBe(11);
    expect(branch.newestUntil(99)).toBe(10);
    // Older than all that is known.
    expect(branch.add(link('e', 11, 5))).toBe(10);
    expect(branch.newestUntil(99)).toBeNull();
    expect(branch.add(link('e', 11, 5))).toBeNull();
  });

  test('the final chain is proven down to where hashes follow upon each other', () => {
    const branch = createBranch();
    for (const item of [link('a', 10, 9), link('a', 11, 10), link('a', 13, 11), link('a', 14, 13)])
      branch.add(item);
    expect(branch.proof(link('a', 13, 11), 9)).toEqual({
      fromBlock: 10,
      toBlock: 13,
      blocks: [10, 11, 13].map((block) => ({ block, hash: `a${block}` })),
      parent: { block: 9, hash: 'a9' },
    });
    expect(branch.proof(link('a', 13, 11), 11)).toEqual({
      fromBlock: 12,
      toBlock: 13,
      blocks: [{ block: 13, hash: 'a13' }],
      parent: { block: 11, hash: 'a11' },
    });
    expect(branch.proof(link('b', 13, 11), 9)).toBeNull();
    // Nothing is known below 10 but that it follows upon 9.
    expect(branch.proof(link('a', 11, 10), 3)).toMatchObject({ fromBlock: 10 });
    branch.forgetUntil(13);
    expect(branch.proof(link('a', 14, 13), 9)).toMatchObject({ fromBlock: 14 });
  });

  test('reading blocks again replaces what was known of them', () => {
    const branch = createBranch();
    for (const item of [link('a', 10, 9), link('a', 11, 10), link('a', 12, 11)]) branch.add(item);
    expect(branch.add(link('a', 11, 10))).toBeNull();
    expect(branch.newestUntil(99)).toBe(11);
  });
});
