/** Arithmetic of block ranges. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BlockRange, blockCount, clip, gapsIn } from './range.js';

const range = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 12 }))
  .map(([from, length]) => ({ fromBlock: from, toBlock: from + length }));
const ranges = fc.array(range, { maxLength: 12 });
const members = (list: readonly BlockRange[]) =>
  new Set(
    list.flatMap(({ fromBlock, toBlock }) =>
      Array.from({ length: toBlock - fromBlock + 1 }, (_, at) => fromBlock + at),
    ),
  );

describe('promise 4: gaps', () => {
  test('are exactly the blocks that no range holds, sorted, disjoint and never adjoining', () => {
    fc.assert(
      fc.property(ranges, range, (covered, { fromBlock, toBlock }) => {
        const gaps = gapsIn(covered, fromBlock, toBlock);
        const held = members(covered);
        const expected = [...members([{ fromBlock, toBlock }])].filter((block) => !held.has(block));
        expect([...members(gaps)]).toEqual(expected);
        expect(blockCount(gaps)).toBe(expected.length);
        for (const [at, gap] of gaps.entries()) {
          const next = gaps[at + 1];
          if (next) expect(next.fromBlock).toBeGreaterThan(gap.toBlock + 1);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('of an empty interval are none', () => {
    expect(gapsIn([], 5, 4)).toEqual([]);
  });
});

test('clip keeps just the blocks that lie in the bounds', () => {
  fc.assert(
    fc.property(ranges, range, (some, bounds) => {
      const inside = members([bounds]);
      const expected = [...members(some)].filter((block) => inside.has(block));
      expect([...members(clip(some, bounds))]).toEqual(expected);
    }),
  );
});
