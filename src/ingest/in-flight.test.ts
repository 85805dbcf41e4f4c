import { expect, test } from 'vitest';
import { createInFlight } from './in-flight.js';

test('3: what was enqueued after the gaps were looked up is not forgotten by them', () => {
  const inFlight = createInFlight(() => 0);
  inFlight.hold({ fromBlock: 1, toBlock: 5 }, 'enqueued', 1_000);
  inFlight.hold({ fromBlock: 11, toBlock: 11 }, 'enqueued', 1_000);
  // Looked up to block 10 while block 11 was being enqueued: 1 to 5 are covered by now, of 11 nothing is known.
  expect(inFlight.free([{ fromBlock: 7, toBlock: 10 }], 10)).toEqual([{ fromBlock: 7, toBlock: 10 }]);
  expect(inFlight.size()).toBe(1);
  expect(inFlight.enqueued([{ fromBlock: 6, toBlock: 12 }])).toEqual([{ fromBlock: 11, toBlock: 11 }]);
});

test('3: what was enqueued after the gaps were looked up is not forgotten by them', () => {
  const held = createInFlight(() => 0);
  held.hold(gap(1, 5), 'enqueued', 1_000);
  held.hold(gap(11, 11), 'enqueued', 1_000);
  // Looked up to block 10 while block 11 was being enqueued: 1 to 5 are covered by now, of 11 nothing is known.
  expect(held.free([gap(7, 10)], 10)).toEqual([gap(7, 10)]);
  expect(held.size()).toBe(1);
  expect(held.enqueued([gap(6, 12)])).toEqual([gap(11, 11)]);
});
