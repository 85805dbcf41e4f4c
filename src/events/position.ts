/**
 * The position of an event inside its transaction and inside its chain.
 *
 * Event index = ordinal * 4096 + slot, so that no decoder's presence renumbers the events of another. Solana:
 * the ordinal is the instruction's place in the walk "outer instruction, then its inner instructions in
 * order"; slot 0 is what the instruction itself says, slot 1 + n the n-th event that it emitted (every
 * emitted event counts, decoded or not); what only the balances show stands after the last instruction, at
 * `RESIDUAL_ORDINAL`, with the account's index as its slot. TON: `place` and `slot` of decoders/ton/part.ts.
 */
export const SLOTS_PER_INSTRUCTION = 4096;
export const RESIDUAL_ORDINAL = 0x7fff;

/**
 * The index of the event at this ordinal and slot.
 * @throws RangeError when the ordinal is outside 0..32767 or the slot outside 0..4095: no transaction of the
 * chain is that large
 */
export function eventIndex(ordinal: number, slot = 0): number {
  if (!Number.isInteger(ordinal) || ordinal < 0 || ordinal > RESIDUAL_ORDINAL)
    throw new RangeError(`ordinal ${ordinal} is outside 0..${RESIDUAL_ORDINAL}`);
  if (!Number.isInteger(slot) || slot < 0 || slot >= SLOTS_PER_INSTRUCTION)
    throw new RangeError(`slot ${slot} is outside 0..${SLOTS_PER_INSTRUCTION - 1}`);
  return ordinal * SLOTS_PER_INSTRUCTION + slot;
}

/**
 * Position in the chain as hexadecimal text of fixed width: block (12 digits), transaction index (6), event
 * index (8). Compared as text it gives the order of the chain, which "latest wins" in SQL and keyset cursors
 * need.
 */
export function positionKey(block: number, transactionIndex: number, index: number): string {
  return hex(block, 12) + hex(transactionIndex, 6) + hex(index, 8);
}

function hex(value: number, width: number): string {
  return value.toString(16).padStart(width, '0');
}
