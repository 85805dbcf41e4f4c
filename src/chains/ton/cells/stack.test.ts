import { Address, beginCell, type Cell, parseTuple, serializeTuple, type TupleItem } from '@ton/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { coreItem, ownCell, ownItem } from '../../../../test/support/cells.js';
import { readCells } from './boc.js';
import { readStack, writeStack } from './stack.js';
import { writeCells } from './write.js';

const cell: fc.Arbitrary<Cell> = fc
  .tuple(fc.uint8Array({ maxLength: 100 }), fc.nat({ max: 4 }))
  .map(([bytes, refs]) =>
    Array.from({ length: refs }).reduce<ReturnType<typeof beginCell>>(
      (builder) => builder.storeRef(beginCell().storeUint(refs, 9)),
      beginCell().storeBuffer(Buffer.from(bytes)),
    ),
  )
  .map((builder) => builder.endCell());

const { item } = fc.letrec<{ item: TupleItem }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 3 },
    fc.constant<TupleItem>({ type: 'null' }),
    fc.constant<TupleItem>({ type: 'nan' }),
    fc
      .bigInt({ min: -(2n ** 256n), max: 2n ** 256n - 1n })
      .map((value): TupleItem => ({ type: 'int', value })),
    fc.bigInt({ min: -5n, max: 5n }).map((value): TupleItem => ({ type: 'int', value })),
    fc
      .tuple(fc.constantFrom('cell', 'slice', 'builder'), cell)
      .map(([type, held]): TupleItem => ({ type, cell: held })),
    fc.array(tie('item'), { maxLength: 5 }).map((items): TupleItem => ({ type: 'tuple', items })),
  ),
}));

/** As text, so that cells of either kind are compared by what they hold. */
function shown(stack: readonly TupleItem[]): unknown {
  return stack.map((one) => {
    if (one.type === 'int') return `${one.value}`;
    if (one.type === 'tuple') return shown(one.items);
    return 'cell' in one ? [one.type, one.cell.toString(), one.cell.hash().toString('hex')] : one.type;
  });
}

function both(root: Cell): void {
  expect(shown(readStack(ownCell(root)).map(coreItem))).toEqual(shown(parseTuple(root)));
}

test('a stack is read as the library reads it', () => {
  fc.assert(fc.property(fc.array(item, { maxLength: 6 }), (stack) => both(serializeTuple(stack))));
});

test('so is part of a cell', () => {
  const whole = beginCell()
    .storeUint(0xabcdef, 24)
    .storeRef(beginCell().storeUint(1, 1))
    .storeRef(beginCell().storeUint(2, 2))
    .endCell();
  for (const [fromBit, toBit, fromRef, toRef] of [
    [0, 24, 0, 2],
    [3, 17, 0, 2],
    [0, 24, 1, 2],
    [24, 24, 2, 2],
    [5, 5, 0, 0],
  ] as const) {
    const slice = beginCell().storeUint(1, 24).storeRef(beginCell().endCell()).storeUint(4, 8);
    slice
      .storeUint(fromBit, 10)
      .storeUint(toBit, 10)
      .storeUint(fromRef, 3)
      .storeUint(toRef, 3)
      .storeRef(whole);
    both(slice.endCell());
  }
});

test('what a get-method is given is written as the library writes it', () => {
  const given = item.filter(({ type }) => ['null', 'int', 'cell', 'slice'].includes(type));
  fc.assert(
    fc.property(fc.array(given, { minLength: 1, maxLength: 3 }), (stack) => {
      const [read, second] = readCells(writeCells(writeStack(stack.map(ownItem))));
      expect(second).toBeUndefined();
      expect(read?.hash()).toBe(serializeTuple(stack).hash().toString('hex'));
    }),
  );
  const address = beginCell()
    .storeAddress(new Address(0, Buffer.alloc(32, 7)))
    .endCell();
  const stack: TupleItem[] = [
    { type: 'int', value: 2n ** 200n },
    { type: 'slice', cell: address },
  ];
  expect(writeCells(writeStack(stack.map(ownItem)))).toEqual(
    serializeTuple(stack).toBoc({ idx: false, crc32: false }),
  );
  expect(() => writeStack([{ type: 'tuple', items: [] }])).toThrow('not given a tuple');
});

test('what is no stack is an error', () => {
  const broken = [
    beginCell().endCell(),
    beginCell().storeUint(1, 24).endCell(),
    beginCell().storeUint(1, 24).storeRef(beginCell().endCell()).storeUint(9, 8).endCell(),
    beginCell()
      .storeUint(1, 24)
      .storeRef(beginCell().endCell())
      .storeUint(4, 8)
      .storeUint(0, 10)
      .storeUint(8, 10)
      .storeUint(0, 6)
      .storeRef(beginCell().endCell())
      .endCell(),
  ];
  for (const root of broken) {
    expect(() => readStack(ownCell(root))).toThrow();
    expect(() => parseTuple(root)).toThrow();
  }
});
