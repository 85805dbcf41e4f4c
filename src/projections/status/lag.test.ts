import { expect, test } from 'vitest';
import { estimatedTime } from './lag.js';

const known = [
  { block: 200, time: 60_000 },
  { block: 100, time: 10_000 },
  { block: 110, time: 20_000 },
];

test.each([
  ['known', 110, 20_000],
  ['between two known ones', 155, 40_000],
  ['before all, at the pace of the first two', 95, 5_000],
  ['after all, at the pace of the last two', 290, 100_000],
])('time of a block %s', (_, block, time) => {
  expect(estimatedTime(block, known)).toBe(time);
});

test('is not guessed from one block, or from none', () => {
  expect(estimatedTime(5, [])).toBeNull();
  expect(estimatedTime(5, [{ block: 6, time: 1 }])).toBeNull();
  expect(
    estimatedTime(5, [
      { block: 6, time: 1 },
      { block: 6, time: 2 },
    ]),
  ).toBeNull();
});
