/**
 * Bodies of TEP-74 messages; amounts in base units of the jetton. Each function returns null for a message of
 * another op, a bounced one, and one that cannot be read.
 */
import type { Cell } from '../../../chains/ton/cells/cell.js';
import type { Slice } from '../../../chains/ton/cells/slice.js';
import type { TonMessage } from '../../../chains/ton/transaction.js';
import { loadEither, loadRaw, readBody, readCell } from '../cells.js';
import { JETTON } from '../ops.js';

export interface JettonTransfer {
  readonly queryId: bigint;
  readonly amount: bigint;
  readonly destination: string | null;
  readonly payload: Slice;
  readonly customPayload: Cell | null;
}

/** transfer#0f8a7ea5, sent by the owner to its jetton wallet. */
export function readTransfer(message: TonMessage): JettonTransfer | null {
  if (message.opcode !== JETTON.transfer || message.bounced) return null;
  return readBody(message, readTransferBody);
}

/** Reads the body of a transfer after its op. @throws Error when it is too short */
export function readTransferBody(body: Slice): JettonTransfer {
  const queryId = body.loadUintBig(64);
  const amount = body.loadCoins();
  const destination = loadRaw(body);
  loadRaw(body);
  const customPayload = body.loadMaybeRef();
  body.loadCoins();
  return { queryId, amount, destination, payload: loadEither(body), customPayload };
}

export interface InternalTransfer {
  readonly queryId: bigint;
  readonly amount: bigint;
  /** Whose jettons they are, as the sending wallet says; a minter may leave it out. */
  readonly from: string | null;
}

/** internal_transfer#178d4519, from a jetton wallet or the master to a jetton wallet. */
export function readInternalTransfer(message: TonMessage): InternalTransfer | null {
  if (message.opcode !== JETTON.internalTransfer || message.bounced) return null;
  return readBody(message, (body) => ({
    queryId: body.loadUintBig(64),
    amount: body.loadCoins(),
    from: loadRaw(body),
  }));
}

export interface Notification {
  readonly amount: bigint;
  readonly sender: string | null;
  readonly payload: Slice;
}

/** transfer_notification#7362d09c. Proves nothing by itself: anyone can send one. */
export function readNotification(message: TonMessage): Notification | null {
  if (message.opcode !== JETTON.notification || message.bounced) return null;
  return readBody(message, (body) => {
    body.skip(64);
    return { amount: body.loadCoins(), sender: loadRaw(body), payload: loadEither(body) };
  });
}

/** The amount of burn#595f07bc or burn_notification#7bdd97de. */
export function readBurnAmount(message: TonMessage): bigint | null {
  if ((message.opcode !== JETTON.burn && message.opcode !== JETTON.burnNotification) || message.bounced)
    return null;
  return readBody(message, (body) => {
    body.skip(64);
    return body.loadCoins();
  });
}

export interface MintOrder {
  readonly to: string;
  readonly amount: bigint;
}

/**
 * An admin's order to the master: op 21 or 0x642b7d07, receiver, gas, and the internal_transfer to be sent,
 * as a reference.
 */
export function readMintOrder(message: TonMessage): MintOrder | null {
  if ((message.opcode !== JETTON.mint && message.opcode !== JETTON.mintV2) || message.bounced) return null;
  return readBody(message, (body) => {
    body.skip(64);
    const to = loadRaw(body);
    body.loadCoins();
    const amount = readCell(body.loadRef(), (inner) => {
      if (inner.loadUint(32) !== JETTON.internalTransfer) throw new Error('no internal_transfer');
      inner.skip(64);
      return inner.loadCoins();
    });
    if (to === null || amount === null) throw new Error('no mint order');
    return { to, amount };
  });
}
