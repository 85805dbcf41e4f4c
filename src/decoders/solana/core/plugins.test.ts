import { expect, test } from 'vitest';
import { createByteReader } from '../bytes.js';
import { readPlugins } from './plugins.js';

const KEY = new Array(32).fill(7);
const text = (value: string) => [value.length, 0, 0, 0, ...Buffer.from(value)];

test.each<[string, readonly number[]]>([
  ['a frozen flag', [1, 0]],
  ['delegates', [4, 1, 0, 0, 0, ...KEY]],
  ['attributes', [6, 1, 0, 0, 0, ...text('genre'), ...text('ambient')]],
  ['an edition', [9, 5, 0, 0, 0]],
  ['a master edition', [10, 1, 9, 0, 0, 0, 1, ...text('Song'), 0]],
  ['verified creators', [13, 1, 0, 0, 0, ...KEY, 1]],
  ['autographs', [14, 1, 0, 0, 0, ...KEY, ...text('love')]],
  ['the mark of a Bubblegum collection', [15]],
  ['frozen execution', [16, 1]],
])('a royalty is found behind %s', (_, plugin) => {
  // Option and count; each plugin with its authority, the second one's an address.
  const data = Uint8Array.from([1, 2, 0, 0, 0, ...plugin, 1, 3, ...KEY, 0, 0xf4, 1, 0, 0, 0, 0, 0, 0]);
  expect(readPlugins(createByteReader(data)).royaltyBasisPoints).toBe(500);
});
