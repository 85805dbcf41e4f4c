import { expect, test } from 'vitest';
import { createPace } from './pace.js';

test('a tip is believed as far as blocks can have been made since the newest one, and no further', () => {
  let now = 1_700_000_000_000;
  const pace = createPace(() => now);
  expect(pace.allows(10 ** 12)).toBe(true);
  pace.saw(1_000_000);
  expect(pace.allows(1_000_500)).toBe(true);
  expect(pace.allows(10 ** 12)).toBe(false);
  // A lower one, and a clock that was set back, take nothing away.
  pace.saw(5);
  now -= 3_600_000;
  expect(pace.allows(1_000_500)).toBe(true);
  // A machine that slept for a day: Solana made 216,000 slots meanwhile.
  now += 25 * 3_600_000;
  expect(pace.allows(1_216_000)).toBe(true);
  expect(pace.allows(10 ** 8)).toBe(false);
});
