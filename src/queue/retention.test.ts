/** How long a job that failed waits for its next attempt. */
import { afterEach, expect, test, vi } from 'vitest';
import { retryDelay } from './retention.js';

afterEach(() => vi.restoreAllMocks());

test('retries are spaced ever wider, up to a minute, and the upper half of each wait is random', () => {
  vi.spyOn(Math, 'random').mockReturnValue(1);
  const longest = Array.from({ length: 10 }, (_, at) => retryDelay(at + 1));
  expect(longest).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
  vi.spyOn(Math, 'random').mockReturnValue(0);
  expect(retryDelay(3)).toBe(2000);
});
