/**
 * Facts of contracts for decoding offline: the input's own answers, and, where the operator says so, what its
 * messages alone suggest.
 */
import type { TonTransaction } from '../../../chains/ton/transaction.js';
import { loadRaw, readCell } from '../../../decoders/ton/cells.js';
import { type ContractFacts, factsBy, type JettonWalletFacts } from '../../../decoders/ton/contract-facts.js';
import { readInternalTransfer, readTransfer } from '../../../decoders/ton/jetton/messages.js';

import { NFT } from '../../../decoders/ton/ops.js';
import { readSaleState } from '../../../decoders/ton/sales/state.js';
import type { Answers } from './answers.js';

export interface TonFacts {
  add(answers: Answers): void;
  readonly known: ContractFacts;
}

const walletKey = (master: string, owner: string) => `${master} ${owner}`;

/** What contracts would answer, taken from the captures that were read: `ndx decode` asks no endpoint. */
export function createTonFacts(): TonFacts {
  const wallets = new Map<string, JettonWalletFacts | null>();
  const walletsOf = new Map<string, string>();
  const items: Record<string, Answers['items'][string]> = {};
  const sales: Record<string, Answers['sales'][string]> = {};
  const codes: Record<string, string | null> = {};
  return {
    add(answers) {
      for (const [account, facts] of Object.entries(answers.jettonWallets)) {
        wallets.set(account, facts);
        if (facts !== null) walletsOf.set(walletKey(facts.master, facts.owner), account);
      }
      Object.assign(items, answers.items);
      Object.assign(sales, answers.sales);
      Object.assign(codes, answers.codeHashes);
    },
    known: factsBy({
      'jetton-wallet': ({ address }) => wallets.get(address),
      'wallet-of': ({ address, owner }) => walletsOf.get(walletKey(address, owner)),
      item: ({ address }) => items[address],
      sale: ({ address }) => sales[address],
      'code-hash': ({ address }) => codes[address],
    }),
  };
}

/** What is not known is answered with "no such contract". */
export function withoutDoubt(facts: ContractFacts): ContractFacts {
  return { answer: (need) => facts.answer(need) ?? null };
}

/** What `first` does not know, `second` answers. */
export function firstOf(first: ContractFacts, second: ContractFacts): ContractFacts {
  return {
    answer(need) {
      const answer = first.answer(need);
      return answer === undefined ? second.answer(need) : answer;
    },
  };
}

/**
 * `--assume-verified`: a jetton wallet is believed by the state that a message deploys it with, an item by
 * the message that its collection or owner sends it, a sale by its deployment. Forgeries pass too: only for
 * inputs that are trusted.
 */
export function assumed(transactions: readonly TonTransaction[]): Answers {
  const jettonWallets: Record<string, JettonWalletFacts> = {};
  const items: Record<string, Answers['items'][string]> = {};
  const sales: Record<string, Answers['sales'][string]> = {};
  const codeHashes: Record<string, string> = {};
  const messages = transactions.flatMap(({ inMessage, outMessages }) => [
    ...(inMessage ? [inMessage] : []),
    ...outMessages,
  ]);
  for (const message of messages) {
    const { destination, source } = message;
    if (destination === null) continue;
    const state = message.init();
    if (state?.code) {
      const codeHash = state.code.hash();
      codeHashes[destination] = codeHash;
      const wallet = walletState(state.data);
      if (wallet !== null && readInternalTransfer(message) !== null) jettonWallets[destination] = wallet;
      const sale = state.data && readSaleState(codeHash, state.data);
      if (sale) sales[destination] = sale;
      else if (wallet === null && source !== null && items[destination] === undefined)
        items[destination] = itemState(state.data, source);
    }
    if (message.opcode === NFT.transfer) items[destination] ??= { collection: null, index: null };
  }
  spread(messages, jettonWallets);
  return { jettonWallets, items, sales, codeHashes };
}

/**
 * A wallet that orders another with a known master is of the same master; its owner is who gave it the order.
 */
function spread(
  messages: readonly TonTransaction['outMessages'][number][],
  wallets: Record<string, JettonWalletFacts>,
): void {
  for (const message of messages) {
    const { source, destination } = message;
    if (source === null || destination === null || readInternalTransfer(message) === null) continue;
    const master = wallets[destination]?.master;
    if (master === undefined || source === master || wallets[source] !== undefined) continue;
    const order = messages.find((other) => other.destination === source && readTransfer(other) !== null);
    if (order?.source != null) wallets[source] = { master, owner: order.source };
  }
}

/**
 * Data of the reference jetton wallet: balance, owner, master, code (newer ones begin with four bits of
 * status, and leave the code out).
 */
function walletState(data: Parameters<typeof readCell>[0]): JettonWalletFacts | null {
  for (const skip of [0, 4]) {
    const facts = readCell(data, (slice) => {
      slice.skip(skip).loadCoins();
      const [owner, master] = [loadRaw(slice), loadRaw(slice)];
      return owner !== null && master !== null && slice.remainingBits <= 8 ? { owner, master } : null;
    });
    if (facts !== null) return facts;
  }
  return null;
}

/** Data of the reference item before its initialisation: index, collection. */
function itemState(data: Parameters<typeof readCell>[0], source: string): Answers['items'][string] {
  for (const bits of [64, 256]) {
    const facts = readCell(data, (slice) => ({ index: slice.loadUintBig(bits), collection: loadRaw(slice) }));
    if (facts !== null && facts.collection === source) return facts;
  }
  return null;
}
