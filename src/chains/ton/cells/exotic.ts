/**
 * Exotic cells (TON Virtual Machine, 3.1.7): the first byte of the data says which. Code is often a library
 * cell; contracts are sent Merkle proofs, whose pruned branches stand for what was left out.
 */
import { bytesAt, numberAt } from './bits.js';

export type ExoticKind = 'pruned' | 'library' | 'proof' | 'update';

const HASH = 256;
const DEPTH = 16;
/**
 * A proof of a slashed validator's vote, written without its mask by the node: its branches are of level 1.
 */
const WITHOUT_MASK = 8 + HASH + DEPTH;

const FORMS: readonly (
  | { readonly kind: ExoticKind; readonly bits: number | null; readonly refs: number | null }
  | undefined
)[] = [
  undefined,
  // Its length follows from its mask.
  { kind: 'pruned', bits: null, refs: 0 },
  { kind: 'library', bits: 8 + HASH, refs: null },
  { kind: 'proof', bits: 8 + HASH + DEPTH, refs: 1 },
  { kind: 'update', bits: 8 + 2 * (HASH + DEPTH), refs: 2 },
];

/** @throws Error when it has the form of none */
export function exoticKind(data: Uint8Array, start: number, bits: number, refs: number): ExoticKind {
  const form = bits < 8 ? undefined : FORMS[numberAt(data, start, 8)];
  if (
    form === undefined ||
    (form.bits !== null && form.bits !== bits) ||
    (form.refs !== null && form.refs !== refs)
  )
    throw new Error(`an exotic cell of no known kind, with ${bits} bits and ${refs} references`);
  return form.kind;
}

/** Whether it refers to cells of one level more than its own. */
export function isMerkle(kind: ExoticKind): boolean {
  return kind === 'proof' || kind === 'update';
}

/**
 * @param below the masks of all that it refers to, together
 * @throws Error when a pruned branch is of no level, or its length is not that of its level
 */
export function levelMaskOf(
  kind: ExoticKind,
  data: Uint8Array,
  start: number,
  bits: number,
  below: number,
): number {
  if (kind === 'library') return 0;
  if (kind !== 'pruned') return below >> 1;
  if (bits === WITHOUT_MASK) return 1;
  const mask = bits < 16 ? 0 : numberAt(data, start + 8, 8);
  if (mask < 1 || mask > 7 || bits !== 16 + countOf(mask) * (HASH + DEPTH))
    throw new Error(`a pruned branch of ${bits} bits with the level mask ${mask}`);
  return mask;
}

/** What a pruned branch stands for, by level: all hashes stand before all depths. */
export function prunedHashes(
  data: Uint8Array,
  start: number,
  bits: number,
): { readonly hash: Uint8Array; readonly depth: number }[] {
  const first = start + (bits === WITHOUT_MASK ? 8 : 16);
  const count = Math.floor(bits / (HASH + DEPTH));
  return Array.from({ length: count }, (_, index) => ({
    hash: bytesAt(data, first + HASH * index, HASH / 8),
    depth: numberAt(data, first + HASH * count + DEPTH * index, DEPTH),
  }));
}

function countOf(mask: number): number {
  return (mask & 1) + ((mask >> 1) & 1) + ((mask >> 2) & 1);
}
