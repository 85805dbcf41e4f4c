/**
 * What a get-method is given and leaves on the stack (block.tlb `vm_stack`), without hashing: `@ton/core` hashes every cell that it
 * writes, and makes one anew of every slice that it reads. stack.test.ts holds it to the original.
 */
import { BitBuilder, BitString, type Cell, parseTupleItem, type Slice, type TupleItem } from '@ton/core';
import { unhashedCell } from './boc.js';

const SLICE = 4;
const TUPLE = 7;
const NOTHING = unhashedCell(BitString.EMPTY, []);

/** First below, last on top. @throws Error when the cell is no stack */
export function readStack(root: Cell): TupleItem[] {
  let slice = root.beginParse();
  const items: TupleItem[] = [];
  for (let left = slice.loadUint(24); left > 0; left -= 1) {
    const rest = slice.loadRef();
    items.push(readItem(slice));
    slice = rest.beginParse();
  }
  return items.reverse();
}

function readItem(slice: Slice): TupleItem {
  const kind = slice.preloadUint(8);
  if (kind !== SLICE && kind !== TUPLE) return parseTupleItem(slice);
  slice.skip(8);
  return kind === SLICE
    ? { type: 'slice', cell: readSlice(slice) }
    : { type: 'tuple', items: readTuple(slice) };
}

/** Part of a cell: from bit to bit, from reference to reference. */
function readSlice(slice: Slice): Cell {
  const [fromBit, toBit] = [slice.loadUint(10), slice.loadUint(10)];
  const [fromRef, toRef] = [slice.loadUint(3), slice.loadUint(3)];
  const cell = slice.loadRef();
  const inner = cell.beginParse();
  if (fromRef < toRef && toRef > cell.refs.length)
    throw new Error('a slice of references that are not there');
  if (fromBit === 0 && toBit === cell.bits.length && fromRef === 0 && toRef === cell.refs.length) return cell;
  inner.skip(fromBit);
  return unhashedCell(inner.loadBits(toBit - fromBit), cell.refs.slice(fromRef, toRef));
}

/** The last item stands in a cell of its own beside those before it. */
function readTuple(slice: Slice): TupleItem[] {
  const length = slice.loadUint(16);
  if (length === 0) return [];
  const items: TupleItem[] = [];
  let head = slice;
  for (let left = length; left > 1; left -= 1) {
    const before = head.loadRef().beginParse();
    items.push(readItem(head.loadRef().beginParse()));
    head = before;
  }
  items.push(readItem(length === 1 ? head.loadRef().beginParse() : head));
  return items.reverse();
}

/** What a get-method is given: something. @throws Error when it is a tuple or NaN: no standard has one */
export function writeStack(items: readonly TupleItem[]): Cell {
  let rest = NOTHING;
  for (const [index, item] of items.entries()) {
    const bits = new BitBuilder();
    if (index === items.length - 1) bits.writeUint(items.length, 24);
    const refs = writeItem(bits, item);
    rest = unhashedCell(bits.build(), [rest, ...refs]);
  }
  return rest;
}

/** @returns what the item refers to */
function writeItem(bits: BitBuilder, item: TupleItem): readonly Cell[] {
  switch (item.type) {
    case 'null':
      bits.writeUint(0, 8);
      return [];
    case 'int':
      if (BigInt.asIntN(64, item.value) === item.value) {
        bits.writeUint(1, 8);
        bits.writeInt(item.value, 64);
      } else {
        bits.writeUint(0x0100, 15);
        bits.writeInt(item.value, 257);
      }
      return [];
    case 'cell':
      bits.writeUint(3, 8);
      return [item.cell];
    case 'slice':
      bits.writeUint(SLICE, 8);
      bits.writeUint(item.cell.bits.length, 20);
      bits.writeUint(item.cell.refs.length, 6);
      return [item.cell];
    default:
      throw new Error(`a get-method is not given a ${item.type}`);
  }
}
