/** What verify needs of a chain: its reader (blocks and transactions, decoded) and its oracle (state now). */
import type { ChainOracle } from '../chains/oracle.js';
import type { Tip } from '../chains/source.js';
import type { Chain, DecodedTransaction, Finality } from '../events/event.js';
import type { BlockRange } from '../events/range.js';

interface Read {
  readonly transaction: DecodedTransaction;
  readonly source: string;
}

/** The part of ingest's ChainReader that verify uses. */
export interface HistoryReader {
  readonly chain: Chain;
  readonly fingerprint: string;
  readonly discovers: boolean;
  follow(addresses: Iterable<readonly [string, number]>): void;
  tip(signal: AbortSignal): Promise<Tip>;
  firstAvailable(signal: AbortSignal): Promise<number>;
  read(
    range: BlockRange,
    options: { readonly finality: Finality; readonly concurrency: number; readonly signal: AbortSignal },
  ): AsyncIterable<
    BlockRange & { readonly transactions: readonly DecodedTransaction[]; readonly source: string }
  >;
  readTransaction(hash: string, signal: AbortSignal, block?: number): Promise<Read | null>;
  readAddress(
    address: string,
    range: BlockRange,
    options: { readonly finality: Finality; readonly signal: AbortSignal },
  ): AsyncIterable<Read>;
}

export interface ChainView {
  readonly reader: HistoryReader;
  /** null: the chain's state cannot be asked for; its history is read in its place. */
  readonly oracle: ChainOracle | null;
}
