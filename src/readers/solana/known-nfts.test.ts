import { expect, test } from 'vitest';
import { createKnownNfts, FROM_THE_BEGINNING } from './known-nfts.js';

test('an NFT is known from the block of its mint on, whenever that was read', () => {
  const known = createKnownNfts();
  expect(known.has('a', 10)).toBe(false);
  known.add('a', 10);
  expect(known.has('a', 9)).toBe(false);
  expect(known.has('a', 10)).toBe(true);
});

test('promise 5: what an abandoned block made known is forgotten, and known again from where its mint lands next', () => {
  const known = createKnownNfts();
  known.add('a', 10);
  known.add('b', 5);
  const before = known.list();
  known.forgetFrom(10);
  expect([...known]).toEqual(['b']);
  expect(known.list()).not.toBe(before);
  expect(known.list()).toEqual(['b']);
  known.add('a', 15);
  expect(known.has('a', 12)).toBe(false);
  // A mint that was read on a branch nobody told us was left.
  known.add('a', 11);
  expect(known.has('a', 12)).toBe(true);
});

test('the list grows as NFTs become known, and is the same one as long as none is forgotten', () => {
  const known = createKnownNfts();
  known.add('a', 10);
  const list = known.list();
  known.add('b', 11);
  known.add('a', 12);
  known.forgetFrom(13);
  expect(known.list()).toBe(list);
  expect(list).toEqual(['a', 'b']);
});

test('what is known from the beginning stays so: no mint that is read later, and no fork, takes it back', () => {
  const known = createKnownNfts();
  known.add('a', 20);
  known.add('a', FROM_THE_BEGINNING);
  known.add('a', 10);
  known.forgetFrom(5);
  expect([known.since('a'), known.has('a', 3), known.since('b')]).toEqual([0, true, undefined]);
});
