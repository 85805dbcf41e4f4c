/** Which instruction invoked which. */
import type { SolanaInstruction } from '../../../chains/solana/transaction.js';

/**
 * Ordinals of the first and last instruction of a call: itself and all that it invoked. Without recorded
 * stack heights an inner instruction stands alone.
 */
export function subtreeOf(
  instructions: readonly SolanaInstruction[],
  ordinal: number,
): { readonly first: number; readonly last: number } {
  const root = instructions[ordinal];
  let last = ordinal;
  if (root === undefined) return { first: ordinal, last };
  for (let i = ordinal + 1; i < instructions.length; i++) {
    const instruction = instructions[i];
    if (instruction === undefined || instruction.outer !== root.outer) break;
    if (
      root.inner !== -1 &&
      (instruction.stackHeight === null ||
        root.stackHeight === null ||
        instruction.stackHeight <= root.stackHeight)
    )
      break;
    last = i;
  }
  return { first: ordinal, last };
}

/**
 * The instruction that invoked this one; undefined for an outer one, or where an old node recorded no stack
 * heights.
 */
export function callerOf(
  instructions: readonly SolanaInstruction[],
  instruction: SolanaInstruction,
): SolanaInstruction | undefined {
  if (instruction.inner === -1) return undefined;
  if (instruction.stackHeight === null) return undefined;
  for (let i = instruction.ordinal - 1; i >= 0; i--) {
    const candidate = instructions[i];
    if (candidate === undefined || candidate.outer !== instruction.outer) return undefined;
    if ((candidate.stackHeight ?? (candidate.inner === -1 ? 1 : 0)) === instruction.stackHeight - 1)
      return candidate;
  }
  return undefined;
}

/** What an outer instruction invoked itself, as far as the node recorded how deep each call stands. */
export function callsOf(
  instructions: readonly SolanaInstruction[],
  ordinal: number,
): readonly SolanaInstruction[] {
  const { first, last } = subtreeOf(instructions, ordinal);
  return instructions.slice(first + 1, last + 1).filter(({ stackHeight }) => stackHeight === 2);
}
