/** Message bodies. Amounts in base units. */
import {
  type Address,
  beginCell,
  type Cell,
  Dictionary,
  type DictionaryValue,
  internal,
  storeMessageRelaxed,
} from '@ton/core';
import { OPS } from './ops.js';

const head = (op: number, query: number) => beginCell().storeUint(op, 32).storeUint(query, 64);
const text = (words: string): Cell => beginCell().storeUint(0, 32).storeBuffer(Buffer.from(words)).endCell();

export const comment = text;

export interface JettonTransfer {
  readonly query: number;
  readonly amount: bigint;
  readonly to: Address;
  readonly response: Address;
  /** Nanotons that travel on with the notification; 0n: no notification. */
  readonly forward: bigint;
  readonly payload?: Cell;
}

export function jettonTransfer({ query, amount, to, response, forward, payload }: JettonTransfer): Cell {
  return head(OPS.jettonTransfer, query)
    .storeCoins(amount)
    .storeAddress(to)
    .storeAddress(response)
    .storeMaybeRef(null)
    .storeCoins(forward)
    .storeMaybeRef(payload ?? null)
    .endCell();
}

export interface JettonMint {
  readonly query: number;
  readonly amount: bigint;
  readonly to: Address;
  readonly response: Address;
  /** Nanotons that the minter gives to the receiving jetton wallet. */
  readonly walletNanotons: bigint;
}

/** The older reference minter's op 21. */
export function jettonMint({ query, amount, to, response, walletNanotons }: JettonMint): Cell {
  const transfer = head(OPS.jettonInternalTransfer, query)
    .storeCoins(amount)
    .storeAddress(null)
    .storeAddress(response)
    .storeCoins(0)
    .storeMaybeRef(null);
  return head(OPS.jettonMint, query)
    .storeAddress(to)
    .storeCoins(walletNanotons)
    .storeRef(transfer.endCell())
    .endCell();
}

export function jettonInternalTransfer(query: number, amount: bigint, from: Address): Cell {
  return head(OPS.jettonInternalTransfer, query)
    .storeCoins(amount)
    .storeAddress(from)
    .storeAddress(from)
    .storeCoins(0)
    .storeBit(false)
    .endCell();
}

export function jettonBurn(query: number, amount: bigint, response: Address): Cell {
  return head(OPS.jettonBurn, query).storeCoins(amount).storeAddress(response).storeMaybeRef(null).endCell();
}

/** Whoever sends it; only the receiver can know whether to believe it. */
export function jettonNotification(query: number, amount: bigint, from: Address, payload: Cell): Cell {
  return head(OPS.jettonNotification, query)
    .storeCoins(amount)
    .storeAddress(from)
    .storeMaybeRef(payload)
    .endCell();
}

/** Value for the new item, its first owner and its content's own part. */
export interface NewItem {
  readonly index: bigint;
  readonly nanotons: bigint;
  readonly owner: Address;
}

const itemContent = ({ index, owner }: NewItem): Cell =>
  beginCell()
    .storeAddress(owner)
    .storeRef(beginCell().storeStringTail(`${index}.json`).endCell())
    .endCell();

export function itemDeploy(query: number, item: NewItem): Cell {
  return head(OPS.itemDeploy, query)
    .storeUint(item.index, 64)
    .storeCoins(item.nanotons)
    .storeRef(itemContent(item))
    .endCell();
}

const newItemValue: DictionaryValue<NewItem> = {
  serialize: (item, builder) => builder.storeCoins(item.nanotons).storeRef(itemContent(item)),
  parse: () => {
    throw new Error('bodies: a batch is only written');
  },
};

export function itemBatch(query: number, items: readonly NewItem[]): Cell {
  const batch = Dictionary.empty(Dictionary.Keys.BigUint(64), newItemValue);
  for (const item of items) batch.set(item.index, item);
  return head(OPS.itemBatch, query).storeRef(beginCell().storeDictDirect(batch).endCell()).endCell();
}

export function itemTransfer(query: number, to: Address, response: Address, forward: bigint): Cell {
  return head(OPS.itemTransfer, query)
    .storeAddress(to)
    .storeAddress(response)
    .storeMaybeRef(null)
    .storeCoins(forward)
    .storeMaybeRef(null)
    .endCell();
}

export const saleBuy = (query: number): Cell => head(OPS.saleBuy, query).endCell();
export const saleCancel = (query: number): Cell => head(OPS.saleCancel, query).endCell();
export const auctionFinish = (): Cell => text('finish');
export const auctionCancel = (): Cell => text('cancel');

/** Forward payload of a jetton transfer to the staking contract. */
export const stakePayload = (lockSeconds: number): Cell =>
  beginCell().storeUint(OPS.stake, 32).storeUint(lockSeconds, 32).endCell();
export const unstake = (query: number, amount: bigint): Cell =>
  head(OPS.unstake, query).storeCoins(amount).endCell();
export const claim = (query: number, amount: bigint): Cell =>
  head(OPS.claim, query).storeCoins(amount).endCell();
export const stakingSetWallet = (query: number, wallet: Address): Cell =>
  head(OPS.stakingSetWallet, query).storeAddress(wallet).endCell();

/** Makes the puppet send a message with all the coins that came with this one. */
export function puppetSend(to: Address, body: Cell): Cell {
  const message = beginCell().store(storeMessageRelaxed(internal({ to, value: 0n, bounce: true, body })));
  return beginCell().storeUint(OPS.puppetSend, 32).storeRef(message.endCell()).endCell();
}
