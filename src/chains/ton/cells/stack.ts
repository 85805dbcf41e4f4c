/** What a get-method is given and leaves on the stack (`vm_stack` of block.tlb). */
import { type Builder, createBuilder } from './builder.js';
import { Cell, EMPTY_CELL } from './cell.js';
import { type Slice, sliceOf } from './slice.js';

export type StackItem =
  | { readonly type: 'null' | 'nan' }
  | { readonly type: 'int'; readonly value: bigint }
  | { readonly type: 'cell' | 'slice' | 'builder'; readonly cell: Cell }
  | { readonly type: 'tuple'; readonly items: readonly StackItem[] };

/** The first bytes of `vm_stk_…`, and the first of the two of a long integer. */
const KIND = { null: 0, tinyint: 1, int: 2, cell: 3, slice: 4, builder: 5, tuple: 7 } as const;

/** First below, last on top. @throws Error when the cell is no stack */
export function readStack(root: Cell): StackItem[] {
  let slice = sliceOf(root);
  const items: StackItem[] = [];
  for (let left = slice.loadUint(24); left > 0; left -= 1) {
    const rest = slice.loadRef();
    items.push(readItem(slice));
    slice = sliceOf(rest);
  }
  return items.reverse();
}

function readItem(slice: Slice): StackItem {
  const kind = slice.loadUint(8);
  switch (kind) {
    case KIND.null:
      return { type: 'null' };
    case KIND.tinyint:
      return { type: 'int', value: slice.loadIntBig(64) };
    case KIND.int:
      // vm_stk_int#0201_ has seven bits more before its 257; vm_stk_nan#02ff.
      return slice.loadUint(7) === 0 ? { type: 'int', value: slice.loadIntBig(257) } : { type: 'nan' };
    case KIND.cell:
      return { type: 'cell', cell: slice.loadRef() };
    case KIND.slice:
      return { type: 'slice', cell: readSlice(slice) };
    case KIND.builder:
      return { type: 'builder', cell: slice.loadRef() };
    case KIND.tuple:
      return { type: 'tuple', items: readTuple(slice) };
    default:
      throw new Error(`an item of the unknown kind ${kind} on the stack`);
  }
}

/** Part of a cell: from bit to bit, from reference to reference. */
function readSlice(slice: Slice): Cell {
  const [fromBit, toBit] = [slice.loadUint(10), slice.loadUint(10)];
  const [fromRef, toRef] = [slice.loadUint(3), slice.loadUint(3)];
  const cell = slice.loadRef();
  if (fromBit > toBit || toBit > cell.bits || (fromRef < toRef && toRef > cell.refs.length))
    throw new Error('a slice of more than its cell holds');
  if (fromBit === 0 && toBit === cell.bits && fromRef === 0 && toRef === cell.refs.length) return cell;
  if (cell.exotic) throw new Error('a slice of part of an exotic cell');
  return new Cell(cell.data, cell.start + fromBit, toBit - fromBit, cell.refs.slice(fromRef, toRef));
}

/** The last item stands in a cell of its own beside those before it. */
function readTuple(slice: Slice): StackItem[] {
  const length = slice.loadUint(16);
  if (length === 0) return [];
  const items: StackItem[] = [];
  let head = slice;
  for (let left = length; left > 1; left -= 1) {
    const before = sliceOf(head.loadRef());
    items.push(readItem(sliceOf(head.loadRef())));
    head = before;
  }
  items.push(readItem(length === 1 ? sliceOf(head.loadRef()) : head));
  return items.reverse();
}

/** What a get-method is given: something. @throws Error when it is a tuple or NaN: no standard has one */
export function writeStack(items: readonly StackItem[]): Cell {
  let rest = EMPTY_CELL;
  for (const [index, item] of items.entries()) {
    const builder = createBuilder().ref(rest);
    if (index === items.length - 1) builder.int(items.length, 24);
    rest = writeItem(builder, item).cell();
  }
  return rest;
}

function writeItem(builder: Builder, item: StackItem): Builder {
  switch (item.type) {
    case 'null':
      return builder.int(KIND.null, 8);
    case 'int':
      return BigInt.asIntN(64, item.value) === item.value
        ? builder.int(KIND.tinyint, 8).int(item.value, 64)
        : builder.int(0x0100, 15).int(item.value, 257);
    case 'cell':
      return builder.int(KIND.cell, 8).ref(item.cell);
    case 'slice':
      // Whole: from bit 0 to the last, from reference 0 to the last.
      return builder.int(KIND.slice, 8).int(item.cell.bits, 20).int(item.cell.refs.length, 6).ref(item.cell);
    default:
      throw new Error(`a get-method is not given a ${item.type}`);
  }
}
