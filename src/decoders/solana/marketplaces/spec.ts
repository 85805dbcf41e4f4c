/**
 * How a marketplace is described. What is known of one marketplace alone stands in its file: programs, what
 * their instructions mean, how they state prices, wallets that take its fees, and the version of its reading.
 * Parties, prices and fees come from what the instruction did (money/flows.ts, money/payments.ts) wherever
 * that shows them; the places named here are for what it does not show.
 */
import { instructionDiscriminator } from '../discriminator.js';
import type { StatedPriceReader } from './money/stated-price.js';

export interface Marketplace {
  /** The name in events, both as their marketplace and as their decoder. */
  readonly name: string;
  /** To be raised whenever the same transaction would give other events of this marketplace than before. */
  readonly version: number;
  readonly programs: readonly MarketProgram[];
  /** Wallets that take its fees, whatever the instruction. */
  readonly treasuries?: readonly string[];
}

/**
 * A `sale` that moves the NFT without a payment is the end of a listing (a seller who buys his own NFT).
 * `cancel`: of a listing or of a bid, which only the ownership of the NFT tells apart. `none`: bids,
 * deposits, settings.
 */
export type MarketAction = 'sale' | 'list' | 'delist' | 'reprice' | 'cancel' | 'none';

export interface MarketInstruction {
  readonly name: string;
  readonly action: MarketAction;
  /** Byte of the data at which the price stands as u64. */
  readonly price?: number;
  /** Index of the account of the buyer, for calls in which an escrow or pool receives the NFT. */
  readonly buyer?: number;
  /**
   * Index of the account of the seller, for calls in which the NFT comes out of an escrow or pool; of a
   * listing, who lists.
   */
  readonly seller?: number;
  readonly mint?: number;
  /** For a compressed NFT that no call may name: index of its tree's account and byte of its nonce. */
  readonly leaf?: { readonly tree: number; readonly nonce: number };
  /** Index of the account that takes the marketplace's fee. */
  readonly fee?: number;
}

export interface MarketProgram {
  readonly address: string;
  /** Leading bytes that tell instructions apart: 8 (Anchor) or 1. */
  readonly tagLength: 1 | 8;
  /** By tag in hex. An instruction that is not here is read by what it did. */
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
  /**
   * Where several marketplaces share the program: account that is named in a call → name of the marketplace.
   */
  readonly marketplaces?: ReadonlyMap<string, string>;
  /** The price of a listing that the table does not know stands right after the one-byte tag. */
  readonly plainPrice?: true;
}

type Meaning = Omit<MarketInstruction, 'name'>;

/** Table of Anchor instructions, by their snake_case names. */
export function anchorInstructions(
  meanings: Readonly<Record<string, Meaning>>,
): ReadonlyMap<string, MarketInstruction> {
  return new Map(
    Object.entries(meanings).map(([name, meaning]) => [instructionDiscriminator(name), { name, ...meaning }]),
  );
}

/** Table of instructions that are told apart by their first byte. */
export function taggedInstructions(meanings: Readonly<Record<number, Meaning & { readonly name: string }>>) {
  return new Map(
    Object.entries(meanings).map(([tag, meaning]) => [Number(tag).toString(16).padStart(2, '0'), meaning]),
  );
}

/** The same meaning for several names. */
export function each(names: readonly string[], meaning: Meaning): Record<string, Meaning> {
  return Object.fromEntries(names.map((name) => [name, meaning]));
}
