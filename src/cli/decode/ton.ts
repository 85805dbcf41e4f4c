/** `ndx decode --chain ton`: documents → transactions with what caused them → canonical events, offline. */
import type { Readable } from 'node:stream';
import { inputsOf } from '../../chains/ton/normalise/family.js';
import type { TonInput, TonTransaction } from '../../chains/ton/transaction.js';
import type { TonDecoder, TonFinding } from '../../decoders/ton/decoder.js';
import type { TonFollow } from '../../decoders/ton/follow.js';
import type { TonKnowledge, TonNeed } from '../../decoders/ton/knowledge.js';
import { createTonDecoder } from '../../decoders/ton/registry.js';
import type { DecodedTransaction } from '../../events/event.js';
import { messageOf, NdxError } from '../../runtime/errors.js';
import { readDocuments } from './documents.js';
import { readBocText, readTonDocument } from './ton-document.js';
import { assumed, createTonFacts, type TonFacts, withoutDoubt } from './ton-facts.js';

export const NOTHING_OF_TON: TonFollow = { jettons: [], collections: [], items: [], staking: [], all: false };

export interface TonDecoding {
  readonly follow: TonFollow;
  /** Believe what the messages themselves suggest of contracts that the input says nothing of. */
  readonly assumeVerified: boolean;
  /** Say of each transaction which decoder matched it, which nearly did, and why. */
  readonly why?: ((transaction: string, finding: TonFinding) => void) | undefined;
  event(transaction: DecodedTransaction): void;
  note(text: string): void;
}

/** @returns how many documents could not be read; each was noted */
export async function decodeTon(input: Readable, options: TonDecoding): Promise<number> {
  const decoder = createTonDecoder(options.follow);
  const shared = createTonFacts();
  // Transactions that came one by one may belong together, whatever their order: they wait for the end of the input.
  const loose: TonTransaction[] = [];
  let unread = 0;
  for await (const { place, value, error } of readDocuments(input, readBocText)) {
    try {
      if (error !== undefined)
        throw new NdxError('INPUT_INVALID', `neither JSON nor a bag of cells: ${error}`);
      const { transactions, answers, whole } = readTonDocument(value);
      const facts = whole ? createTonFacts() : shared;
      for (const known of answers) facts.add(known);
      if (whole) decodeAll(decoder, transactions, facts, options);
      else loose.push(...transactions);
    } catch (failure) {
      if (!(failure instanceof NdxError)) throw failure;
      unread++;
      options.note(`${place}: ${messageOf(failure)}`);
    }
  }
  decodeAll(decoder, loose, shared, options);
  return unread;
}

function decodeAll(
  decoder: TonDecoder,
  transactions: readonly TonTransaction[],
  facts: TonFacts,
  options: TonDecoding,
): void {
  const knowledge = options.assumeVerified
    ? firstOf(facts.knowledge, fromMessages(transactions))
    : facts.knowledge;
  for (const input of inputsOf(transactions)) {
    const decoded = decodeOffline(decoder, input, knowledge, options);
    if (decoded !== null) options.event(decoded);
  }
}

function fromMessages(transactions: readonly TonTransaction[]): TonKnowledge {
  const facts = createTonFacts();
  facts.add(assumed(transactions));
  return facts.knowledge;
}

/** Nobody can be asked: what stays unknown is taken for no such contract, and said where it kept something from being believed. */
function decodeOffline(
  decoder: TonDecoder,
  input: TonInput,
  knowledge: TonKnowledge,
  options: TonDecoding,
): DecodedTransaction | null {
  const { note, why } = options;
  const { hash } = input.transaction;
  const first = decoder.decode(input, knowledge);
  const settled = first.needs.length === 0 ? knowledge : withoutDoubt(knowledge);
  for (const need of first.needs) if (worthSaying(need)) note(`${hash}: ${describe(need)}`);
  if (!why) return first.needs.length === 0 ? first.transaction : decoder.decode(input, settled).transaction;
  const { transaction, findings } = decoder.explain(input, settled);
  for (const finding of findings) why(hash, finding);
  return transaction;
}

/** That an ordinary account is no sale contract, or no item, is no news. */
function worthSaying({ kind }: TonNeed): boolean {
  return kind === 'jetton-wallet' || kind === 'wallet-of';
}

function describe(need: TonNeed): string {
  return need.kind === 'wallet-of'
    ? `which jetton wallet ${need.owner} has of ${need.address} is not known offline`
    : `${need.address} is not known offline to be a jetton wallet (give "interfaces" or "facts" in the input, or --assume-verified)`;
}

function firstOf(a: TonKnowledge, b: TonKnowledge): TonKnowledge {
  const either = <T>(first: T | undefined, second: () => T | undefined) =>
    first === undefined ? second() : first;
  return {
    jettonWallet: (account, at) => either(a.jettonWallet(account, at), () => b.jettonWallet(account, at)),
    walletOf: (master, owner, at) =>
      either(a.walletOf(master, owner, at), () => b.walletOf(master, owner, at)),
    item: (account, at) => either(a.item(account, at), () => b.item(account, at)),
    sale: (account, at) => either(a.sale(account, at), () => b.sale(account, at)),
    codeHash: (account, at) => either(a.codeHash(account, at), () => b.codeHash(account, at)),
  };
}
