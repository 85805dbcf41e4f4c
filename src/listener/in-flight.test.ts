import { expect, test } from 'vitest';
import { fingerprintOf } from '../readers/reader.js';
import { createInFlight } from './in-flight.js';

const gap = (fromBlock: number, toBlock: number) => ({ fromBlock, toBlock });

function clock() {
  let time = 1000;
  const held = createInFlight(() => time);
  return {
    held,
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
  };
}

test('promise 3: what is enqueued is not read again until its time is over, then it is', () => {
  const { held, pass } = clock();
  held.hold(gap(5, 8), 'enqueued', 100);
  expect(held.free([gap(1, 10)])).toEqual([gap(1, 4), gap(9, 10)]);
  expect(held.enqueued([gap(1, 6)])).toEqual([gap(5, 6)]);
  pass(101);
  expect(held.free([gap(1, 10)])).toEqual([gap(1, 10)]);
  // Its job may still come: who catches up with late discoveries waits for it, or for the reading that
  // replaces it.
  expect(held.enqueued([gap(1, 6)])).toEqual([gap(5, 6)]);
});

test('each time a range is lost it waits twice as long, at most an hour', () => {
  const { held, pass } = clock();
  for (const wait of [100, 200, 400]) {
    held.hold(gap(1, 4), 'enqueued', 100);
    pass(wait - 1);
    expect(held.free([gap(1, 4)])).toEqual([]);
    pass(2);
    expect(held.free([gap(1, 4)])).toEqual([gap(1, 4)]);
  }
  expect(held.tries(gap(4, 4))).toBe(3);
  for (let time = 0; time < 30; time++) held.hold(gap(1, 4), 'unreadable', 100);
  pass(3_600_001);
  expect(held.free([gap(1, 4)])).toEqual([gap(1, 4)]);
});

test('what is covered is forgotten', () => {
  const { held } = clock();
  for (let block = 0; block < 50_000; block++) held.hold(gap(block, block), 'enqueued', 100);
  held.free([gap(49_999, 49_999)]);
  expect(held.size()).toBe(1);
});

test('a hold that sticks out of a newer one stays held beside it', () => {
  const { held, pass } = clock();
  held.hold(gap(1, 10), 'enqueued', 100, 'a');
  pass(101);
  held.hold(gap(4, 6), 'enqueued', 100, 'b');
  expect(held.free([gap(0, 11)])).toEqual([gap(0, 3), gap(7, 11)]);
  expect(held.enqueued([gap(0, 11)])).toEqual([gap(1, 3), gap(4, 6), gap(7, 10)]);
  expect([held.tries(gap(2, 2)), held.tries(gap(5, 5)), held.tries(gap(11, 12))]).toEqual([1, 2, 0]);
  // What is left of a job on either side of another is one job.
  held.lost('a');
  expect(held.enqueued([gap(0, 11)])).toEqual([gap(4, 6)]);
});

test('promise 3: a job is asked after when it is overdue, and what the queue has lost is read again', () => {
  const { held, pass } = clock();
  held.hold(gap(1, 2), 'enqueued', 100_000, 'a');
  held.hold(gap(3, 4), 'unreadable', 100_000);
  held.hold(gap(5, 6), 'enqueued', 100_000, 'b');
  pass(1_900);
  expect(held.overdue([gap(1, 6)])).toEqual([]);
  pass(200);
  expect(held.overdue([gap(1, 4)])).toEqual(['a']);
  held.lost('a');
  expect(held.free([gap(1, 6)])).toEqual([gap(1, 2)]);
  // The next time it is given longer.
  held.hold(gap(1, 2), 'enqueued', 100_000, 'c');
  pass(2_100);
  expect(held.overdue([gap(1, 6)])).toEqual(['b']);
  pass(2_000);
  expect(held.overdue([gap(1, 6)])).toEqual(['c', 'b']);
});

test('the fingerprint names decoders and configuration, whatever the order of keys', () => {
  const decoders = [
    { name: 'a', version: 1 },
    { name: 'b', version: 2 },
  ];
  const one = fingerprintOf(decoders, { x: 1, y: { b: [1], a: 2n } });
  expect(one).toMatch(/^[0-9a-f]{16}$/);
  expect(fingerprintOf(decoders.toReversed(), { y: { a: 2n, b: [1] }, x: 1, z: undefined })).toBe(one);
  expect(fingerprintOf([{ name: 'a', version: 2 }], { x: 1 })).not.toBe(
    fingerprintOf([{ name: 'a', version: 1 }], { x: 1 }),
  );
  expect(fingerprintOf(decoders, { x: 2, y: { b: [1], a: 2n } })).not.toBe(one);
});

test('promise 3: what was enqueued after the gaps were looked up is not forgotten by them', () => {
  const held = createInFlight(() => 0);
  held.hold(gap(1, 5), 'enqueued', 1_000);
  held.hold(gap(11, 11), 'enqueued', 1_000);
  // Looked up to block 10 while block 11 was being enqueued: 1 to 5 are covered by now, of 11 nothing is
  // known.
  expect(held.free([gap(7, 10)], 10)).toEqual([gap(7, 10)]);
  expect(held.size()).toBe(1);
  expect(held.enqueued([gap(6, 12)])).toEqual([gap(11, 11)]);
});
