import { expect, test } from 'vitest';
import { cursor, encodeCursor } from './cursor.js';

const forged = (content: object) => Buffer.from(JSON.stringify(content)).toString('base64url');
const key = { time: '2025-10-09T08:53:20.000Z', id: 's000abc' };

test('a cursor gives back the key it was made of', () => {
  expect(cursor('nfts').parse(encodeCursor('nfts', key) ?? '')).toMatchObject(key);
  const place = { block: 2 ** 50, transactionIndex: 3, eventIndex: 4097 };
  expect(cursor('history').parse(encodeCursor('history', place) ?? '')).toMatchObject(place);
});

test('the last page has no cursor, and no cursor begins at the beginning', () => {
  expect(encodeCursor('nfts', null)).toBeNull();
  expect(cursor('nfts').parse(undefined)).toBeUndefined();
});

test.each([
  ['of another list', encodeCursor('transactions', key)],
  ['cut off', encodeCursor('nfts', key)?.slice(0, -4)],
  ['with something before', `AAAA${encodeCursor('nfts', key)}`],
  ['not base64url', 'a+b/c='],
  ['empty', ''],
  ['too long', 'a'.repeat(513)],
  ['with a NUL in its id', forged({ list: 'nfts', time: key.time, id: 'a\0b' })],
  ['with an id that no row has', forged({ list: 'nfts', time: key.time, id: "a' OR" })],
  ['of the year 0000', forged({ list: 'nfts', time: '0000-01-01T00:00:00.000Z', id: 'a' })],
  ['of a day that is none', forged({ list: 'nfts', time: '2025-13-40T00:00:00.000Z', id: 'a' })],
])('a cursor %s is refused', (_, text) => {
  expect(cursor('nfts').safeParse(text).success).toBe(false);
});
