/** Solana as listener/, replay/ and discovery/ see it: the RPC source and the decoders joined, with the followed creators' NFTs found on the way. */
import { mapInOrder } from '../../chains/http/in-order.js';
import { createSolanaSource, type SolanaSourceOptions } from '../../chains/solana/source.js';
import type { SolanaBlock, SolanaTransaction } from '../../chains/solana/transaction.js';
import type { SolanaFollow } from '../../decoders/solana/follow.js';
import { createSolanaDecoder, type SolanaDecoderOptions } from '../../decoders/solana/registry.js';
import type { BlockLink } from '../../events/batch.js';
import type { DecodedTransaction } from '../../events/event.js';
import { toJson } from '../../events/json.js';
import { NdxError } from '../../runtime/errors.js';
import { type ChainReader, fingerprintOf } from '../reader.js';
import { createKnownNfts, type KnownNfts } from './known-nfts.js';

export interface SolanaReaderOptions extends Omit<SolanaSourceOptions, 'keys'> {
  readonly follow: SolanaFollow;
  /** What each decoder made of the transactions that name its programs. */
  readonly observe?: SolanaDecoderOptions['observe'];
}

export interface SolanaReader extends ChainReader {
  close(): Promise<void>;
}

export function createSolanaReader({ follow, observe, ...options }: SolanaReaderOptions): SolanaReader {
  const known = createKnownNfts();
  const decoder = createSolanaDecoder(follow, { known, ...(observe ? { observe } : {}) });
  const source = createSolanaSource({ ...options, keys: growingKeys(decoder.keys, known) });
  // With `all`, every NFT is ours without being known by name.
  const discovers = follow.nfts.creators.length > 0 && !follow.nfts.all;
  const named = new Set(follow.nfts.mints);

  /** Every mint of a followed creator, known before or not: whoever reads the block again has to hear of it again. */
  const discover = (transactions: readonly DecodedTransaction[], block: number): string[] => {
    if (!discovers) return [];
    const found = new Set<string>();
    for (const { events } of transactions) {
      for (const { kind, outcome, asset, decoder: by } of events) {
        if (
          kind === 'mint' &&
          outcome === 'ok' &&
          asset.kind === 'nft' &&
          MINT_DECODERS.has(by) &&
          !named.has(asset.address)
        )
          found.add(asset.address);
      }
    }
    for (const address of found) known.add(address, block);
    return [...found];
  };

  const decode = (of: SolanaBlock | null): DecodedTransaction[] => {
    if (of === null) return [];
    known.lookFrom(of.slot);
    return of.transactions.map(decoder.decode).filter((transaction) => transaction !== null);
  };

  const readTransaction: ChainReader['readTransaction'] = async (hash, signal) => {
    const raw = await source.transaction(hash, signal);
    if (!raw) return null;
    known.lookFrom(raw.slot);
    return {
      transaction: decoder.decode(raw) ?? nothingOfOurs(raw),
      source: source.endpointsState()[0]?.name ?? 'solana',
    };
  };

  return {
    chain: 'solana',
    fingerprint: fingerprintOf(decoder.parts, follow),
    genesis: source.genesis,
    tip: source.tip,
    firstAvailable: source.firstAvailable,
    discovers,
    lookAhead: LOOK_AHEAD,
    follow: (addresses) => {
      if (discovers) for (const [address, mintedIn] of addresses) known.add(address, mintedIn);
    },
    forgetFrom: known.forgetFrom,
    async *read(range, { finality, concurrency, signal }) {
      for await (const { fromBlock, toBlock, block, again, raw, source: name } of source.read(range, {
        finality,
        concurrency,
        signal,
      })) {
        let transactions = decode(block);
        const discovered = discover(transactions, toBlock);
        // What was minted in this block may have moved in it too: those transactions name nothing that was followed before.
        if (discovered.length > 0 && again) transactions = decode(again());
        const link = block === null ? {} : { link: linkOf(block) };
        yield {
          fromBlock,
          toBlock,
          source: name,
          transactions,
          ...link,
          ...(raw ? { raw } : {}),
          ...(discovered.length > 0 ? { discovered } : {}),
        };
      }
    },
    decodeRaw: (slot, raw) => {
      const read = () => decode(source.readRaw(slot, raw));
      let transactions = read();
      const discovered = discover(transactions, slot);
      if (discovered.length > 0) transactions = read();
      return {
        fromBlock: slot,
        toBlock: slot,
        source: 'archive',
        transactions,
        ...(discovered.length > 0 ? { discovered } : {}),
      };
    },
    finalLink: async (block, signal) => linkOf(await source.finalHeader(block, signal)),
    readTransaction,
    async *readAddress(address, { fromBlock, toBlock }, { finality, signal, concurrency = 4 }) {
      const signatures = source.signatures(address, { from: fromBlock, to: toBlock, finality }, signal);
      yield* mapInOrder(signatures, concurrency, signal, async ({ signature, slot }, own) => {
        const found = await readTransaction(signature, own);
        // A list names it, so it is there, or a fork has just taken it: either way, what was read is not all.
        if (!found)
          throw new NdxError(
            'BLOCK_UNAVAILABLE',
            `Solana: no endpoint gives ${signature} of slot ${slot} yet`,
            { retryable: true },
          );
        return found;
      });
    },
    watch: (onHint, signal) => source.watch(() => onHint(), signal),
    silent: () => {
      const { silent, endpoint } = source.watchState();
      return silent ? endpoint : null;
    },
    close: () => source.close(),
  };
}

function linkOf(
  block: Pick<SolanaBlock, 'slot' | 'blockhash' | 'parentSlot' | 'previousBlockhash'>,
): BlockLink {
  return {
    block: block.slot,
    hash: block.blockhash,
    parent: block.parentSlot,
    parentHash: block.previousBlockhash,
  };
}

/** Spans in memory while late NFTs are caught up with. */
const LOOK_AHEAD = 512;
/** Decoders whose NFTs move by token instructions that do not name who made them. */
const MINT_DECODERS: ReadonlySet<string> = new Set(['spl-token']);

/** Asking the decoder for all keys at every block would cost more than the blocks: asks again when the set changed. */
function growingKeys(keys: () => string[], known: Pick<KnownNfts, 'revision'>): () => readonly string[] {
  let revision = -1;
  let list: readonly string[] = [];
  return () => {
    if (known.revision() !== revision) {
      list = keys();
      revision = known.revision();
    }
    return list;
  };
}

function nothingOfOurs(raw: SolanaTransaction): DecodedTransaction {
  const failed = raw.error !== null;
  return {
    chain: 'solana',
    block: raw.slot,
    blockTime: raw.blockTime,
    transactionIndex: raw.transactionIndex,
    transactionHash: raw.signature,
    outcome: failed ? 'failed' : 'ok',
    ...(failed ? { error: JSON.stringify(toJson(raw.error)) } : {}),
    events: [],
  };
}
