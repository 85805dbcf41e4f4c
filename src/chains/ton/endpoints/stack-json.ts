/** The TVM stack as toncenter writes it in JSON: v2 as pairs, v3 as objects; either is read. */

import { readCellText } from '../cells/boc.js';
import { type Cell, EMPTY_CELL } from '../cells/cell.js';
import type { StackItem } from '../cells/stack.js';
import { writeCells } from '../cells/write.js';

/**
 * v2: [["num","0x1"],["tvm.Cell", base64],["tvm.Slice", base64]]. v3:
 * [{type:"num",value:"0x1"},{type:"slice",value:base64}].
 */
export function stackToJson(stack: readonly StackItem[], version: 'v2' | 'v3'): unknown[] {
  return stack.map((item) => {
    if (item.type === 'int')
      return pair('num', `${item.value < 0n ? '-' : ''}0x${abs(item.value).toString(16)}`, version);
    if (item.type === 'null') return pair('null', '', version);
    if (item.type === 'cell' || item.type === 'slice') {
      const boc = writeCells(item.cell).toString('base64');
      return pair(
        version === 'v2' ? (item.type === 'cell' ? 'tvm.Cell' : 'tvm.Slice') : item.type,
        boc,
        version,
      );
    }
    throw new Error(`a get-method is not given a ${item.type}`);
  });
}

function pair(type: string, value: string, version: 'v2' | 'v3'): unknown {
  return version === 'v2' ? [type, value] : { type, value };
}

/** A tuple of a stack that was read from cells cannot be nested deeper than cells are. */
const DEEPEST = 512;

/** @throws when an item is of no known shape, or tuples are nested too deeply */
export function stackFromJson(items: readonly unknown[], depth = 0): StackItem[] {
  if (depth > DEEPEST) throw new Error(`tuples in tuples, more than ${DEEPEST} deep`);
  return items.map((item) => {
    const [type, value] = Array.isArray(item)
      ? item
      : [(item as { type?: unknown }).type, (item as { value?: unknown }).value];
    return readItem(String(type), value, depth);
  });
}

function readItem(type: string, value: unknown, depth: number): StackItem {
  switch (type) {
    case 'num':
    case 'int':
      return { type: 'int', value: number(String(value)) };
    case 'null':
      return { type: 'null' };
    case 'cell':
    case 'tvm.Cell':
      return { type: 'cell', cell: cell(value) };
    case 'slice':
    case 'tvm.Slice':
      return { type: 'slice', cell: cell(value) };
    case 'tuple':
    case 'list':
      return tuple(value, depth);
    default:
      throw new Error(`an item of the unknown type ${JSON.stringify(type)}`);
  }
}

function tuple(value: unknown, depth: number): StackItem {
  const elements = Array.isArray(value) ? value : (value as { elements?: unknown }).elements;
  if (!Array.isArray(elements)) throw new Error('a tuple without elements');
  return elements.length === 0
    ? { type: 'null' }
    : { type: 'tuple', items: stackFromJson(elements, depth + 1) };
}

function number(text: string): bigint {
  return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** v2 wraps cells as `{bytes, object}`, or in slices as `{b64}`. */
function cell(value: unknown): Cell {
  const wrapped =
    typeof value === 'object' && value !== null ? (value as { bytes?: unknown; b64?: unknown }) : null;
  const text = wrapped ? (wrapped.bytes ?? wrapped.b64) : value;
  if (typeof text !== 'string') throw new Error('a cell that is no text');
  return text === '' ? EMPTY_CELL : readCellText(text);
}
