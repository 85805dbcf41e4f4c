/** Which instructions an instruction invoked, also where an old node recorded no stack heights. */
import type { SolanaInstruction } from '../../../chains/solana/transaction.js';
import { subtreeOf } from '../walk/subtree.js';

export interface Span {
  /** Ordinals, inclusive. */
  readonly first: number;
  readonly last: number;
}

/**
 * The instruction and all that it invoked. Without recorded stack heights, the calls of an inner instruction
 * are taken to be those that follow it, up to the next instruction of a program in `boundaries`.
 */
export function spanOf(
  instructions: readonly SolanaInstruction[],
  instruction: SolanaInstruction,
  boundaries: { has(program: string): boolean },
): Span {
  if (instruction.inner === -1 || instruction.stackHeight !== null)
    return subtreeOf(instructions, instruction.ordinal);
  let last = instruction.ordinal;
  for (let i = last + 1; i < instructions.length; i++) {
    const next = instructions[i];
    if (next === undefined || next.outer !== instruction.outer || boundaries.has(next.programId)) break;
    last = i;
  }
  return { first: instruction.ordinal, last };
}

/** The items that stand in the span, in their order. */
export function within<T extends { readonly ordinal: number }>(
  items: readonly T[],
  { first, last }: Span,
): T[] {
  return items.filter(({ ordinal }) => ordinal >= first && ordinal <= last);
}
