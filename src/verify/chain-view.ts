/** What verify asks of a chain: blocks and transactions, decoded anew, and its state now. */
import type { ChainOracle } from '../chains/oracle.js';
import type { ChainReader } from '../readers/reader.js';

export interface ChainView {
  readonly reader: Pick<
    ChainReader,
    'chain' | 'fingerprint' | 'firstBlock' | 'tip' | 'read' | 'readTransaction' | 'readAddress'
  >;
  /** null: the chain's state cannot be asked for; its history is read in its place. */
  readonly oracle: ChainOracle | null;
}
