/**
 * Finds the instruction of each frame of the logs: logs and instructions are the same walk, so they are
 * matched in order.
 */
import type { SolanaInstruction } from '../../../chains/solana/transaction.js';
import { SILENT_PROGRAMS } from '../programs.js';
import type { LogFrame } from './log-frames.js';

/**
 * The frames with their instructions. An outer frame is the next outer instruction; an inner one has to be
 * the next instruction, of the same program and depth. Stops at the first frame without an instruction: after
 * it nothing is certain.
 */
export function attributeFrames(
  frames: readonly LogFrame[],
  instructions: readonly SolanaInstruction[],
): readonly { readonly frame: LogFrame; readonly instruction: SolanaInstruction }[] {
  const pairs: { frame: LogFrame; instruction: SolanaInstruction }[] = [];
  let next = 0;
  for (const frame of frames) {
    const found = frame.depth === 1 ? nextOuter(instructions, next) : nextInner(instructions, next, frame);
    const instruction = found < 0 ? undefined : instructions[found];
    if (instruction === undefined || instruction.programId !== frame.programId) return pairs;
    pairs.push({ frame, instruction });
    next = found + 1;
  }
  return pairs;
}

function nextOuter(instructions: readonly SolanaInstruction[], from: number): number {
  for (let i = from; i < instructions.length; i++) {
    const instruction = instructions[i];
    if (instruction?.inner === -1 && !SILENT_PROGRAMS.has(instruction.programId)) return i;
  }
  return -1;
}

function nextInner(instructions: readonly SolanaInstruction[], from: number, frame: LogFrame): number {
  const instruction = instructions[from];
  if (instruction === undefined || instruction.inner === -1) return -1;
  return instruction.stackHeight === null || instruction.stackHeight === frame.depth ? from : -1;
}
