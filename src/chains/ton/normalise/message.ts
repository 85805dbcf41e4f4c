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

/** Field by field, and with no more functions than it has: every message of every block is made one. */
export function createMessage(parts: MessageParts): TonMessage {
  // undefined: not read yet.
  let body: Cell | null | undefined;
  let init: ReturnType<TonMessage['init']> | undefined;
  let hash: string | null | undefined;
  const message: TonMessage = {
    hash: parts.hash,
    kind: parts.kind,
    source: parts.source,
    destination: parts.destination,
    value: parts.value,
    createdLt: parts.createdLt,
    bounce: parts.bounce,
    bounced: parts.bounced,
    opcode: parts.opcode,
    body: () => {
      if (body === undefined) body = orNull(parts.readBody);
      return body;
    },
    init: () => {
      if (init === undefined) init = stateOf(orNull(parts.readInit));
      return init;
    },
    normalisedHash: () => {
      if (hash === undefined) hash = givenHash(parts) ?? orNull(() => normalisedHash(parts, message.body()));
      return hash;
    },
  };
  return message;
}

function stateOf(state: StateInit | null): ReturnType<TonMessage['init']> {
  return state && { code: state.code ?? null, data: state.data ?? null };
}

function givenHash({ kind, givenNormalisedHash }: MessageParts): string | null {
  return (kind === 'external-in' && givenNormalisedHash) || null;
}

function orNull<T>(read: () => T | null): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** ext_in_msg_info$10 without source, import fee and state, its body in a cell of its own (TEP-467). */
function normalisedHash(
  { kind, destination }: Pick<TonMessage, 'kind' | 'destination'>,
  body: Cell | null,
): string | null {
  if (kind !== 'external-in' || destination === null || body === null) return null;
  const message = beginCell()
    .storeUint(0b10, 2)
    .storeAddress(null)
    .storeAddress(Address.parseRaw(destination))
    .storeCoins(0);
  return message.storeBit(false).storeBit(true).storeRef(body).endCell().hash().toString('hex');
}

/** First 32 bits of a body; null when it has fewer. */
export function opcodeOf(body: Cell): number | null {
  const slice = body.beginParse(true);
  return slice.remainingBits < 32 ? null : slice.preloadUint(32);
}
