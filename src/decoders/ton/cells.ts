/** Reads message bodies safely: what cannot be read is null, never an exception. */
import type { Cell } from '../../chains/ton/cells/cell.js';
import { type Slice, sliceOf } from '../../chains/ton/cells/slice.js';
import type { TonMessage } from '../../chains/ton/transaction.js';

/**
 * Reads a body whose op the caller has checked; `read` begins after the op. null when it cannot be read so.
 */
export function readBody<T>(message: TonMessage, read: (body: Slice) => T): T | null {
  return readCell(message.body(), (slice) => {
    slice.skip(32);
    return read(slice);
  });
}

/** Reads a cell from its beginning; null when there is none, or `read` throws. */
export function readCell<T>(cell: Cell | null, read: (slice: Slice) => T): T | null {
  if (cell === null) return null;
  try {
    return read(sliceOf(cell));
  } catch {
    return null;
  }
}

/**
 * Reads a MsgAddress in raw form; null for addr_none and external addresses. @throws Error when the bits are
 * no address
 */
export function loadRaw(slice: Slice): string | null {
  const tag = slice.preloadUint(2);
  if (tag === 0b00) {
    slice.skip(2);
    return null;
  }
  if (tag === 0b01) {
    slice.skip(2);
    slice.skip(slice.loadUint(9));
    return null;
  }
  return slice.loadAddress();
}

/** Reads `Either Cell ^Cell` at the end of a body; where it is absent the result is empty. */
export function loadEither(slice: Slice): Slice {
  if (slice.remainingBits === 0) return slice;
  return slice.loadBit() ? sliceOf(slice.loadRef()) : slice;
}
