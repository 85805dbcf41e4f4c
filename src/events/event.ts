/**
 * The canonical chain event: the one vocabulary that decoders speak and everything behind them reads.
 *
 * Events travel grouped by their transaction (`DecodedTransaction`), because a transaction is the unit that
 * lands, re-lands and is abandoned as a whole. Amounts are `bigint` base units here and decimal strings in
 * JSON.
 *
 * The fields are described once, here, and the rest follows from the description:
 *
 * | what | where |
 * |---|---|
 * | the TypeScript types | below |
 * | JSON and back, with amounts as text | src/events/written.ts |
 * | checking a job's payload | src/queue/read.ts |
 * | the digest and its order, which is the order here | src/store/ledger/digest.ts |
 * | columns and `facts` of the ledger, and back | src/store/ledger/ledger-columns.ts |
 * | the API's schema | src/api/schemas/events.ts |
 *
 * Why this way, with the figures: docs/adr/0009-an-event-is-described-once.md.
 *
 * A new field is a line here, at the end of its record, as `added(…)`, and the decoder that fills it. The
 * ledger carries it in the JSON column `facts` without a migration. Only a field that SQL has to find rows by
 * wants a column of its own: then it is also a line in src/store/ledger/ledger-columns.ts and a column in
 * prisma/ledger.prisma with its migration.
 */
import {
  added,
  count,
  type Described,
  json,
  listOf,
  measure,
  name,
  number,
  oneOf,
  optional,
  record,
  text,
  time,
  units,
  yes,
} from './describe.js';

export const CHAINS = ['solana', 'ton'] as const;
export type Chain = (typeof CHAINS)[number];

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
  'update',
] as const;
export type Kind = (typeof KINDS)[number];

const OUTCOMES = ['ok', 'failed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** `confirmed`: may still be abandoned by a fork. `finalized`: cannot be undone. */
export const FINALITIES = ['confirmed', 'finalized'] as const;
export type Finality = (typeof FINALITIES)[number];

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

const ASSET = {
  kind: oneOf(['nft', 'token']),
  /**
   * Solana: the mint, or the account that is the NFT itself (Core asset, compressed NFT's id, tracknft
   * track). TON: address of the item or of the jetton master, raw form.
   */
  address: text(),
};
export interface Asset extends Described<typeof ASSET> {}

/** `currency`: symbol of a native coin, or the mint or jetton master of a token. */
const PRICE = {
  amount: units(),
  currency: text<'SOL' | 'TON' | (string & {})>(),
  decimals: count(),
};
export interface Price extends Described<typeof PRICE> {}

/** Parts of the price that did not stay with the seller, in base units of the price's currency. */
const FEES = {
  marketplace: optional(units()),
  royalty: optional(units()),
};
export interface Fees extends Described<typeof FEES> {}

/**
 * One balance change of a followed fungible token, as the chain's instructions or messages made it. Over all
 * events of a transaction, the movements of an account add up to its balance after less its balance before.
 */
const MOVEMENT = {
  token: text(),
  /** The token account (Solana) or jetton wallet (TON) whose balance changed. */
  account: text(),
  /** The wallet that owns that account. */
  owner: text(),
  /** Signed, base units. */
  delta: units(),
};
export interface Movement extends Described<typeof MOVEMENT> {}

/** Whether an NFT may move: its owner may not move a frozen or locked one, and nobody a soul-bound one. */
export const NFT_STATES = ['free', 'frozen', 'locked', 'soulbound', 'revoked'] as const;
export type NftLock = (typeof NFT_STATES)[number];

const CREATOR = {
  address: text(),
  /** Percent of the royalty. */
  share: measure(),
  /** The creator signed for it. */
  verified: yes(),
};
export interface NftCreator extends Described<typeof CREATOR> {}

/**
 * What a mint or an update says about the NFT itself, as far as the transaction holds it. What an update does
 * not say stays as it was, except the membership: where it names a `contract`, the NFT belongs to
 * `collection` from then on, and to none where that is absent.
 */
const NFT = {
  /** The program or collection that vouches for the NFT; the column NFT.contractAddress. */
  contract: optional(text()),
  collection: optional(text()),
  creator: optional(text()),
  name: optional(text()),
  uri: optional(text()),
  /** Hundredths of a percent. */
  royaltyBasisPoints: optional(measure()),
  creators: added(listOf(record<typeof CREATOR, NftCreator>(CREATOR))),
  /** Who may change it from now on; empty: nobody. */
  updateAuthority: added(text()),
  state: added(oneOf(NFT_STATES)),
};
export interface NftDescription extends Described<typeof NFT> {}

const STAKE = {
  /** The staking program or contract; unstaking consumes the oldest stake of the same pool. */
  pool: text(),
  lockSeconds: optional(measure()),
  /** Percent a year. */
  apy: optional(number()),
};
export interface StakeTerms extends Described<typeof STAKE> {}

export const EVENT = {
  /** Position in a fixed walk of the transaction, see position.ts. Unique within the transaction. */
  eventIndex: count(),
  kind: oneOf(KINDS),
  outcome: oneOf(OUTCOMES),
  decoder: text(),
  decoderVersion: count(),
  asset: record<typeof ASSET, Asset>(ASSET),
  /**
   * Wallets (owners), not token accounts. A mint has a `from` only where it was sold, a burn has no `to`; for
   * stake, unstake and claim `from` is the staker.
   */
  from: optional(text()),
  to: optional(text()),
  /** Base units of `asset`; 1 for an NFT. */
  amount: optional(units()),
  decimals: optional(count()),
  price: optional(record<typeof PRICE, Price>(PRICE)),
  fees: optional(record<typeof FEES, Fees>(FEES)),
  marketplace: optional(text()),
  movements: optional(listOf(record<typeof MOVEMENT, Movement>(MOVEMENT))),
  nft: optional(record<typeof NFT, NftDescription>(NFT)),
  stake: optional(record<typeof STAKE, StakeTerms>(STAKE)),
  /** On `list`: only the price changed; an NFT that is not listed stays so. */
  repriceOnly: yes(),
  details: optional(json<JsonObject>()),
};
export interface ChainEvent extends Described<typeof EVENT> {}

const PROBLEM = {
  code: oneOf(['undecodable', 'logs-truncated', 'unbalanced']),
  message: text(),
};
/**
 * Why a transaction that touches a followed contract could not be read in full. Kept in the database,
 * counted, and retried by hand (`ndx dead`).
 */
export interface DecodeProblem extends Described<typeof PROBLEM> {}

/** What the ledger keeps of a transaction besides its events; stored with the transaction's first event. */
export const TRANSACTION_FACTS = {
  /** Fee payer (Solana) or the account that the external message entered at (TON). */
  signer: optional(text()),
  /** Network fee in base units of the native coin. */
  networkFee: optional(units()),
  /** Compute units (Solana) or gas (TON). */
  gasUsed: optional(units()),
  /** The chain's own error of a failed transaction, as JSON text. */
  error: optional(text()),
  /** Other hashes under which explorers show the same action (TON: trace root, external message). */
  aliases: optional(listOf(text())),
};
export interface TransactionFacts extends Described<typeof TRANSACTION_FACTS> {}

export const TRANSACTION = {
  chain: oneOf(CHAINS),
  /** Solana: slot. TON: masterchain seqno. */
  block: count(),
  /** Unix seconds; null where the chain does not know. */
  blockTime: time(),
  /** Position inside the block. */
  transactionIndex: count(),
  transactionHash: name(),
  outcome: oneOf(OUTCOMES),
  ...TRANSACTION_FACTS,
  events: listOf(record<typeof EVENT, ChainEvent>(EVENT)),
  problems: optional(listOf(record<typeof PROBLEM, DecodeProblem>(PROBLEM))),
};
export interface DecodedTransaction extends Described<typeof TRANSACTION> {}
