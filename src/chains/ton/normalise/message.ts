/** A message whose cells are parsed on first use: most messages of a block are never looked into. */
import { createBuilder } from '../cells/builder.js';
import type { Cell } from '../cells/cell.js';
import type { StateInit } from '../cells/message.js';
import type { TonMessage } from '../transaction.js';

export interface MessageParts extends Omit<TonMessage, 'body' | 'init' | 'normalisedHash'> {
  /** Called once. May throw: then the part counts as unreadable. */
  readonly readBody: () => Cell | null;
  readonly readInit: () => StateInit | null;
  /** Of an external-in message, where the source says it; else it is computed from the body. */
  readonly givenNormalisedHash?: string | null | undefined;
}

/** Written out field by field: a message is made for every message of every block. */
export function createMessage(parts: MessageParts): TonMessage {
  // undefined: not read yet.
  let body: Cell | null | undefined;
  let init: StateInit | null | undefined;
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
      if (init === undefined) init = orNull(parts.readInit);
      return init;
    },
    normalisedHash: () => {
      if (hash === undefined) hash = givenHash(parts) ?? orNull(() => normalisedHash(parts, message.body()));
      return hash;
    },
  };
  return message;
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
  const head = createBuilder().int(0b10, 2).address(null).address(destination).int(0, 4);
  return head.bit(false).bit(true).ref(body).cell().hash();
}
