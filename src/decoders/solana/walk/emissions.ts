/**
 * Every event that a program emitted in a transaction: `Program data:` lines of its own frame, and Anchor's
 * self-invocation (emit_cpi!), an inner instruction by which the program calls itself. Nobody but the program
 * can do either.
 */
import type { SolanaTransaction } from '../../../chains/solana/transaction.js';
import { eventIndex, SLOTS_PER_INSTRUCTION } from '../../../events/position.js';
import type { Emission } from '../decoder.js';
import type { LogFrames } from './log-frames.js';
import type { AttributedLogs } from './log-reader.js';
import { callerOf } from './subtree.js';

/** sha256("anchor:event")[0..8], little-endian. */
const EVENT_CPI_TAG = Buffer.from('e445a52e51cb9a1d', 'hex');

export interface Emissions {
  readonly emissions: readonly Emission[];
  /** Programs whose frames could not be matched with instructions. */
  readonly unattributed: readonly string[];
  readonly logs: LogFrames;
}

/** The events of the followed programs, in the order of their event index. */
export function readEmissions(
  { instructions }: SolanaTransaction,
  { logs, pairs }: AttributedLogs,
  isFollowed: (programId: string) => boolean,
): Emissions {
  const emissions: Emission[] = [];
  for (const { frame, instruction } of pairs) {
    if (!isFollowed(frame.programId)) continue;
    frame.emitted.forEach((line, n) => {
      // More than 4095 events in one instruction cannot fit into its logs.
      if (n + 1 < SLOTS_PER_INSTRUCTION)
        emissions.push({
          instruction,
          eventIndex: eventIndex(instruction.ordinal, n + 1),
          data: decodeBase64(line),
        });
    });
  }
  for (const instruction of instructions) {
    if (instruction.inner === -1 || !isFollowed(instruction.programId) || !isEventCall(instruction.data))
      continue;
    const caller = callerOf(instructions, instruction);
    // Without recorded stack heights, the check that the program itself makes (its event authority) has to
    // suffice.
    if (instruction.stackHeight !== null && caller?.programId !== instruction.programId) continue;
    const emitter = caller ?? instruction;
    emissions.push({
      instruction: emitter,
      eventIndex: eventIndex(instruction.ordinal),
      data: instruction.data.subarray(8),
    });
  }
  emissions.sort((a, b) => a.eventIndex - b.eventIndex);
  const unattributed = logs.frames.slice(pairs.length).map((frame) => frame.programId);
  return { emissions, unattributed: [...new Set(unattributed)], logs };
}

/** Whether instruction data begins with the tag of Anchor's emit_cpi!. */
export function isEventCall(data: Uint8Array): boolean {
  return data.length >= 8 && EVENT_CPI_TAG.equals(data.subarray(0, 8));
}

/**
 * `Program data:` may hold several fields (sol_log_data of several slices); an Anchor event is exactly one.
 */
function decodeBase64(line: string): Uint8Array | null {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(line) ? Buffer.from(line, 'base64') : null;
}
