/**
 * The play's vocabulary: an action is one external message to one wallet, which sends one or more messages
 * (steps); a step says what a user does and what must follow from it. Actions are plain data (amounts as
 * bigint), so that they can be written down before they are sent. People are named by their wallet's label,
 * NFTs by their raw address.
 */
import type { Outgoing, Wallet } from '../contracts/wallets.js';

/** A sale contract's or auction's terms, all nanotons. */
export interface SaleOffer {
  readonly is: 'sale';
  readonly createdAt: number;
  readonly price: bigint;
  readonly fee: bigint;
  readonly royalty: bigint;
}
export interface AuctionOffer {
  readonly is: 'auction';
  readonly createdAt: number;
  /** Unix seconds. */
  readonly endsAt: number;
  readonly minBid: bigint;
  readonly maxBid: bigint;
  readonly minStep: bigint;
}
export type Offer = SaleOffer | AuctionOffer;

/** An item and where it stands for sale. */
interface ForSale<O extends Offer = Offer> {
  readonly item: string;
  /** Index in COLLECTIONS. */
  readonly collection: number;
  readonly offer: O;
}

export type Step =
  | { readonly do: 'setUp'; readonly rewards: bigint }
  | { readonly do: 'openCollection'; readonly collection: number }
  | { readonly do: 'ndtMint'; readonly to: string; readonly amount: bigint }
  | { readonly do: 'ndtMintStarved'; readonly to: string; readonly amount: bigint }
  | {
      readonly do: 'ndtTransfer';
      readonly from: string;
      readonly to: string;
      readonly amount: bigint;
      readonly notify: boolean;
    }
  /** beyond: more than there is. starved: with too few coins for its gas. */
  | {
      readonly do: 'ndtTransferFailing';
      readonly from: string;
      readonly to: string;
      readonly amount: bigint;
      readonly why: 'beyond' | 'starved';
    }
  | { readonly do: 'ndtBurn'; readonly from: string; readonly amount: bigint }
  | { readonly do: 'stake'; readonly user: string; readonly amount: bigint; readonly lockSeconds: number }
  | { readonly do: 'unstake'; readonly user: string; readonly amount: bigint; readonly fails: boolean }
  | { readonly do: 'claim'; readonly user: string; readonly amount: bigint }
  | {
      readonly do: 'itemMint';
      readonly collection: number;
      readonly batch: boolean;
      readonly items: readonly { readonly index: number; readonly to: string }[];
    }
  | {
      readonly do: 'itemTransfer';
      readonly item: string;
      readonly from: string;
      readonly to: string;
      readonly notify: boolean;
    }
  | { readonly do: 'itemBurn'; readonly item: string; readonly from: string }
  | { readonly do: 'itemSteal'; readonly item: string; readonly by: string; readonly owner: string }
  /** The marketplace deploys the sale contract; the item is not there yet. */
  | ({ readonly do: 'offer' } & ForSale)
  | ({ readonly do: 'list'; readonly seller: string } & ForSale)
  | ({ readonly do: 'delist'; readonly seller: string } & ForSale)
  | ({ readonly do: 'buy'; readonly buyer: string; readonly seller: string } & ForSale<SaleOffer>)
  | ({
      readonly do: 'bid';
      readonly bidder: string;
      readonly seller: string;
      readonly amount: bigint;
    } & ForSale<AuctionOffer>)
  | ({
      readonly do: 'finish';
      readonly by: string;
      readonly seller: string;
      readonly winner: string;
      readonly amount: bigint;
    } & ForSale<AuctionOffer>)
  | {
      readonly do: 'pay';
      readonly from: string;
      readonly to: string;
      readonly nanotons: bigint;
      readonly text: string;
    }
  | { readonly do: 'foreignJetton'; readonly to: string; readonly amount: bigint }
  | { readonly do: 'foreignItem'; readonly to: string; readonly index: number }
  | {
      readonly do: 'forgeNotice';
      readonly by: 'puppet' | 'wallet';
      readonly sender: string;
      readonly staker: string;
      readonly amount: bigint;
    }
  | { readonly do: 'forgeInternalTransfer'; readonly victim: string; readonly amount: bigint }
  | { readonly do: 'forgeWallet'; readonly by: string; readonly to: string; readonly amount: bigint }
  | {
      readonly do: 'forgeItem';
      readonly by: string;
      readonly to: string;
      readonly collection: number;
      readonly index: number;
    };

export type StepName = Step['do'];
export type StepOf<N extends StepName> = Extract<Step, { do: N }>;

export interface Action {
  /** Counts from 0; the place in the play. */
  readonly id: number;
  readonly steps: readonly Step[];
}

type Kind = 'mint' | 'transfer' | 'sale' | 'stake' | 'unstake' | 'claim' | 'burn' | 'list' | 'delist';

/**
 * The transaction in which something happens: the first of the trace on this account that answers a message
 * with this op (null: any).
 */
export interface At {
  readonly account: string;
  readonly op: number | null;
  readonly outcome: 'ok' | 'failed';
}

/** What a step must be read as. Wallets, not jetton wallets; amounts in base units. */
export interface ExpectedEvent {
  readonly kind: Kind;
  readonly at: At;
  readonly asset: { readonly kind: 'nft' | 'token'; readonly address: string };
  readonly from?: string;
  readonly to?: string;
  readonly amount: bigint;
  readonly price?: { readonly amount: bigint; readonly currency: 'TON' };
  readonly fees?: { readonly marketplace: bigint; readonly royalty: bigint };
  readonly nft?: { readonly collection: string; readonly index: number; readonly creator: string };
  readonly stake?: { readonly pool: string; readonly lockSeconds?: number };
  /** Balance changes of followed jettons, by wallet. */
  readonly movements: readonly { readonly token: string; readonly owner: string; readonly delta: bigint }[];
}

export interface Expected {
  readonly events: readonly ExpectedEvent[];
  /** What besides must have happened, for the play to go on as it thinks. */
  readonly checks: readonly At[];
}

export interface StepContext {
  /** @throws Error when nobody has this label */
  readonly wallet: (label: string) => Wallet;
  /** Unique in the play. */
  readonly query: number;
}

export interface Built {
  readonly sender: string;
  readonly messages: readonly Outgoing[];
}

/** What a kind of step is: its messages and its consequences. */
export interface StepRule<N extends StepName> {
  build(step: StepOf<N>, context: StepContext): Built;
  expect(step: StepOf<N>, context: StepContext): Expected;
}
export type StepRules<N extends StepName> = { readonly [K in N]: StepRule<K> };

/** What became of an expected event. */
export interface Landed {
  /** null: there is no such transaction in the trace. */
  readonly transactionHash: string | null;
  readonly outcome: 'ok' | 'failed' | 'missing';
}

/**
 * sent: not finished yet. lost: no account took the message. unplanned: it went otherwise than the play
 * thought.
 */
export type Outcome = 'sent' | 'ok' | 'failed' | 'unplanned' | 'lost';

export interface OracleEntry {
  /** Hash of the external message. */
  readonly external: string;
  readonly action: Action;
  readonly events: readonly ExpectedEvent[];
  readonly outcome: Outcome;
  /** Of each event, when finished. */
  readonly landed: readonly Landed[];
  /** First transaction of the trace. */
  readonly root?: string;
  readonly reason?: string;
}
