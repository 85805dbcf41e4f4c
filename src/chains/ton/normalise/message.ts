/** A message whose cells are parsed on first use: most messages of a block are never looked into. */
import { Cell, type StateInit } from '@ton/core';
import type { TonMessage } from '../transaction.js';

export interface MessageParts extends Omit<TonMessage, 'body' | 'init'> {
  /** Called once. May throw: then the part counts as unreadable. */
  readonly readBody: () => Cell | null;
  readonly readInit: () => StateInit | null;
}

export function createMessage({ readBody, readInit, ...facts }: MessageParts): TonMessage {
  const body = once(readBody);
  const init = once(readInit);
  return {
    ...facts,
    body,
    init: () => {
      const state = init();
      return state && { code: state.code ?? null, data: state.data ?? null };
    },
  };
}

function once<T>(read: () => T | null): () => T | null {
  let done = false;
  let kept: T | null = null;
  return () => {
    if (!done) {
      try {
        kept = read();
      } catch {
        kept = null;
      }
      done = true;
    }
    return kept;
  };
}

/** First 32 bits of a body; null when it has fewer. */
export function opcodeOf(body: Cell): number | null {
  const slice = body.beginParse(true);
  return slice.remainingBits < 32 ? null : slice.preloadUint(32);
}

/** A bag of cells with one root. @throws when it is none */
export function readBoc(bytes: Uint8Array): Cell {
  const [cell, second] = Cell.fromBoc(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  if (cell === undefined || second !== undefined) throw new Error('not exactly one root cell');
  return cell;
}
