import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  childShards,
  coversWorkchain,
  parentShard,
  shardFromSigned,
  shardRange,
  shardToSigned,
  WHOLE_SHARD,
} from './shards.js';

/** A shard by the halves that lead to it; TON splits at most 60 times. */
const path = fc.array(fc.constantFrom(0, 1), { maxLength: 60 });
const at = (halves: readonly number[]) =>
  halves.reduce((shard, half) => childShards(shard)[half] ?? shard, WHOLE_SHARD);

test('halves are disjoint, make up their whole, and know it; the signed form is the same shard', () => {
  fc.assert(
    fc.property(path, (halves) => {
      const shard = at(halves);
      const [left, right] = childShards(shard);
      const [whole, one, other] = [shardRange(shard), shardRange(left), shardRange(right)];
      expect([one.from, one.to, other.to]).toEqual([whole.from, other.from, whole.to]);
      expect([parentShard(left), parentShard(right)]).toEqual([shard, shard]);
      expect(shardFromSigned(shardToSigned(shard))).toBe(shard);
    }),
  );
});

test('shards cover a workchain however it was split, and not without any one of them or with one twice', () => {
  const splits = fc.array(fc.nat(), { maxLength: 12 });
  fc.assert(
    fc.property(splits, fc.nat(), (order, which) => {
      const shards = order.reduce<string[]>(
        (all, number) =>
          all.flatMap((shard, index) => (index === number % all.length ? childShards(shard) : [shard])),
        [WHOLE_SHARD],
      );
      expect(coversWorkchain(shards)).toBe(true);
      const index = which % shards.length;
      expect(coversWorkchain(shards.toSpliced(index, 1))).toBe(false);
      expect(coversWorkchain([...shards, shards[index] ?? ''])).toBe(false);
    }),
  );
});
