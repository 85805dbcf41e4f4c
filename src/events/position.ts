/**
 * Where an event stands inside its transaction and inside its chain.
 *
 * Event index = ordinal of the instruction in the walk "outer instruction, then its inner instructions in
 * order" (TON: the message's ordinal in the trace), times 4096, plus a slot inside that instruction: 0 for
 * what the instruction itself says, 1 + n for the n-th event it emitted (every emitted event counts, decoded
 * or not). What only the balances show stands after the last instruction, at `RESIDUAL_ORDINAL`, slot =
 * account index. So no decoder's presence renumbers the events of another.
 */
export const SLOTS_PER_INSTRUCTION = 4096;
export const RESIDUAL_ORDINAL = 0x7fff;

/** @throws RangeError when the transaction is larger than any that the chain can hold. */
export function eventIndex(ordinal: number, slot = 0): number {
  if (!Number.isInteger(ordinal) || ordinal < 0 || ordinal > RESIDUAL_ORDINAL)
    throw new RangeError(`ordinal ${ordinal} is outside 0..${RESIDUAL_ORDINAL}`);
  if (!Number.isInteger(slot) || slot < 0 || slot >= SLOTS_PER_INSTRUCTION)
    throw new RangeError(`slot ${slot} is outside 0..${SLOTS_PER_INSTRUCTION - 1}`);
  return ordinal * SLOTS_PER_INSTRUCTION + slot;
}

/**
 * Position in the chain as fixed-width hex: block (12), transaction (6), event (8). Compares as text in chain
 * order, which is what "latest wins" in SQL and keyset cursors need.
 */
export function positionKey(block: number, transactionIndex: number, index: number): string {
  return hex(block, 12) + hex(transactionIndex, 6) + hex(index, 8);
}

function hex(value: number, width: number): string {
  return value.toString(16).padStart(width, '0');
}
