/** `ndx decode --chain ton`: documents → transactions with what caused them → canonical events, offline. */
import type { Readable } from 'node:stream';
import { inputsOf } from '../../../chains/ton/normalise/family.js';
import type { TonInput, TonTransaction } from '../../../chains/ton/transaction.js';
import type { ContractFacts, FactNeed } from '../../../decoders/ton/contract-facts.js';
import type { TonDecoder, TonFinding } from '../../../decoders/ton/decoder.js';
import type { TonFollow } from '../../../decoders/ton/follow.js';
import { createTonDecoder } from '../../../decoders/ton/registry.js';
import type { DecodedTransaction } from '../../../events/event.js';
import { messageOf, NdxError } from '../../../runtime/errors.js';
import { readDocuments } from '../../recorded/documents.js';
import { readBocText, readTonDocument } from './document.js';
import { assumed, createTonFacts, firstOf, type TonFacts, withoutDoubt } from './facts.js';

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
  // Transactions of separate documents may belong together, in any order: they wait for the end of the input.
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
  const known = options.assumeVerified ? firstOf(facts.known, fromMessages(transactions)) : facts.known;
  for (const input of inputsOf(transactions)) {
    const decoded = decodeOffline(decoder, input, known, options);
    if (decoded !== null) options.event(decoded);
  }
}

function fromMessages(transactions: readonly TonTransaction[]): ContractFacts {
  const facts = createTonFacts();
  facts.add(assumed(transactions));
  return facts.known;
}

/**
 * Decodes without asking anybody: what stays unknown counts as "no such contract", and a note says so where
 * that kept something from being believed.
 */
function decodeOffline(
  decoder: TonDecoder,
  input: TonInput,
  known: ContractFacts,
  options: TonDecoding,
): DecodedTransaction | null {
  const { note, why } = options;
  const { hash } = input.transaction;
  const first = decoder.decode(input, known);
  const settled = first.needs.length === 0 ? known : withoutDoubt(known);
  for (const need of first.needs) if (worthSaying(need)) note(`${hash}: ${describe(need)}`);
  if (!why) return first.needs.length === 0 ? first.transaction : decoder.decode(input, settled).transaction;
  const { transaction, findings } = decoder.explain(input, settled);
  for (const finding of findings) why(hash, finding);
  return transaction;
}

/** That an ordinary account is no sale contract or no item is not worth a note. */
function worthSaying({ kind }: FactNeed): boolean {
  return kind === 'jetton-wallet' || kind === 'wallet-of';
}

function describe(need: FactNeed): string {
  return need.kind === 'wallet-of'
    ? `which jetton wallet ${need.owner} has of ${need.address} is not known offline`
    : `${need.address} is not known offline to be a jetton wallet (give "interfaces" or "facts" in the input, or --assume-verified)`;
}
