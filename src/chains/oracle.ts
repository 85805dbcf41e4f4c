/** What a chain answers of its state now: what `ndx verify` holds the tables against. One implementation a chain. */

/** At what block a chain says that an NFT is where. */
export type NftAnswer =
  | { readonly kind: 'held'; readonly owner: string; readonly block: number }
  | { readonly kind: 'burned'; readonly block: number }
  /** The chain keeps no owner under this address (an account of a program, a compressed NFT). */
  | { readonly kind: 'unknown' };

export interface BalanceAnswer {
  /** Base units over all token accounts of the owner. */
  readonly amount: bigint;
  readonly block: number;
}

/** Answers are final: they hold at the block that they name. Every call rejects with NdxError or the signal's reason. */
export interface ChainOracle {
  nft(address: string, signal: AbortSignal): Promise<NftAnswer>;
  balance(owner: string, token: string, signal: AbortSignal): Promise<BalanceAnswer>;
  /** The transaction as the endpoint gives it; null when it is not known. */
  rawTransaction(hash: string, signal: AbortSignal): Promise<unknown>;
  close(): Promise<void>;
}
