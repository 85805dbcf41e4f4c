/** What the decoder of Solana is given and returns; registry.ts composes it. */
import type { SolanaTransaction } from '../../chains/solana/transaction.js';
import type { DecodedTransaction } from '../../events/event.js';
import type { Finding, ProgramDecoder } from './decoder.js';
import type { SolanaFollow } from './follow.js';
import type { MintOf } from './metadata/token-metadata.js';

/**
 * `hit`: the decoder drafted events. `miss`: it drafted none although the transaction calls a program that it
 * reads. `error`: it threw.
 */
export type DecoderOutcome = 'hit' | 'miss' | 'error';

export interface SolanaDecoder {
  /** Names and versions of all decoders: part of the fingerprint under which blocks become covered. */
  readonly parts: readonly { readonly name: string; readonly version: number }[];
  /**
   * Base58 addresses: only a transaction that names one of them (as account, loaded account or token mint)
   * can be ours. Grows with `known`, so ask again when that set grew.
   */
  keys(): string[];
  /**
   * null: nothing is followed and nothing is wrong. Never throws, whatever the transaction holds: errors
   * become `problems`.
   */
  decode(transaction: SolanaTransaction): DecodedTransaction | null;
  /** Decodes, and says why each decoder matched or nearly did. */
  explain(transaction: SolanaTransaction): {
    readonly decoded: DecodedTransaction | null;
    readonly findings: readonly Finding[];
  };
}

/** NFTs discovered so far; a `Set` is one. */
export interface KnownNfts extends Iterable<string> {
  /**
   * Whether a transaction of this slot may count the NFT as known: discoveries of later slots do not count.
   */
  has(address: string, slot: number): boolean;
  readonly size: number;
}

export interface SolanaDecoderOptions {
  /**
   * NFTs minted by followed creators, as known so far. A later transfer of one does not name its creator, so
   * whoever reads the chain keeps this filled (from the ledger, and from mint events as they are decoded).
   */
  readonly known?: KnownNfts;
  /**
   * Mints of metadata accounts that earlier transactions named: an instruction that changes what an NFT
   * belongs to need not name its mint.
   */
  readonly mintOf?: MintOf;
  /**
   * Told of a metadata account whose mint nothing names, where a followed creator or collection changed what
   * its NFT belongs to: whoever finds out the mint decodes the transaction again.
   */
  readonly unnamed?: (metadata: string) => void;
  /**
   * For counters: told of each decoder and transaction. Not told when the decoder drafts nothing and none of
   * its programs is called.
   */
  readonly observe?: (decoder: string, outcome: DecoderOutcome) => void;
  /** For tests: other program decoders. */
  readonly programDecoders?: readonly ((follow: SolanaFollow) => ProgramDecoder)[];
}
