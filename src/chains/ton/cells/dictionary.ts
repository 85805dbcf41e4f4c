/** Dictionaries (HashmapE of hashmap.tlb): a tree of cells by the bits of the key. */
import type { Cell } from './cell.js';
import { type Slice, sliceOf } from './slice.js';

/**
 * Cells may refer to the same cell many times, so that few bytes make a tree that nobody can walk to its end.
 */
const MOST_ENTRIES = 4_096;

/**
 * HashmapE n X at the slice: a bit and the tree's root.
 * @param read the value, whose slice stands behind the rest of the key
 * @returns values by their keys, in the order of the keys as unsigned integers; what was pruned is left out
 * @throws Error when it is no dictionary, or has more than 4,096 entries
 */
export function loadDictionary<T>(
  slice: Slice,
  keyBits: number,
  read: (value: Slice) => T,
): readonly (readonly [bigint, T])[] {
  const root = slice.loadMaybeRef();
  const entries: [bigint, T][] = [];
  if (root !== null) walk(root, 0n, keyBits, read, entries);
  return entries;
}

/**
 * Hashmap n X in a cell of its own: the root without the bit before it, as Merkle proofs hold it.
 * @returns and throws as `loadDictionary` does
 */
export function loadHashmap<T>(
  root: Cell,
  keyBits: number,
  read: (value: Slice) => T,
): readonly (readonly [bigint, T])[] {
  const entries: [bigint, T][] = [];
  walk(root, 0n, keyBits, read, entries);
  return entries;
}

function walk<T>(
  cell: Cell,
  prefix: bigint,
  left: number,
  read: (value: Slice) => T,
  entries: [bigint, T][],
): void {
  if (cell.exotic) return;
  const slice = sliceOf(cell);
  const label = loadLabel(slice, left);
  const key = (prefix << BigInt(label.bits)) | label.value;
  const rest = left - label.bits;
  if (rest === 0) {
    if (entries.length === MOST_ENTRIES) throw new Error(`a dictionary of more than ${MOST_ENTRIES} entries`);
    entries.push([key, read(slice)]);
    return;
  }
  const [zero, one] = [slice.loadRef(), slice.loadRef()];
  walk(zero, key << 1n, rest - 1, read, entries);
  walk(one, (key << 1n) | 1n, rest - 1, read, entries);
}

/** hml_short$0 (length in unary), hml_long$10, hml_same$11 */
function loadLabel(slice: Slice, most: number): { readonly bits: number; readonly value: bigint } {
  if (!slice.loadBit()) {
    let bits = 0;
    while (slice.loadBit()) bits += 1;
    return { bits: within(bits, most), value: slice.loadUintBig(bits) };
  }
  // (#<= most) takes as many bits as the number `most`.
  const size = 32 - Math.clz32(most);
  if (!slice.loadBit()) {
    const bits = within(slice.loadUint(size), most);
    return { bits, value: slice.loadUintBig(bits) };
  }
  const one = slice.loadBit();
  const bits = within(slice.loadUint(size), most);
  return { bits, value: one ? (1n << BigInt(bits)) - 1n : 0n };
}

function within(bits: number, most: number): number {
  if (bits > most) throw new Error(`a label of ${bits} bits in a dictionary with ${most} left`);
  return bits;
}
