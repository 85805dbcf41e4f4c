/**
 * What a program decoder is given and returns. A decoder is pure: the same transaction always gives the same
 * drafts.
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
 * Describes the token effects that a draft explains, so that these do not become events of their own. Absent
 * fields match anything.
 */
export interface Claim {
  readonly kinds: readonly Effect['kind'][];
  /** A mint, or `SOL` for lamports. */
  readonly asset?: string;
  /** Matches the token account or its owner. */
  readonly source?: string;
  readonly destination?: string;
  readonly amount?: bigint;
  /** For `payment`: other sums that explain the price too, such as the price with the fees on top. */
  readonly alternatives?: readonly bigint[];
  /**
   * `one`: a single effect, preferably of exactly the amount. `all`: every matching effect (an NFT that
   * passes through an escrow). `payment`: effects that add up to the amount.
   */
  readonly take: 'one' | 'all' | 'payment';
  /** The asset that this claim finds becomes the currency of a price whose currency is `moved`. */
  readonly decidesPrice?: true;
  /** Where the draft has no `amount`, `from` or `to`, the effect that was attempted supplies them. */
  readonly fills?: true;
}

/** An event as a decoder proposes it; compose/ adds price currency and movements. */
export interface Draft {
  /** `price.currency` may be `moved`: the currency of the claim that decides the price. */
  readonly event: ChainEvent;
  /** The instruction that the draft stands for: effects of its own calls are claimed first. */
  readonly ordinal: number;
  readonly claims: readonly Claim[];
  /** Effects that it certainly explains; they are taken before any claims. */
  readonly effects?: readonly Effect[];
}

/** An event that a program emitted, with the instruction that emitted it. */
export interface Emission {
  readonly instruction: SolanaInstruction;
  readonly eventIndex: number;
  /** The event's bytes; null when the log line is not base64. */
  readonly data: Uint8Array | null;
}

export interface DecodeContext {
  readonly transaction: SolanaTransaction;
  readonly follow: SolanaFollow;
  readonly failed: boolean;
  readonly accounts: TokenAccounts;
  readonly effects: readonly Effect[];
  /**
   * Lamports that programs moved without an instruction, by account: the change of its balance beyond what
   * instructions and the fee explain.
   */
  readonly direct: ReadonlyMap<string, bigint>;
  /** Effects that mint an NFT for money, with the sale. */
  readonly soldAtMint: ReadonlyMap<Effect, PrimarySale>;
  readonly mints: ReadonlyMap<string, MintFacts>;
  /** What the transaction says of its NFTs: names, creators, collections. */
  readonly nfts: ReadonlyMap<string, NftFacts>;
  /** Programs that the instructions call. */
  readonly programs: ReadonlySet<string>;
  /** Whether the effect is one of a followed NFT. */
  followsEffect(effect: Effect): boolean;
  /** Whether the NFT is followed; for NFTs of which nothing moved. */
  follows(asset: string): boolean;
  /** The frames of the logs with their instructions; read on first use. */
  logs(): AttributedLogs;
  /** Drafts of the decoders before this one. */
  readonly earlier: readonly Draft[];
  readonly emissions: readonly Emission[];
  readonly logsTruncated: boolean;
  /** Records that the transaction could not be read in full. */
  problem(code: DecodeProblem['code'], message: string): void;
  /**
   * Records why a decoder took an instruction or left it, for `ndx decode --why`; absent when nobody asks.
   */
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
  /** To be raised whenever the same transaction would give other events than before. */
  readonly version: number;
  /** What it reads by tables that have versions of their own: the events carry a table's name and version. */
  readonly parts?: readonly { readonly name: string; readonly version: number }[];
  /** Base58 addresses: a transaction that names none of them holds nothing for this decoder. */
  keys(): readonly string[];
  /**
   * Programs whose instructions it reads: a transaction that calls one and yields no draft counts as a miss.
   */
  readonly reads?: ReadonlySet<string>;
  /** What it throws becomes a decode problem of the transaction. */
  decode(context: DecodeContext): readonly Draft[];
}

/** Order in which drafts claim effects: more specific kinds first. */
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
