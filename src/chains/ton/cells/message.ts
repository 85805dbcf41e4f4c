/** Messages and the states that they deploy, as cells (`message$_` of block.tlb). */
import { numberAt } from './bits.js';
import { createBuilder } from './builder.js';
import type { Cell } from './cell.js';
import { type Slice, sliceOf } from './slice.js';

export interface MessageCell {
  readonly kind: 'internal' | 'external-in' | 'external-out';
  /** Raw; null: external, or left open by who orders the message. */
  readonly source: string | null;
  readonly destination: string | null;
  /** Nanotons. */
  readonly value: bigint;
  /** null: external-in. */
  readonly createdLt: bigint | null;
  readonly bounce: boolean;
  readonly bounced: boolean;
  readonly init: StateInit | null;
  readonly body: Cell;
}

export interface StateInit {
  readonly code: Cell | null;
  readonly data: Cell | null;
}

type Head = Omit<MessageCell, 'init' | 'body'>;

/** @throws Error when it is no message */
export function readMessage(cell: Cell): MessageCell {
  return loadMessage(cell, false);
}

/**
 * Reads `MessageRelaxed`: a message as a contract orders it, whose source the validators fill in.
 * @throws Error when it is none
 */
export function readOrderedMessage(cell: Cell): MessageCell {
  return loadMessage(cell, true);
}

function loadMessage(cell: Cell, relaxed: boolean): MessageCell {
  const slice = sliceOf(cell);
  const head = loadHead(slice, relaxed);
  let init: StateInit | null = null;
  if (slice.loadBit())
    init = slice.loadBit() ? loadStateInit(sliceOf(slice.loadRef())) : loadStateInit(slice);
  const body = slice.loadBit() ? slice.loadRef() : slice.restAsCell();
  // Spelled out: every message of every block is made one, and a spread costs more than reading it.
  return {
    kind: head.kind,
    source: head.source,
    destination: head.destination,
    value: head.value,
    createdLt: head.createdLt,
    bounce: head.bounce,
    bounced: head.bounced,
    init,
    body,
  };
}

function loadHead(slice: Slice, relaxed: boolean): Head {
  if (!slice.loadBit()) return loadInternal(slice, relaxed);
  if (!slice.loadBit()) {
    // ext_in_msg_info$10 src:MsgAddressExt dest:MsgAddressInt import_fee:Grams
    if (relaxed) throw new Error('a contract orders no external-in message');
    skipExternalAddress(slice);
    const destination = slice.loadAddress();
    slice.loadCoins();
    return { ...NOTHING, kind: 'external-in', source: null, destination, createdLt: null };
  }
  // ext_out_msg_info$11 src:MsgAddressInt dest:MsgAddressExt created_lt:uint64 created_at:uint32
  const source = loadSource(slice, relaxed);
  skipExternalAddress(slice);
  const createdLt = slice.loadUintBig(64);
  slice.skip(32);
  return { ...NOTHING, kind: 'external-out', source, destination: null, createdLt };
}

const NOTHING = { value: 0n, bounce: false, bounced: false } as const;

/**
 * int_msg_info$0 ihr_disabled:Bool bounce:Bool bounced:Bool src:MsgAddressInt dest:MsgAddressInt
 * value:CurrencyCollection ihr_fee:Grams fwd_fee:Grams created_lt:uint64 created_at:uint32
 */
function loadInternal(slice: Slice, relaxed: boolean): Head {
  slice.skip(1);
  const bounce = slice.loadBit();
  const bounced = slice.loadBit();
  const source = loadSource(slice, relaxed);
  const destination = slice.loadAddress();
  const value = loadCurrencies(slice);
  slice.loadCoins();
  slice.loadCoins();
  const createdLt = slice.loadUintBig(64);
  slice.skip(32);
  return { kind: 'internal', source, destination, value, createdLt, bounce, bounced };
}

function loadSource(slice: Slice, relaxed: boolean): string | null {
  return relaxed ? slice.loadMaybeAddress() : slice.loadAddress();
}

/** addr_none$00, or addr_extern$01 len:(## 9) external_address:(bits len) */
function skipExternalAddress(slice: Slice): void {
  const tag = slice.loadUint(2);
  if (tag === 0b01) slice.skip(slice.loadUint(9));
  else if (tag !== 0b00) throw new Error('no external address');
}

/** CurrencyCollection: nanotons, and a dictionary of other currencies, which nobody counts. */
export function loadCurrencies(slice: Slice): bigint {
  const coins = slice.loadCoins();
  slice.loadMaybeRef();
  return coins;
}

/**
 * _ split_depth:(Maybe (## 5)) special:(Maybe TickTock) code:(Maybe ^Cell) data:(Maybe ^Cell)
 * library:(HashmapE 256 SimpleLib)
 */
export function loadStateInit(slice: Slice): StateInit {
  if (slice.loadBit()) slice.skip(5);
  if (slice.loadBit()) slice.skip(2);
  const [code, data] = [slice.loadMaybeRef(), slice.loadMaybeRef()];
  slice.loadMaybeRef();
  return { code, data };
}

/** Raw address, in workchain 0, of the contract that this state deploys: the state's hash. */
export function addressOf({ code, data }: StateInit): string {
  const state = createBuilder().bit(false).bit(false).maybeRef(code).maybeRef(data).bit(false).cell();
  return `0:${state.hash()}`;
}

/** First 32 bits of a body; null when it has fewer. */
export function opcodeOf(body: Cell): number | null {
  return body.bits < 32 ? null : numberAt(body.data, body.start, 32);
}
