/** What catching up has found so far. */
import type { OwedCheck } from '../events/batch.js';
import type { DecodedTransaction, Finality } from '../events/event.js';
import type { FoundTransaction } from '../readers/reader.js';

export interface Findings {
  /** Each address with the block that it was discovered in. Grows with what the transactions discover. */
  readonly addresses: Map<string, number>;
  /** Whether a transaction of this hash was found. */
  has(hash: string): boolean;
  add(finality: Finality, found: Pick<FoundTransaction, 'transaction' | 'source' | 'owed'>): void;
  /** Transactions read with this finality, each once, in the order of the chain. */
  transactions(finality: Finality): readonly DecodedTransaction[];
  /** Name of the endpoint that gave the last of them; empty when there are none. */
  source(finality: Finality): string;
  /** What is owed of their blocks. */
  owed(finality: Finality): readonly OwedCheck[];
}

/** @param addresses address → the block in which it was discovered */
export function createFindings(addresses: ReadonlyMap<string, number>): Findings {
  const found = {
    confirmed: new Map<string, DecodedTransaction>(),
    finalized: new Map<string, DecodedTransaction>(),
  };
  const sources = { confirmed: '', finalized: '' };
  const owing: Record<Finality, OwedCheck[]> = { confirmed: [], finalized: [] };
  return {
    addresses: new Map(addresses),
    has: (hash) => found.confirmed.has(hash) || found.finalized.has(hash),
    add: (finality, { transaction, source, owed = [] }) => {
      found[finality].set(transaction.transactionHash, transaction);
      sources[finality] = source;
      owing[finality].push(...owed);
    },
    transactions: (finality) => [...found[finality].values()].sort(inChainOrder),
    source: (finality) => sources[finality],
    owed: (finality) => owing[finality],
  };
}

/** Order of transactions by block, then by their place in it. */
export function inChainOrder(a: DecodedTransaction, b: DecodedTransaction): number {
  return a.block - b.block || a.transactionIndex - b.transactionIndex;
}
