/**
 * A final chain in memory whose endpoint can be told to answer for another one: a load balancer that mixes
 * networks, or a node on a branch that nobody else knows. Every block holds one transaction; there are no
 * skipped numbers.
 */
import type { BlockLink } from '../../src/events/batch.js';
import type { DecodedTransaction } from '../../src/events/event.js';
import type { ChainReader, DecodedSpan } from '../../src/readers/reader.js';
import { NdxError } from '../../src/runtime/errors.js';
import { createFakeChain, transactionOf } from './fake-chain.js';

export interface TwoChains {
  readonly reader: ChainReader;
  /** Newest block of both, unless `tip` says otherwise. */
  head: number;
  /** What the endpoint says is its newest block; null: the truth. */
  tip: number | null;
  /** The chain that is answered for. */
  of: 'ours' | 'theirs';
  /** Whether the other chain names another first block. */
  foreign: boolean;
  /** Endpoints that were doubted, one entry a time. */
  readonly doubted: string[];
}

/** Both chains are one up to here, when `foreign` is false. */
export function createTwoChains(head: number, common = 0): TwoChains {
  const hash = (block: number, of: string) =>
    of === 'ours' || (!chain.foreign && block <= common) ? `hash-${block}` : `hash-${block}-theirs`;
  const linkOf = (block: number): BlockLink => ({
    block,
    hash: hash(block, chain.of),
    parent: block - 1,
    parentHash: hash(block - 1, chain.of),
  });
  const transaction = (block: number): DecodedTransaction => {
    const ours = transactionOf(block);
    return hash(block, chain.of) === `hash-${block}` ? ours : { ...ours, transactionHash: `false-${block}` };
  };
  const chain: TwoChains = {
    head,
    tip: null,
    of: 'ours',
    foreign: true,
    doubted: [],
    reader: {
      ...createFakeChain({ head: 1 }).reader,
      genesis: async () => (chain.of === 'theirs' && chain.foreign ? 'their genesis' : 'genesis'),
      tip: async () => {
        const newest = chain.tip ?? chain.head;
        return { head: newest, headTime: null, finalized: newest, finalizedTime: null, source: 'fake' };
      },
      finalNames: async (block) => {
        if (block > chain.head) throw new NdxError('BLOCK_UNAVAILABLE', 'not there', { retryable: true });
        return [{ block, hash: hash(block, chain.of), source: 'fake' }];
      },
      doubt: (source) => void chain.doubted.push(source),
      async *read({ fromBlock, toBlock }, { signal }): AsyncGenerator<DecodedSpan> {
        for (let block = Math.max(1, fromBlock); block <= Math.min(toBlock, chain.head); block += 1) {
          signal.throwIfAborted();
          await new Promise((done) => setImmediate(done));
          const span = { fromBlock: block, toBlock: block, source: 'fake' };
          yield { ...span, transactions: [transaction(block)], link: linkOf(block) };
        }
      },
    },
  };
  return chain;
}
