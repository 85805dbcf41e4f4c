/**
 * Decodes Solana's blocks to what is ours in them, and finds the NFTs that a followed creator mints in them.
 * Asks no endpoint.
 */
import { followKeys } from '../../chains/solana/rpc/keys.js';
import { readBlock } from '../../chains/solana/rpc/read-block.js';
import { ErrorAnswer, NotABlock } from '../../chains/solana/rpc/scan.js';
import type { SolanaBlock, SolanaTransaction } from '../../chains/solana/transaction.js';
import type { SolanaFollow } from '../../decoders/solana/follow.js';
import { createdBy } from '../../decoders/solana/metadata/token-metadata.js';
import { createSolanaDecoder } from '../../decoders/solana/registry.js';
import type { SolanaDecoderOptions } from '../../decoders/solana/solana-decoder.js';
import { wrap } from '../../decoders/solana/wrap.js';
import type { DecodedTransaction } from '../../events/event.js';
import { NdxError } from '../../runtime/errors.js';
import { BACKFILL_EVENTS } from '../limits.js';
import { type BlockDecoder, type DecodedSpan, type FoundTransaction, fingerprintOf } from '../reader.js';
import { createKnownNfts, FROM_THE_BEGINNING, type KnownNfts } from './known-nfts.js';
import { createNftDiscovery } from './nft-discovery.js';

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
  decodeBlock(block: SolanaBlock, again: (() => SolanaBlock) | undefined): Decoded;
  /** The mint of a metadata account that was `unnamed`: what names the account is to be decoded again. */
  learnMint(metadata: string, mint: string): void;
  placeOf(address: string): string;
  /** A transaction that holds nothing of ours has no events. */
  decodeTransaction(
    transaction: SolanaTransaction,
  ): Pick<Decoded, 'unnamed'> & Required<Pick<FoundTransaction, 'transaction' | 'holders'>>;
}

export interface Decoded extends Pick<DecodedSpan, 'transactions' | 'discovered' | 'earlier'> {
  /**
   * Metadata accounts of which followed collections or creators changed something, and nobody knows the
   * mint.
   */
  readonly unnamed: readonly string[];
}

/** At most 200 slots a batch, so that a range with few events is reconciled while it is still being read. */
const BACKFILL = { maxEvents: BACKFILL_EVENTS, maxBlocks: 200 };
export function createSolanaBlockDecoder({ follow, observe }: SolanaBlockDecoderOptions): SolanaBlockDecoder {
  const known = createKnownNfts();
  const mints = new Map<string, string>();
  let unnamed: string[] = [];
  const decoder = createSolanaDecoder(follow, {
    known,
    mintOf: (metadata) => mints.get(metadata),
    unnamed: (metadata) => void unnamed.push(metadata),
    ...(observe ? { observe } : {}),
  });
  const keys = growingKeys(decoder.keys, known);
  const finder = followKeys(keys);
  const nfts = createNftDiscovery(follow, known);
  const learnMint = (metadata: string, mint: string): void => void mints.set(metadata, mint);

  const decode = (block: SolanaBlock): DecodedTransaction[] => {
    unnamed = [];
    return block.transactions.map(decoder.decode).filter((transaction) => transaction !== null);
  };

  const decodeBlock: SolanaBlockDecoder['decodeBlock'] = (block, again) => {
    const first = decode(block);
    const found = nfts.discover(first, block);
    if (found.length === 0) return { transactions: first, unnamed };
    // What was minted in this block may have moved in it too, in transactions that name no address followed
    // before.
    const transactions = again ? decode(again()) : first;
    return { transactions, ...nfts.discovered(found, transactions), unnamed };
  };

  /**
   * An archive cannot be asked for a mint: the transaction that made the metadata account is looked for
   * among the archived ones, as are those of an address that is ours from the beginning on.
   */
  const decodeArchived = (block: SolanaBlock, again: () => SolanaBlock): Omit<Decoded, 'unnamed'> => {
    for (const { instructions } of block.transactions)
      for (const instruction of instructions) {
        const link = createdBy(instruction);
        if (link !== null && known.since(link.metadata) !== undefined) learnMint(link.metadata, link.mint);
      }
    const { unnamed: wanted, discovered = [], earlier = [], transactions } = decodeBlock(block, again);
    if (wanted.length === 0 || !nfts.discovers) return { transactions, discovered, earlier };
    for (const metadata of wanted) known.add(metadata, FROM_THE_BEGINNING);
    return { transactions, discovered: [...discovered, ...wanted], earlier: [...earlier, ...wanted] };
  };

  return {
    chain: 'solana',
    fingerprint: fingerprintOf(decoder.parts, follow),
    firstBlock: 0,
    backfill: BACKFILL,
    discovers: nfts.discovers,
    findsEarlier: nfts.discovers,
    // The mints of followed creators stand in the ledger.
    discoveriesIn: 'ledger',
    follow: (addresses) => {
      if (nfts.discovers) for (const [address, since] of addresses) known.add(address, since);
    },
    forgetFrom: known.forgetFrom,
    keys,
    decodeBlock,
    learnMint,
    placeOf: nfts.placeOf,
    decodeTransaction: (transaction) => {
      unnamed = [];
      const decoded = decoder.decode(transaction) ?? nothingOfOurs(transaction);
      return { transaction: decoded, holders: nfts.holdersIn(transaction), unnamed };
    },
    decodeRaw: (slot, raw) => {
      const read = () => readArchived(slot, raw, finder());
      return { fromBlock: slot, toBlock: slot, source: 'archive', ...decodeArchived(read(), read) };
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
