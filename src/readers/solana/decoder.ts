/**
 * Decodes Solana's blocks to what is ours in them, and finds the NFTs that a followed creator mints in them.
 * Asks no endpoint.
 */
import { followKeys } from '../../chains/solana/rpc/keys.js';
import { readBlock } from '../../chains/solana/rpc/read-block.js';
import { ErrorAnswer, NotABlock } from '../../chains/solana/rpc/scan.js';
import type { SolanaBlock, SolanaTransaction } from '../../chains/solana/transaction.js';
import type { SolanaFollow } from '../../decoders/solana/follow.js';
import { createSolanaDecoder } from '../../decoders/solana/registry.js';
import type { SolanaDecoderOptions } from '../../decoders/solana/solana-decoder.js';
import { wrap } from '../../decoders/solana/wrap.js';
import type { DecodedTransaction } from '../../events/event.js';
import { NdxError } from '../../runtime/errors.js';
import { BACKFILL_EVENTS } from '../limits.js';
import { type BlockDecoder, type DecodedSpan, fingerprintOf } from '../reader.js';
import { createKnownNfts, type KnownNfts } from './known-nfts.js';

export interface SolanaBlockDecoderOptions {
  readonly follow: SolanaFollow;
  /** Told what each decoder made of the transactions that name its programs. */
  readonly observe?: SolanaDecoderOptions['observe'];
}

export interface SolanaBlockDecoder extends BlockDecoder {
  /**
   * Base58 addresses: a transaction of ours names one of them. The same array, which grows by what is found,
   * until something is forgotten.
   */
  keys(): readonly string[];
  /** @param again the block as the keys of now show it: read when something in it made more addresses ours */
  decodeBlock(
    block: SolanaBlock,
    again: (() => SolanaBlock) | undefined,
  ): Pick<DecodedSpan, 'transactions' | 'discovered'>;
  /** A transaction that holds nothing of ours has no events. */
  decodeTransaction(transaction: SolanaTransaction): DecodedTransaction;
}

/** At most 200 slots a batch, so that a range with few events is reconciled while it is still being read. */
const BACKFILL = { maxEvents: BACKFILL_EVENTS, maxBlocks: 200 };
/** Decoders whose NFTs later move by instructions that name neither their creator nor their collection. */
const SILENT_DECODERS: ReadonlySet<string> = new Set(['spl-token', 'bubblegum']);

export function createSolanaBlockDecoder({ follow, observe }: SolanaBlockDecoderOptions): SolanaBlockDecoder {
  const known = createKnownNfts();
  const decoder = createSolanaDecoder(follow, { known, ...(observe ? { observe } : {}) });
  const keys = growingKeys(decoder.keys, known);
  const finder = followKeys(keys);
  // With `all`, every NFT is ours without being known by name.
  const voices = follow.nfts.creators.length + follow.nfts.collections.length;
  const discovers = voices > 0 && !follow.nfts.all;
  const named = new Set(follow.nfts.mints);

  /**
   * Makes every NFT known that a followed creator or collection mints or updates, and returns all of them,
   * known before or not: whoever reads the block again has to hear of them again.
   */
  const discover = (transactions: readonly DecodedTransaction[], block: number): string[] => {
    if (!discovers) return [];
    const found = new Set<string>();
    for (const { events } of transactions) {
      for (const { kind, outcome, asset, decoder: by } of events) {
        if (
          (kind === 'mint' || kind === 'update') &&
          outcome === 'ok' &&
          asset.kind === 'nft' &&
          SILENT_DECODERS.has(by) &&
          !named.has(asset.address)
        ) {
          found.add(asset.address);
          // An update of one that is known already does not make it known later than it was.
          if (kind === 'mint' || !known.has(asset.address, block)) known.add(asset.address, block);
        }
      }
    }
    return [...found];
  };

  const decode = (block: SolanaBlock): DecodedTransaction[] =>
    block.transactions.map(decoder.decode).filter((transaction) => transaction !== null);

  const decodeBlock: SolanaBlockDecoder['decodeBlock'] = (block, again) => {
    const transactions = decode(block);
    const discovered = discover(transactions, block.slot);
    if (discovered.length === 0) return { transactions };
    // What was minted in this block may have moved in it too, in transactions that name no address followed
    // before.
    return { transactions: again ? decode(again()) : transactions, discovered };
  };

  return {
    chain: 'solana',
    fingerprint: fingerprintOf(decoder.parts, follow),
    firstBlock: 0,
    backfill: BACKFILL,
    discovers,
    // The mints of followed creators stand in the ledger.
    discoveriesIn: 'ledger',
    follow: (addresses) => {
      if (discovers) for (const [address, mintedIn] of addresses) known.add(address, mintedIn);
    },
    forgetFrom: known.forgetFrom,
    keys,
    decodeBlock,
    decodeTransaction: (transaction) => decoder.decode(transaction) ?? nothingOfOurs(transaction),
    decodeRaw: (slot, raw) => {
      const read = () => readArchived(slot, raw, finder());
      return { fromBlock: slot, toBlock: slot, source: 'archive', ...decodeBlock(read(), read) };
    },
  };
}

function readArchived(slot: number, raw: Uint8Array, keys: Parameters<typeof readBlock>[2]): SolanaBlock {
  try {
    return readBlock(slot, Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength), keys);
  } catch (error) {
    if (!(error instanceof NotABlock) && !(error instanceof ErrorAnswer)) throw error;
    const message = `the archived solana block ${slot} cannot be read: ${error.message}`;
    throw new NdxError('BLOCK_UNAVAILABLE', message, { cause: error });
  }
}

/**
 * The decoder's addresses, kept up to date with what becomes known: asking the decoder for all of them at
 * every mint would cost as much as there are.
 */
function growingKeys(keys: () => string[], known: Pick<KnownNfts, 'list'>): () => readonly string[] {
  let list: string[] = [];
  let of: readonly string[] | undefined;
  let taken = 0;
  return () => {
    const now = known.list();
    if (now !== of) list = keys();
    else for (; taken < now.length; taken += 1) list.push(now[taken] as string);
    of = now;
    taken = now.length;
    return list;
  };
}

function nothingOfOurs(transaction: SolanaTransaction): DecodedTransaction {
  return wrap(transaction, [], []);
}
