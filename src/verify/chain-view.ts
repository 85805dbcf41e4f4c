/**
 * What verify asks a chain for: blocks and transactions, which it decodes anew, and the chain's state now.
 */
import type { ChainOracle } from '../chains/oracle.js';
import type { ChainReader } from '../readers/reader.js';

export interface ChainView {
  readonly reader: Pick<
    ChainReader,
    | 'chain'
    | 'fingerprint'
    | 'firstBlock'
    | 'tip'
    | 'read'
    | 'readTransaction'
    | 'readAddress'
    | 'finalNames'
    | 'doubt'
  >;
  /** null: the chain's state cannot be asked for; its history is read instead. */
  readonly oracle: ChainOracle | null;
}
