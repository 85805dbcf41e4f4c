/**
 * Decodes TON's blocks to what is ours in them, and finds the accounts that become ours by them. Asks no
 * endpoint.
 */
import type { TonTransaction } from '../../chains/ton/transaction.js';
import type { TonDecoder, TonDecoderOptions } from '../../decoders/ton/decoder.js';
import type { TonFollow } from '../../decoders/ton/follow.js';
import { createTonDecoder } from '../../decoders/ton/registry.js';
import type { DecodedTransaction } from '../../events/event.js';
import { BACKFILL_EVENTS } from '../limits.js';
import { type BlockDecoder, type DecodedSpan, fingerprintOf } from '../reader.js';
import { createTonAccounts, type TonAccounts } from './discover.js';
import type { TonFacts } from './facts.js';
import { factsOf, sellsBy, type TonMaterial, unpackTonBlock } from './raw.js';

export interface TonBlockDecoderOptions {
  readonly follow: TonFollow;
  /** Told what each decoder made of the transactions that it was asked about. */
  readonly observe?: TonDecoderOptions['observe'];
}

/** What is ours in a block. */
export interface Read {
  readonly transactions: readonly DecodedTransaction[];
  readonly discovered: readonly string[];
  /** All that was decoded, whether it holds anything of ours or not: the archive keeps it. */
  readonly materials: readonly TonMaterial[];
}

type IsSale = TonFacts['isSale'];

export interface TonBlockDecoder extends BlockDecoder {
  readonly decoder: TonDecoder;
  readonly accounts: TonAccounts;
  /** Fingerprint of what is followed, whatever decodes it. */
  readonly followed: string;
  /** Accounts that become ours by a transaction, and by what it was decoded to. */
  foundBy(transaction: TonTransaction, decoded: DecodedTransaction | null, isSale: IsSale): readonly string[];
}

/**
 * At most 100 masterchain blocks a batch, so that a range with few events is reconciled while it is still
 * being read; a masterchain block takes longer to read than a slot.
 */
const BACKFILL = { maxEvents: BACKFILL_EVENTS, maxBlocks: 100 };

export function createTonBlockDecoder({ follow, observe }: TonBlockDecoderOptions): TonBlockDecoder {
  const decoder = createTonDecoder(follow, { observe });
  const accounts = createTonAccounts(follow);
  const followed = fingerprintOf([], follow);

  const foundBy: TonBlockDecoder['foundBy'] = (transaction, decoded, isSale) =>
    follow.all ? [] : [...accounts.madeKnownBy(transaction), ...(decoded ? salesOf(decoded, isSale) : [])];

  function readArchived(block: number, raw: Uint8Array): Read {
    const materials = unpackTonBlock(block, followed, raw);
    const isSale: IsSale = (address, at) =>
      sellsBy(
        materials.map((material) => material.facts),
        address,
        at.block,
      );
    const discovered = new Set<string>();
    const transactions: DecodedTransaction[] = [];
    for (const material of materials) {
      const { transaction } = material.input;
      const { transaction: decoded, needs } = decoder.decode(material.input, factsOf(material.facts));
      // Newer decoders may ask for facts that the archive does not hold: such a block has to be read again
      // from an endpoint.
      const missing = needs.map(({ kind, address }) => `${kind} ${address}`).join(', ');
      const ours =
        needs.length > 0
          ? undecodable(transaction, `the archive does not hold what decoding asks for: ${missing}`)
          : decoded;
      if (ours) transactions.push(ours);
      for (const account of foundBy(transaction, ours, isSale)) discovered.add(account);
    }
    accounts.add(discovered);
    return { transactions: transactions.sort(byPlace), discovered: [...discovered], materials };
  }

  return {
    chain: 'ton',
    fingerprint: fingerprintOf(decoder.parts, follow),
    firstBlock: 1,
    backfill: BACKFILL,
    discovers: !follow.all,
    discoveriesIn: 'accounts',
    follow: (addresses) => accounts.add([...addresses].map(([address]) => address)),
    decoder,
    accounts,
    followed,
    foundBy,
    decodeRaw: (block, raw) => ({
      fromBlock: block,
      toBlock: block,
      source: 'archive',
      ...spanOf(readArchived(block, raw)),
    }),
  };
}

/** Sale contracts that an event of an NFT names: those that it was handed to, or came from. */
function salesOf({ events, block }: DecodedTransaction, isSale: IsSale): string[] {
  const held = events
    .filter(({ asset, outcome }) => asset.kind === 'nft' && outcome === 'ok')
    .flatMap(({ details, to, from }) => {
      const named = [to, from, ...Object.values(details ?? {})];
      return named.filter((value): value is string => typeof value === 'string');
    });
  return held.filter((address) => isSale(address, { block, lt: 0n }));
}

/** What a span says of a block that was read; `discovered` is left out where there is nothing. */
export function spanOf({ transactions, discovered }: Read): Pick<DecodedSpan, 'transactions' | 'discovered'> {
  return { transactions, ...(discovered.length > 0 ? { discovered } : {}) };
}

/** Order of transactions inside one block. */
export function byPlace(a: DecodedTransaction, b: DecodedTransaction): number {
  return a.transactionIndex - b.transactionIndex;
}

/** A transaction without events, with the problem that says why it could not be decoded. */
export function undecodable(transaction: TonTransaction, message: string): DecodedTransaction {
  return { ...nothingOfOurs(transaction), problems: [{ code: 'undecodable', message }] };
}

/** A transaction without events. */
export function nothingOfOurs(transaction: TonTransaction): DecodedTransaction {
  return {
    chain: 'ton',
    block: transaction.block,
    blockTime: transaction.now,
    transactionIndex: transaction.transactionIndex,
    transactionHash: transaction.hash,
    outcome: transaction.aborted ? 'failed' : 'ok',
    events: [],
  };
}
