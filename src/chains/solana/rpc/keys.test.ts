/** Keys that become known while blocks are read. */
import { expect, test } from 'vitest';
import { address } from '../../../../test/support/addresses.js';
import { followKeys } from './keys.js';

const [FIRST, SECOND] = [address('first'), address('second')];
const crowd = (count: number) => Array.from({ length: count }, (_, at) => address(`crowd ${at}`));

test.each([0, 5_000])('beside %i keys, one that is added is found from then on', (others) => {
  const list = [FIRST, ...crowd(others)];
  const finder = followKeys(() => list);
  const body = Buffer.from(`["${SECOND}"]`);
  expect(finder().search(body, body.length).next(0)).toBe(-1);
  list.push(SECOND);
  expect(finder().search(body, body.length).next(0)).toBe(1);
  expect(finder().count).toBe(others + 2);
});

test('a key that is added to many costs that key: the others are not looked at again', () => {
  let looks = 0;
  const many = crowd(5_000);
  const list = new Proxy(many, {
    get: (keys, name) => {
      if (typeof name === 'string' && /^[0-9]+$/.test(name)) looks += 1;
      return Reflect.get(keys, name);
    },
  });
  const finder = followKeys(() => list);
  finder();
  looks = 0;
  for (let at = 0; at < 100; at += 1) {
    many.push(address(`more ${at}`));
    finder();
  }
  expect(looks).toBe(100);
});

test('another list takes the place of the one before', () => {
  let list = [FIRST, ...crowd(5_000)];
  const finder = followKeys(() => list);
  finder();
  list = [SECOND];
  const body = Buffer.from(`["${FIRST}"]`);
  expect(finder().search(body, body.length).next(0)).toBe(-1);
});
