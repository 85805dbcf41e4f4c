/** The proof of completeness over random histories of shards that grow, split and merge as TON's do. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ShardBlock, whatIsMissing } from './prove.js';
import { blockName, childShards, parentShard, WHOLE_SHARD } from './shards.js';

type Block = ShardBlock & { readonly parents: readonly ShardBlock[] };
interface Master {
  readonly before: readonly ShardBlock[];
  readonly blocks: readonly Block[];
  readonly after: readonly ShardBlock[];
}

const FIRST: Block = { workchain: 0, shard: WHOLE_SHARD, seqno: 1, parents: [] };

/** What one shard does in a masterchain block, and how many blocks follow upon it. */
const deed = fc.record({
  what: fc.constantFrom('grow', 'grow', 'split', 'merge', 'rest'),
  blocks: fc.integer({ min: 1, max: 3 }),
});
const histories = fc.array(fc.array(deed, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 8 });

/**
 * A shard splits or merges only from the block that the masterchain has of it; after that it may grow at
 * once.
 */
function play(history: readonly (readonly { readonly what: string; readonly blocks: number }[])[]): Master[] {
  let tops: readonly Block[] = [FIRST];
  return history.map((deeds) => {
    const before = tops;
    const blocks: Block[] = [];
    const grow = (block: Block, times: number): Block => {
      let top = block;
      for (let made = 0; made < times; made++) {
        top = { workchain: 0, shard: top.shard, seqno: top.seqno + 1, parents: [top] };
        blocks.push(top);
      }
      return top;
    };
    const begin = (shard: string, parents: readonly Block[], times: number): Block => {
      const first = {
        workchain: 0,
        shard,
        seqno: Math.max(...parents.map(({ seqno }) => seqno)) + 1,
        parents,
      };
      blocks.push(first);
      return grow(first, times - 1);
    };
    const merged = new Set<string>();
    tops = before.flatMap((top, index) => {
      if (merged.has(top.shard)) return [];
      const { what, blocks: times } = deeds[index % deeds.length] ?? { what: 'rest', blocks: 1 };
      const whole = parentShard(top.shard);
      const sibling = before.find(
        ({ shard }) =>
          whole !== null && shard !== top.shard && parentShard(shard) === whole && !merged.has(shard),
      );
      if (what === 'split' && before.length < 12)
        return childShards(top.shard).map((half) => begin(half, [top], times));
      if (what === 'merge' && whole !== null && sibling && before.indexOf(sibling) > index) {
        merged.add(sibling.shard);
        return [begin(whole, [top, sibling], times)];
      }
      return [what === 'rest' ? top : grow(top, times)];
    });
    return { before, blocks, after: tops };
  });
}

/** TonClient4 does not name parents: numbers have to do. */
const forms: [string, (block: Block) => ShardBlock][] = [
  ['as their headers name them', (block) => block],
  ['by numbers alone', ({ workchain, shard, seqno }) => ({ workchain, shard, seqno })],
];

describe.each(forms)('promise 4: parents %s', (_, shown) => {
  test('whatever shards do, nothing is missing from what is whole, and any one block that is left out is noticed', () => {
    let [splits, merges] = [0, 0];
    fc.assert(
      fc.property(histories, (history) => {
        for (const { before, blocks, after } of play(history)) {
          const all = blocks.map(shown);
          expect(whatIsMissing(before, all, after)).toBeNull();
          for (const index of all.keys()) {
            const left = blocks[index];
            expect(
              whatIsMissing(before, all.toSpliced(index, 1), after),
              left && blockName(left),
            ).not.toBeNull();
          }
          splits += blocks.filter(({ shard, parents }) => parents[0]?.shard === parentShard(shard)).length;
          merges += blocks.filter(({ parents }) => parents.length === 2).length;
        }
      }),
      { numRuns: 300 },
    );
    expect(splits).toBeGreaterThan(100);
    expect(merges).toBeGreaterThan(20);
  });

  test('a top that is left out, a block too many, and a shard without tops are noticed', () => {
    fc.assert(
      fc.property(histories, fc.nat(), (history, which) => {
        const { before, blocks, after } = play(history).at(-1) as Master;
        const all = blocks.map(shown);
        const index = which % after.length;
        expect(whatIsMissing(before, all, after.toSpliced(index, 1))).not.toBeNull();
        const top = after[index] as ShardBlock;
        const stray = { workchain: 0, shard: top.shard, seqno: top.seqno + 1, parents: [top] };
        expect(whatIsMissing(before, [...all, stray], after)).toContain('belongs to no shard');
      }),
    );
  });
});
