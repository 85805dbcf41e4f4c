/**
 * What a decoder of the registry gets and gives. A decoder is pure: the same transaction always gives the
 * same drafts.
 */
import type { SolanaInstruction, SolanaTransaction } from '../../chains/solana/transaction.js';
import type { ChainEvent, DecodeProblem, Kind } from '../../events/event.js';
import type { Effect } from './effect.js';
import type { SolanaFollow } from './follow.js';
import type { PrimarySale } from './marketplaces/primary-sale.js';
import type { NftFacts } from './metadata/facts.js';
import type { MintFacts } from './spl-token/effects.js';
import type { TokenAccounts } from './spl-token/token-accounts.js';
import type { AttributedLogs } from './walk/log-reader.js';

/**
 * Which token effects a draft explains, so that they are not events besides. Absent fields match anything.
 */
export interface Claim {
  readonly kinds: readonly Effect['kind'][];
  /** A mint, `SOL`, or absent: any asset. */
  readonly asset?: string;
  /** Matches the token account or its owner. */
  readonly source?: string;
  readonly destination?: string;
  readonly amount?: bigint;
  /** `payment`: other sums that also explain the price, such as the price with the fees on top. */
  readonly alternatives?: readonly bigint[];
  /**
   * `one`: a single effect, one of equal amount first. `all`: every one (an NFT on its way through an
   * escrow). `payment`: those that add up to the amount.
   */
  readonly take: 'one' | 'all' | 'payment';
  /** The price whose currency is `moved` is in the asset of this claim. */
  readonly decidesPrice?: true;
  /** What was attempted fills in the event's `amount`, `from` and `to` where the draft has none. */
  readonly fills?: true;
}

export interface Draft {
  /** `price.currency` may be `moved`: the currency of the claim that decides the price. */
  readonly event: ChainEvent;
  /** The instruction that the draft stands for: effects inside its subtree are claimed first. */
  readonly ordinal: number;
  readonly claims: readonly Claim[];
  /** Effects that it explains for certain, before anybody's claims. */
  readonly effects?: readonly Effect[];
}

/** An event that a program emitted, with the instruction that emitted it. */
export interface Emission {
  readonly instruction: SolanaInstruction;
  readonly eventIndex: number;
  /** null: not base64. */
  readonly data: Uint8Array | null;
}

export interface DecodeContext {
  readonly transaction: SolanaTransaction;
  readonly follow: SolanaFollow;
  readonly failed: boolean;
  readonly accounts: TokenAccounts;
  readonly effects: readonly Effect[];
  /**
   * Lamports that programs moved themselves, by account: its change beyond what instructions and the fee say.
   */
  readonly direct: ReadonlyMap<string, bigint>;
  /** Mints of NFTs that were paid for, and how. */
  readonly soldAtMint: ReadonlyMap<Effect, PrimarySale>;
  readonly mints: ReadonlyMap<string, MintFacts>;
  /** What the transaction says of its NFTs: names, creators, collections. */
  readonly nfts: ReadonlyMap<string, NftFacts>;
  /** Programs that the instructions call. */
  readonly programs: ReadonlySet<string>;
  /** Is the effect one of a followed NFT? */
  followsEffect(effect: Effect): boolean;
  /** Is the NFT followed, though nothing of it moved? */
  follows(asset: string): boolean;
  /** Frames of the logs beside their instructions; read on first use. */
  logs(): AttributedLogs;
  /** What decoders before this one drafted. */
  readonly earlier: readonly Draft[];
  readonly emissions: readonly Emission[];
  readonly logsTruncated: boolean;
  problem(code: DecodeProblem['code'], message: string): void;
  /** Says why a decoder took an instruction or left it, for `ndx decode --why`; absent when nobody asks. */
  readonly explain?: ((finding: Finding) => void) | undefined;
}

/** Why a decoder matched an instruction, or nearly did. */
export interface Finding {
  readonly decoder: string;
  /** Place of the instruction in the walk. */
  readonly ordinal: number;
  readonly verdict: 'matched' | 'near';
  readonly reason: string;
}

export interface ProgramDecoder {
  readonly name: string;
  /** Raised whenever the same transaction would give other events than before. */
  readonly version: number;
  /** What it reads by tables that have versions of their own: the events carry a table's name and version. */
  readonly parts?: readonly { readonly name: string; readonly version: number }[];
  /** Addresses without which this decoder has nothing to say of a transaction. */
  keys(): readonly string[];
  /** Programs that it reads: a transaction that calls one and gives it nothing counts as a miss. */
  readonly reads?: ReadonlySet<string>;
  decode(context: DecodeContext): readonly Draft[];
}

/** More specific first: it may claim effects before others. */
export const CLAIM_ORDER: readonly Kind[] = [
  'sale',
  'stake',
  'unstake',
  'claim',
  'mint',
  'burn',
  'transfer',
  'list',
  'delist',
  'update',
];
