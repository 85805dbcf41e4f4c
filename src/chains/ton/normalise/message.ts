/** A message whose cells are parsed on first use: most messages of a block are never looked into. */
import { Address, beginCell, type Cell, type StateInit } from '@ton/core';
import type { TonMessage } from '../transaction.js';

export interface MessageParts extends Omit<TonMessage, 'body' | 'init' | 'normalisedHash'> {
  /** Called once. May throw: then the part counts as unreadable. */
  readonly readBody: () => Cell | null;
  readonly readInit: () => StateInit | null;
  /** Of an external-in message, where the source says it; else it is computed from the body. */
  readonly givenNormalisedHash?: string | null | undefined;
}

export function createMessage({ readBody, readInit, givenNormalisedHash, ...facts }: MessageParts): TonMessage {
  const body = once(readBody);
  const init = once(readInit);
  return {
    ...facts,
    body,
    normalisedHash: once(() => (facts.kind === 'external-in' && givenNormalisedHash) || normalisedHash(facts, body())),
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

/** ext_in_msg_info$10 without source, import fee and state, its body in a cell of its own (TEP-467). */
function normalisedHash({ kind, destination }: Pick<TonMessage, 'kind' | 'destination'>, body: Cell | null): string | null {
  if (kind !== 'external-in' || destination === null || body === null) return null;
  const message = beginCell().storeUint(0b10, 2).storeAddress(null).storeAddress(Address.parseRaw(destination)).storeCoins(0);
  return message.storeBit(false).storeBit(true).storeRef(body).endCell().hash().toString('hex');
}

/** First 32 bits of a body; null when it has fewer. */
export function opcodeOf(body: Cell): number | null {
  const slice = body.beginParse(true);
  return slice.remainingBits < 32 ? null : slice.preloadUint(32);
}
