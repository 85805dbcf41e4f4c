import { expect, test } from 'vitest';
import { readRetryAfter } from './retry-after.js';

const NOW = Date.parse('2026-12-01T12:00:00Z');

test.each([
  ['3', 3_000],
  [' 1.5 ', 1_500],
  ['Tue, 01 Dec 2026 12:00:05 GMT', 5_000],
  ['Tue, 01 Dec 2026 11:00:00 GMT', 0],
  ['soon', null],
  ['-3x', null],
  ['1'.repeat(40), null],
  [undefined, null],
])('%s is %s ms', (text, milliseconds) => {
  expect(readRetryAfter(text, NOW)).toBe(milliseconds);
});
