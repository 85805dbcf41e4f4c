/**
 * The canonical chain event: the one vocabulary that decoders speak and everything behind them reads.
 *
 * Events travel grouped by their transaction (`DecodedTransaction`), because a transaction is the unit that lands,
 * re-lands and is abandoned as a whole. Amounts are `bigint` base units here and decimal strings in JSON.
 */

export const CHAINS = ['solana', 'ton'] as const;
export type Chain = (typeof CHAINS)[number];

/** Number of a chain's first block. */
export const FIRST_BLOCK: Readonly<Record<Chain, number>> = { solana: 0, ton: 1 };

export const KINDS = [
  'sale',
  'stake',
  'unstake',
  'claim',
  'mint',
  'burn',
  'transfer',
  'list',
  'delist',
] as const;
export type Kind = (typeof KINDS)[number];

export type Outcome = 'ok' | 'failed';

/** `confirmed`: may still be abandoned by a fork. `finalized`: cannot be undone. */
export type Finality = 'confirmed' | 'finalized';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export interface Asset {
  readonly kind: 'nft' | 'token';
  /** Solana: mint, or the account that is the NFT (a tracknft track). TON: item or jetton master, raw form. */
  readonly address: string;
}

/** Native coins are named by their symbol, tokens by their mint or jetton master address. */
export interface Price {
  readonly amount: bigint;
  readonly currency: 'SOL' | 'TON' | (string & {});
  readonly decimals: number;
}

/** Parts of the price that did not stay with the seller, in base units of the price's currency. */
export interface Fees {
  readonly marketplace?: bigint;
  readonly royalty?: bigint;
}

/**
 * One balance change of a followed fungible token, as the chain's own instructions made it.
 * Over all events of a transaction, the movements of an account sum to its post minus pre balance.
 */
export interface Movement {
  readonly token: string;
  /** The token account (Solana) or jetton wallet (TON) whose balance changed. */
  readonly account: string;
  /** The wallet that owns that account. */
  readonly owner: string;
  /** Signed, base units. */
  readonly delta: bigint;
}

/** What a mint says of the NFT itself, as far as the transaction holds it. */
export interface NftDescription {
  /** The program or collection that vouches for it: NFT.contractAddress. */
  readonly contract?: string;
  readonly collection?: string;
  readonly creator?: string;
  readonly name?: string;
  readonly uri?: string;
  /** Hundredths of a percent. */
  readonly royaltyBasisPoints?: number;
}

export interface StakeTerms {
  /** The staking program or contract; unstaking consumes the oldest stake of the same pool. */
  readonly pool: string;
  readonly lockSeconds?: number;
  /** Percent a year. */
  readonly apy?: number;
}

export interface ChainEvent {
  /** Position in a fixed walk of the transaction, see position.ts. Unique within the transaction. */
  readonly eventIndex: number;
  readonly kind: Kind;
  readonly outcome: Outcome;
  readonly decoder: string;
  readonly decoderVersion: number;
  readonly asset: Asset;
  /** Wallets (owners), not token accounts. mint has no `from`, burn has no `to`; for stake kinds `from` is the staker. */
  readonly from?: string;
  readonly to?: string;
  /** Base units of `asset`; 1 for an NFT. */
  readonly amount?: bigint;
  readonly decimals?: number;
  readonly price?: Price;
  readonly fees?: Fees;
  readonly marketplace?: string;
  readonly movements?: readonly Movement[];
  readonly nft?: NftDescription;
  readonly stake?: StakeTerms;
  /** On `list`: the price changed and nothing else; an unlisted NFT stays unlisted. */
  readonly repriceOnly?: true;
  readonly details?: JsonObject;
}

/** Why a transaction that touches a followed contract could not be read in full. Kept, counted, retried by hand. */
export interface DecodeProblem {
  readonly code: 'undecodable' | 'logs-truncated' | 'unbalanced';
  readonly message: string;
}

export interface DecodedTransaction {
  readonly chain: Chain;
  /** Solana: slot. TON: masterchain seqno. */
  readonly block: number;
  /** Unix seconds; null where the chain does not know. */
  readonly blockTime: number | null;
  /** Position inside the block. */
  readonly transactionIndex: number;
  readonly transactionHash: string;
  readonly outcome: Outcome;
  /** The chain's own error of a failed transaction, as JSON text. */
  readonly error?: string;
  /** Fee payer (Solana) or the account that the external message entered at (TON). */
  readonly signer?: string;
  /** Network fee in base units of the native coin. */
  readonly networkFee?: bigint;
  /** Compute units (Solana) or gas (TON). */
  readonly gasUsed?: bigint;
  /** Other hashes that name the same action (TON: trace root, external message). */
  readonly aliases?: readonly string[];
  readonly events: readonly ChainEvent[];
  readonly problems?: readonly DecodeProblem[];
}
