/** What is followed on Solana. config/ parses it from the network file; decoders only read it. */
import type { Kind } from '../../events/event.js';

/** Where an event field's value comes from. Exactly one key. */
export type ValueSource =
  /** The event's own field. */
  | { readonly field: string }
  /** The wallet that owns the token account named in the event's field. */
  | { readonly ownerOf: string }
  /** An account of the instruction that emitted the event, by its name in the IDL. */
  | { readonly account: string }
  /** A fixed value. */
  | { readonly value: string | number };

/** How one Anchor event becomes one canonical event. */
export interface EventMapping {
  readonly kind: Kind;
  /** A followed token by its symbol, or the NFT whose address the source gives. */
  readonly asset: { readonly token: string } | { readonly nft: ValueSource };
  readonly from?: ValueSource | undefined;
  readonly to?: ValueSource | undefined;
  readonly amount?: ValueSource | undefined;
  /** `currency`: a followed token's symbol, `SOL`, or `moved`: the token that moved beside the event. */
  readonly price?: { readonly amount: ValueSource; readonly currency: string } | undefined;
  readonly fees?:
    | { readonly marketplace?: ValueSource | undefined; readonly royalty?: ValueSource | undefined }
    | undefined;
  readonly marketplace?: string | undefined;
  readonly nft?:
    | {
        readonly name?: ValueSource | undefined;
        readonly uri?: ValueSource | undefined;
        readonly creator?: ValueSource | undefined;
        readonly collection?: ValueSource | undefined;
        /** Whole percent. */
        readonly royaltyPercent?: ValueSource | undefined;
      }
    | undefined;
  readonly stake?:
    | {
        readonly lockSeconds?: ValueSource | undefined;
        /** Months of 30 days. */
        readonly lockMonths?: ValueSource | undefined;
        /** Percent a year. */
        readonly apy?: ValueSource | undefined;
      }
    | undefined;
  readonly repriceOnly?: true | undefined;
  /** Take this mapping only where the event's field has this value (ListingToggledEvent: is_listed). */
  readonly when?: { readonly field: string; readonly equals: string | number | boolean } | undefined;
}

/** Part of an Anchor IDL (0.30 and later) that is read. */
export interface AnchorIdl {
  readonly address?: string | undefined;
  readonly metadata: { readonly name: string; readonly version: string };
  readonly instructions: readonly {
    readonly name: string;
    readonly discriminator: readonly number[];
    readonly accounts: readonly { readonly name: string; readonly signer?: boolean | undefined }[];
  }[];
  readonly events: readonly { readonly name: string; readonly discriminator: readonly number[] }[];
  readonly types: readonly {
    readonly name: string;
    readonly type: {
      readonly kind: 'struct';
      readonly fields: readonly { readonly name: string; readonly type: IdlType }[];
    };
  }[];
}

export type IdlType =
  | 'bool'
  | 'u8'
  | 'i8'
  | 'u16'
  | 'i16'
  | 'u32'
  | 'i32'
  | 'u64'
  | 'i64'
  | 'u128'
  | 'i128'
  | 'string'
  | 'bytes'
  | 'pubkey'
  | { readonly option: IdlType }
  | { readonly vec: IdlType }
  | { readonly array: readonly [IdlType, number] };

export interface FollowedProgram {
  readonly name: string;
  readonly address: string;
  readonly idl: AnchorIdl;
  /**
   * Event name → mappings (the first whose `when` holds is taken), or `ignore` for events that change no row.
   */
  readonly events: Readonly<Record<string, readonly EventMapping[] | 'ignore'>>;
  /**
   * Instruction name → kind. A call that failed before it emitted its event is recorded as a failed event of
   * this kind.
   */
  readonly instructions: Readonly<Record<string, Kind>>;
}

export interface FollowedToken {
  readonly symbol: string;
  readonly mint: string;
  readonly decimals: number;
}

export interface SolanaFollow {
  readonly programs: readonly FollowedProgram[];
  readonly tokens: readonly FollowedToken[];
  readonly nfts: {
    readonly mints: readonly string[];
    readonly collections: readonly string[];
    /** Mint authorities or creators whose new mints are followed. */
    readonly creators: readonly string[];
    /** Follow every NFT of the standards that a decoder knows. */
    readonly all: boolean;
  };
}
