/** Arithmetic of block ranges. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { overlaps, touching, without } from './overlaps.js';
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

describe('of many ranges', () => {
  /** Disjoint, in any order. */
  const disjoint = ranges
    .map((list) => gapsIn(gapsIn(list, 0, 80), 0, 80))
    .chain((list) => fc.shuffledSubarray(list, { minLength: list.length }));

  test('what others take is what the gaps of each are, and pairs are those that have a block in common', () => {
    fc.assert(
      fc.property(disjoint, disjoint, (some, taken) => {
        const ordered = some.toSorted((a, b) => a.fromBlock - b.fromBlock);
        expect(without(some, taken)).toEqual(
          ordered.flatMap(({ fromBlock, toBlock }) => gapsIn(taken, fromBlock, toBlock)),
        );
        const pairs = [...overlaps(some, taken)];
        expect(new Set(pairs)).toEqual(
          new Set(
            some.flatMap((a) =>
              taken
                .filter((b) => a.fromBlock <= b.toBlock && b.fromBlock <= a.toBlock)
                .map((b): [BlockRange, BlockRange] => [a, b]),
            ),
          ),
        );
      }),
      { numRuns: 2000 },
    );
  });

  test('those that touch one are found without looking at the others', () => {
    fc.assert(
      fc.property(disjoint, range, (list, one) => {
        const sorted = list.toSorted((a, b) => a.fromBlock - b.fromBlock);
        expect(sorted.slice(...touching(sorted, one))).toEqual(
          sorted.filter((other) => other.fromBlock <= one.toBlock && one.fromBlock <= other.toBlock),
        );
      }),
    );
    let looks = 0;
    const many = Array.from({ length: 100_000 }, (_, at) => ({
      fromBlock: at,
      get toBlock() {
        looks += 1;
        return at;
      },
    }));
    expect(touching(many, { fromBlock: 50_000, toBlock: 50_002 })).toEqual([50_000, 50_003]);
    expect(looks).toBeLessThanOrEqual(17);
  });

  test('each range is looked at a few times, however many there are', () => {
    let looks = 0;
    const counted = (count: number, offset: number): BlockRange[] =>
      Array.from({ length: count }, (_, at) => ({
        get fromBlock() {
          looks += 1;
          return at * 4 + offset;
        },
        toBlock: at * 4 + offset + 2,
      }));
    const costOf = (count: number): number => {
      looks = 0;
      const [some, others] = [counted(count, 0), counted(count, 1)];
      without(some, others);
      for (const _ of overlaps(some, others));
      return looks / count;
    };
    expect(costOf(20_000)).toBeLessThanOrEqual(costOf(1_000) * 1.01);
  });
});
