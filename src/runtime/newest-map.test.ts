import { expect, test } from 'vitest';
import { NewestMap } from './newest-map.js';

test('holds what was set last: setting again makes young, reading does not', () => {
  const map = new NewestMap<string, number>(2);
  map.set('a', 1).set('b', 2).set('a', 3);
  expect(map.get('b')).toBe(2);
  map.set('c', 4);
  expect([...map]).toEqual([
    ['a', 3],
    ['c', 4],
  ]);
});
