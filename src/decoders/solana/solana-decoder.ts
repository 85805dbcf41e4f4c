/** What the decoder of Solana is given and gives; registry.ts composes it. */
import type { SolanaTransaction } from '../../chains/solana/transaction.js';
import type { DecodedTransaction } from '../../events/event.js';
import type { Finding, ProgramDecoder } from './decoder.js';
import type { SolanaFollow } from './follow.js';
import type { MintOf } from './metadata/token-metadata.js';

/**
 * What a decoder had to say of a transaction that it was asked about: events, nothing though it reads a
 * program of it, or it broke.
 */
export type DecoderOutcome = 'hit' | 'miss' | 'error';

export interface SolanaDecoder {
  /** Names and versions: part of the fingerprint under which blocks count as covered. */
  readonly parts: readonly { readonly name: string; readonly version: number }[];
  /**
   * Base58 addresses; only a transaction that names one of them (as account, loaded account or token mint)
   * can be ours. Grows with `known`: ask again when that set grew.
   */
  keys(): string[];
  /** null: nothing of ours and nothing wrong. Never throws, whatever the transaction holds. */
  decode(transaction: SolanaTransaction): DecodedTransaction | null;
  /** The same, with why each decoder matched or nearly did. */
  explain(transaction: SolanaTransaction): {
    readonly decoded: DecodedTransaction | null;
    readonly findings: readonly Finding[];
  };
}

/** NFTs found so far; a `Set` is one. */
export interface KnownNfts extends Iterable<string> {
  /** Whether a block of this slot may see it: what later blocks made known is not. */
  has(address: string, slot: number): boolean;
  readonly size: number;
}

export interface SolanaDecoderOptions {
  /**
   * NFTs minted by followed creators, as the ledger knows them so far. A later transfer of one does not name
   * its creator, so whoever reads the chain keeps this filled (from the ledger, and from the mint events as
   * they are decoded).
   */
  readonly known?: KnownNfts;
  /**
   * Mints of metadata accounts as earlier transactions told them: who changes what an NFT belongs to need not
   * name its mint.
   */
  readonly mintOf?: MintOf;
  /**
   * Told for each decoder and transaction; for counters. A transaction without a program of the decoder is
   * not told.
   */
  readonly observe?: (decoder: string, outcome: DecoderOutcome) => void;
  /** For tests: other program decoders. */
  readonly programDecoders?: readonly ((follow: SolanaFollow) => ProgramDecoder)[];
}
