/**
 * How a marketplace is described. Everything that is known of one marketplace alone stands in its file:
 * programs, what their instructions mean, how they state prices, wallets that take its fees, and the version
 * of its reading. Parties, prices and fees come from what the instruction did (flows.ts, payments.ts)
 * wherever that shows them; the places named here are for what it does not show.
 */
import { instructionDiscriminator } from '../discriminator.js';
import type { StatedPriceReader } from './money/stated-price.js';

export interface Marketplace {
  /** As it stands in events, both as their marketplace and as their decoder. */
  readonly name: string;
  /** Raised whenever the same transaction would give other events of this marketplace than before. */
  readonly version: number;
  readonly programs: readonly MarketProgram[];
  /** Wallets that take its fees, whatever the instruction. */
  readonly treasuries?: readonly string[];
}

/**
 * `sale` that moves the NFT without a payment is the end of a listing (a seller who buys his own). `cancel`:
 * of a listing or of a bid, which only the ownership of the NFT tells apart. `none`: bids, deposits,
 * settings.
 */
export type MarketAction = 'sale' | 'list' | 'delist' | 'reprice' | 'cancel' | 'none';

export interface MarketInstruction {
  readonly name: string;
  readonly action: MarketAction;
  /** Byte at which the price stands as u64. */
  readonly price?: number;
  /** Index of the account: who buys where an escrow or pool receives the NFT. */
  readonly buyer?: number;
  /** Who sells where the NFT comes out of an escrow or pool; who lists. */
  readonly seller?: number;
  readonly mint?: number;
  /** A compressed NFT that no call may name: index of its tree's account and byte of its nonce. */
  readonly leaf?: { readonly tree: number; readonly nonce: number };
  /** Account that takes the marketplace's fee. */
  readonly fee?: number;
}

export interface MarketProgram {
  readonly address: string;
  /** Bytes by which instructions are told apart: 8 (Anchor) or 1. */
  readonly tagLength: 1 | 8;
  /** By tag in hex. Others are read by what they did. */
  readonly instructions: ReadonlyMap<string, MarketInstruction>;
  /** How the program states prices itself. */
  readonly statedPrice?: StatedPriceReader;
  /** A listing may be priced in a token, whose mint stands somewhere among the instruction's accounts. */
  readonly pricedInTokens?: true;
  /**
   * Its instructions may be about an NFT that none of their accounts names: who follows NFTs has to read
   * every call of it.
   */
  readonly hidesNft?: true;
  /** Marketplaces that share the program, by an account that names them. */
  readonly marketplaces?: ReadonlyMap<string, string>;
  /** A listing that no table names says its price right after the byte that tells the instructions apart. */
  readonly plainPrice?: true;
}

type Meaning = Omit<MarketInstruction, 'name'>;

/** Anchor instructions by their snake_case names. */
export function anchorInstructions(
  meanings: Readonly<Record<string, Meaning>>,
): ReadonlyMap<string, MarketInstruction> {
  return new Map(
    Object.entries(meanings).map(([name, meaning]) => [instructionDiscriminator(name), { name, ...meaning }]),
  );
}

/** Instructions told apart by their first byte. */
export function taggedInstructions(meanings: Readonly<Record<number, Meaning & { readonly name: string }>>) {
  return new Map(
    Object.entries(meanings).map(([tag, meaning]) => [Number(tag).toString(16).padStart(2, '0'), meaning]),
  );
}

/** One meaning for several names. */
export function each(names: readonly string[], meaning: Meaning): Record<string, Meaning> {
  return Object.fromEntries(names.map((name) => [name, meaning]));
}
