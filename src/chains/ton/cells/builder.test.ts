import { Address, beginCell, contractAddress } from '@ton/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { coreTree, ownCell } from '../../../../test/support/cells.js';
import { createBuilder } from './builder.js';
import { EMPTY_CELL } from './cell.js';
import { addressOf } from './message.js';

test('what is built is what @ton/core builds', () => {
  const integer = fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n });
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(
      integer,
      hash,
      fc.integer({ min: -128, max: 127 }),
      coreTree,
      (value, bytes, workchain, ref) => {
        const address = new Address(workchain, Buffer.from(bytes));
        const core = beginCell().storeInt(value, 75).storeBit(true).storeAddress(address).storeAddress(null);
        const own = createBuilder().int(value, 75).bit(true).address(address.toRawString()).address(null);
        core.storeBuffer(Buffer.from(bytes)).storeRef(ref).storeMaybeRef(ref).storeMaybeRef(null);
        own.bytes(bytes).ref(ownCell(ref)).maybeRef(ownCell(ref)).maybeRef(null);
        expect(own.cell().hash()).toBe(core.endCell().hash().toString('hex'));
      },
    ),
  );
  expect(EMPTY_CELL.hash()).toBe('96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7');
});

test('more than a cell holds is refused', () => {
  const full = createBuilder().int(0, 1_023);
  expect(full.cell().bits).toBe(1_023);
  expect(() => full.bit(true).cell()).toThrow('1024 bits');
  const refs = createBuilder();
  for (let at = 0; at < 5; at += 1) refs.ref(EMPTY_CELL);
  expect(() => refs.cell()).toThrow('5 references');
});

test('the address of a contract is the hash of the state that deploys it', () => {
  fc.assert(
    fc.property(coreTree, coreTree, (code, data) => {
      expect(addressOf({ code: ownCell(code), data: ownCell(data) })).toBe(
        contractAddress(0, { code, data }).toRawString(),
      );
    }),
  );
});
