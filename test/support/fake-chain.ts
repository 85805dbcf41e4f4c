/**
 * A chain in memory for tests of ingest: one transaction a block, every seventh block number skipped, faults
 * on demand.
 */
import type { DecodedTransaction } from '../../src/events/event.js';
import type { ChainReader, DecodedSpan } from '../../src/readers/reader.js';
import { NdxError } from '../../src/runtime/errors.js';

export interface FakeChain {
  readonly reader: ChainReader;
  /** Grows the chain to this head; finalized stays `lag` behind. */
  grow(head: number): void;
  /** Blocks that no endpoint gives. */
  readonly missing: Set<number>;
  /** How often each block was read. */
  readonly reads: Map<number, number>;
  /** Thrown by every call while set. */
  outage: Error | null;
}

/**
 * An NFT that one block mints and others move; it is ours only for a reader that has seen its mint, or the
 * block in which a followed collection vouched for it.
 */
export interface FakeNft {
  readonly address: string;
  readonly mintedAt: number;
  readonly movedAt: readonly number[];
  readonly verifiedAt?: number;
}

export const skipped = (block: number): boolean => block % 7 === 3;

export function createFakeChain(options: {
  readonly head: number;
  readonly lag?: number;
  readonly genesis?: string;
  readonly nfts?: readonly FakeNft[];
}): FakeChain {
  let head = options.head;
  const lag = options.lag ?? 0;
  const hints = new Set<() => void>();
  const finalized = () => {
    let block = Math.max(0, head - lag);
    while (skipped(block)) block -= 1;
    return block;
  };
  const nfts = options.nfts ?? [];
  /** From which block on each is ours. */
  const known = new Map<string, number>();
  const knows = (address: string, block: number) => (known.get(address) ?? Number.POSITIVE_INFINITY) <= block;
  const follow = (address: string, since: number) =>
    void known.set(address, Math.min(since, known.get(address) ?? since));
  /** The block that makes it ours for whoever reads it. */
  const foundAt = ({ mintedAt, verifiedAt }: FakeNft) => verifiedAt ?? mintedAt;
  const showsIn = (nft: FakeNft, block: number) =>
    foundAt(nft) === block ||
    ((nft.mintedAt === block || nft.movedAt.includes(block)) && knows(nft.address, block));
  /** The block's transactions as a reader with this knowledge sees them. */
  const decoded = (block: number): DecodedTransaction => {
    const plain = transactionOf(block);
    const ours = nfts.filter((nft) => showsIn(nft, block));
    return { ...plain, events: [...plain.events, ...ours.map((nft, at) => nftEvent(nft, block, at))] };
  };
  const chain: FakeChain = {
    grow: (to) => {
      head = to;
      for (const hint of hints) hint();
    },
    missing: new Set(),
    reads: new Map(),
    outage: null,
    reader: {
      chain: 'solana',
      fingerprint: 'fake000000000000',
      firstBlock: 0,
      backfill: { maxEvents: 4000, maxBlocks: 200 },
      discovers: nfts.length > 0,
      discoveriesIn: 'ledger',
      follow: (addresses) => {
        for (const [address, since] of addresses) follow(address, since);
      },
      genesis: async () => options.genesis ?? 'genesis',
      firstAvailable: async () => 0,
      tip: async () => {
        if (chain.outage) throw chain.outage;
        return {
          head,
          headTime: 1_700_000_000 + head,
          finalized: finalized(),
          finalizedTime: 1_700_000_000 + finalized(),
          source: 'fake',
        };
      },
      async *read({ fromBlock, toBlock }, { signal }): AsyncGenerator<DecodedSpan> {
        let from = fromBlock;
        for (let block = fromBlock; block <= Math.min(toBlock, head); block++) {
          signal.throwIfAborted();
          if (chain.outage) throw chain.outage;
          if (chain.missing.has(block))
            throw new NdxError('BLOCK_UNAVAILABLE', `block ${block} is missing`, { retryable: true });
          if (skipped(block)) continue;
          chain.reads.set(block, (chain.reads.get(block) ?? 0) + 1);
          await new Promise((done) => setImmediate(done));
          const here = nfts.filter((nft) => foundAt(nft) === block);
          for (const { address } of here) follow(address, block);
          const discovered = here.map(({ address }) => address);
          const earlier = here.flatMap((nft) => (nft.verifiedAt === undefined ? [] : [nft.address]));
          const found = discovered.length > 0 ? { discovered, earlier } : {};
          yield { fromBlock: from, toBlock: block, source: 'fake', transactions: [decoded(block)], ...found };
          from = block + 1;
        }
        // The end is proven skipped only by a later block.
        if (from <= toBlock && toBlock < head)
          yield { fromBlock: from, toBlock, source: 'fake', transactions: [] };
      },
      readTransaction: async (hash) => {
        const block = Number(hash.split('-')[1]);
        return block <= head && !skipped(block) ? { transaction: decoded(block), source: 'fake' } : null;
      },
      async *readAddress(address, { fromBlock, toBlock }) {
        const nft = nfts.find((item) => item.address === address);
        for (const block of new Set([nft?.mintedAt ?? -1, nft?.verifiedAt ?? -1, ...(nft?.movedAt ?? [])])) {
          if (block >= fromBlock && block <= Math.min(toBlock, head))
            yield { transaction: decoded(block), source: 'fake' };
        }
      },
      watch: (onHint, signal) => {
        hints.add(onHint);
        signal.addEventListener('abort', () => hints.delete(onHint));
      },
    },
  };
  return chain;
}

function nftEvent(nft: FakeNft, block: number, at: number): DecodedTransaction['events'][number] {
  const minted = block === nft.mintedAt;
  return {
    eventIndex: 4096 + at,
    kind: minted ? 'mint' : block === nft.verifiedAt ? 'update' : 'transfer',
    outcome: 'ok',
    decoder: 'spl-token',
    decoderVersion: 1,
    asset: { kind: 'nft', address: nft.address },
    ...(minted ? {} : { from: 'alice' }),
    to: `owner-${block}`,
    amount: 1n,
    decimals: 0,
  };
}

export function transactionOf(block: number): DecodedTransaction {
  return {
    chain: 'solana',
    block,
    blockTime: 1_700_000_000 + block,
    transactionIndex: 0,
    transactionHash: `tx-${block}`,
    outcome: 'ok',
    events: [
      {
        eventIndex: 0,
        kind: 'transfer',
        outcome: 'ok',
        decoder: 'fake',
        decoderVersion: 1,
        asset: { kind: 'token', address: 'mint' },
        from: 'alice',
        to: 'bob',
        amount: BigInt(block),
        decimals: 9,
      },
    ],
  };
}
