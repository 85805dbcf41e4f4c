/** What catching up has found so far. */
import type { DecodedTransaction, Finality } from '../events/event.js';
import type { FoundTransaction } from '../readers/reader.js';

export interface Findings {
  /** Address → the block that it was discovered in. Grows with what the transactions make known. */
  readonly addresses: Map<string, number>;
  add(finality: Finality, found: Pick<FoundTransaction, 'transaction' | 'source'>): void;
  /** Transactions read with this finality, each once, in the chain's order. */
  transactions(finality: Finality): readonly DecodedTransaction[];
  /** Endpoint that gave the last of them. */
  source(finality: Finality): string;
}

export function createFindings(addresses: ReadonlyMap<string, number>): Findings {
  const found = {
    confirmed: new Map<string, DecodedTransaction>(),
    finalized: new Map<string, DecodedTransaction>(),
  };
  const sources = { confirmed: '', finalized: '' };
  return {
    addresses: new Map(addresses),
    add: (finality, { transaction, source }) => {
      found[finality].set(transaction.transactionHash, transaction);
      sources[finality] = source;
    },
    transactions: (finality) => [...found[finality].values()].sort(inChainOrder),
    source: (finality) => sources[finality],
  };
}

export function inChainOrder(a: DecodedTransaction, b: DecodedTransaction): number {
  return a.block - b.block || a.transactionIndex - b.transactionIndex;
}
