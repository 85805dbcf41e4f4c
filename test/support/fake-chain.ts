/** A chain in memory for tests of ingest: one transaction a block, every seventh block number skipped, faults on demand. */
import type { DecodedTransaction } from '../../src/events/event.js';
import type { ChainReader, DecodedSpan } from '../../src/ingest/reader.js';
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

export const skipped = (block: number): boolean => block % 7 === 3;

export function createFakeChain(options: { readonly head: number; readonly lag?: number; readonly genesis?: string }): FakeChain {
  let head = options.head;
  const lag = options.lag ?? 0;
  const hints = new Set<() => void>();
  const finalized = () => {
    let block = Math.max(0, head - lag);
    while (skipped(block)) block -= 1;
    return block;
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
      discovers: false,
      follow: () => undefined,
      genesis: async () => options.genesis ?? 'genesis',
      firstAvailable: async () => 0,
      tip: async () => {
        if (chain.outage) throw chain.outage;
        return { head, headTime: 1_700_000_000 + head, finalized: finalized(), finalizedTime: 1_700_000_000 + finalized(), source: 'fake' };
      },
      async *read({ fromBlock, toBlock }, { signal }): AsyncGenerator<DecodedSpan> {
        let from = fromBlock;
        for (let block = fromBlock; block <= Math.min(toBlock, head); block++) {
          signal.throwIfAborted();
          if (chain.outage) throw chain.outage;
          if (chain.missing.has(block)) throw new NdxError('BLOCK_UNAVAILABLE', `block ${block} is missing`, { retryable: true });
          if (skipped(block)) continue;
          chain.reads.set(block, (chain.reads.get(block) ?? 0) + 1);
          await new Promise((done) => setImmediate(done));
          yield { fromBlock: from, toBlock: block, source: 'fake', transactions: [transactionOf(block)] };
          from = block + 1;
        }
        // The end is proven skipped only by a later block.
        if (from <= toBlock && toBlock < head) yield { fromBlock: from, toBlock, source: 'fake', transactions: [] };
      },
      readTransaction: async (hash) => {
        const block = Number(hash.split('-')[1]);
        return block <= head && !skipped(block) ? { transaction: transactionOf(block), source: 'fake' } : null;
      },
      async *readAddress() {},
      watch: (onHint, signal) => {
        hints.add(onHint);
        signal.addEventListener('abort', () => hints.delete(onHint));
      },
    },
  };
  return chain;
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
