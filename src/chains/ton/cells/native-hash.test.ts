import { beginCell, Cell } from '@ton/core';
import { sha256_sync } from '@ton/crypto';
import { expect, test } from 'vitest';
import './native-hash.js';

test("cells are hashed by Node's own sha256, to what they were hashed to before", () => {
  expect(sha256_sync.toString()).not.toContain('jssha');
  expect(sha256_sync('abc').toString('hex')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
  // The empty cell's hash is known to everybody who reads TON.
  expect(beginCell().endCell().hash().toString('hex')).toBe(
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
  );
  const nested = beginCell().storeUint(7, 16).storeRef(beginCell().storeUint(9, 9).endCell()).endCell();
  expect(Cell.fromBoc(nested.toBoc())[0]?.hash()).toEqual(nested.hash());
});
