/**
 * What a chain says of its state now: `ndx verify` compares the tables with it. One implementation a chain.
 */

/** Who holds an NFT, and at which block that is so. */
export type NftAnswer =
  | { readonly kind: 'held'; readonly owner: string; readonly block: number }
  | { readonly kind: 'burned'; readonly block: number }
  /**
   * The chain keeps no owner under this address (an account of a program, a compressed NFT), or nobody can be
   * asked for it.
   */
  | { readonly kind: 'unknown' };

export type BalanceAnswer =
  /** Base units over all token accounts of the owner. */
  | { readonly kind: 'held'; readonly amount: bigint; readonly block: number }
  | { readonly kind: 'unknown'; readonly reason: string };

/** What a wallet has staked in every pool that can be asked, by the pool's address, in base units. */
export interface StakesAnswer {
  readonly pools: ReadonlyMap<string, { readonly amount: bigint; readonly decimals: number }>;
  readonly block: number;
}

/**
 * Answers are of final state: they hold at the block that they name. Every method rejects with NdxError or
 * the signal's reason.
 */
export interface ChainOracle {
  /** Hash of the chain's first block. Other chains' endpoints are refused from here on: see ChainReader. */
  genesis(signal: AbortSignal, expected?: string | null): Promise<string>;
  nft(address: string, signal: AbortSignal): Promise<NftAnswer>;
  balance(owner: string, token: string, signal: AbortSignal): Promise<BalanceAnswer>;
  /**
   * What the chain says of a fungible token; null: there is none at the address. `decimals` is null where the
   * chain does not say.
   */
  token(address: string, signal: AbortSignal): Promise<{ readonly decimals: number | null } | null>;
  /**
   * null: no endpoint can be asked for the state at a block. Absent: no contract keeps stakes in a form that
   * can be asked for; the staker's own transactions say it all.
   */
  stakes?(staker: string, signal: AbortSignal): Promise<StakesAnswer | null>;
  /**
   * The transaction as JSON: of Solana as the node gives it, of TON normalised. null: it is not known.
   * `block`: the block that holds it, when that is known.
   */
  rawTransaction(hash: string, signal: AbortSignal, block?: number): Promise<unknown>;
  close(): Promise<void>;
}
