/**
 * Verified facts about the chain's contracts, which a transaction alone does not prove. A decoder asks
 * synchronously; what is not known yet it returns as needs, which the reader resolves (get-methods, account
 * state) before it decodes again.
 *
 * Every answer is one of three: the fact; `null`: checked, and it is no such contract (a forgery, a wallet,
 * …); `undefined`: not known yet.
 */

/**
 * From get_wallet_data of the wallet (TEP-74). Verified: get_wallet_address(owner) of that master answers
 * this very address.
 */
export interface JettonWalletFacts {
  readonly master: string;
  readonly owner: string;
}

/**
 * From get_nft_data (TEP-62). Verified: get_nft_address_by_index(index) of that collection answers this very
 * address.
 */
export interface ItemFacts {
  /** null: an item outside any collection. */
  readonly collection: string | null;
  /** null: not known exactly (some answers are rounded). */
  readonly index: bigint | null;
  /**
   * Owner in the state that was read (at or after the block asked for). Only used where a mint's message does
   * not name the owner. null: nobody.
   */
  readonly owner?: string | null;
  readonly uri?: string;
}

/**
 * What the own data of a sale, auction or offer contract says, read by `readSaleState` (sales/state.ts) or
 * `readSaleStack` (sales/stack.ts). Amounts in nanoton unless said otherwise.
 */
export interface SaleFacts {
  /**
   * Whether the code is one that the decoder knows. Otherwise only the data has the form of a sale, and the
   * pay-outs have to confirm it.
   */
  readonly codeKnown: boolean;
  readonly kind: 'fix-price' | 'auction' | 'offer';
  /** Marketplace whose contract it is: `getgems`, `disintar`, …; `unknown` for the reference sale. */
  readonly marketplace: string;
  readonly marketplaceAddress: string | null;
  /** null: an offer for any item of a collection. */
  readonly item: string | null;
  /** The seller; of an offer, the one who offers. null: the item has not arrived yet. */
  readonly owner: string | null;
  /** Full price; of an auction, the last bid. null: sold for jettons only, or no bid yet. */
  readonly price: bigint | null;
  /** Where the contract sells for jettons: its own jetton wallet (raw) → master and amount in base units. */
  readonly jettonPrices?: Readonly<Record<string, { readonly master: string; readonly amount: bigint }>>;
  readonly feeAddress: string | null;
  readonly fee: bigint | null;
  readonly royaltyAddress: string | null;
  readonly royalty: bigint | null;
}

/**
 * The time for which a fact is asked: the state that masterchain block `block` leaves, or, where the account
 * is gone by then (old sales destroy themselves), the state before it. Only sales and `ItemFacts.owner`
 * change over time; all other facts may be kept for ever.
 */
export interface Moment {
  readonly block: number;
  /** Logical time of the transaction that asks. */
  readonly lt: bigint;
}

/** The kinds of facts, each with the type of its answer. */
interface FactOf {
  readonly 'jetton-wallet': JettonWalletFacts;
  /**
   * The jetton wallet that the master `address` gives `owner` (get_wallet_address). null: `address` is no
   * jetton master.
   */
  readonly 'wallet-of': string;
  readonly item: ItemFacts;
  readonly sale: SaleFacts;
  /** Hash of the account's code, lower-case hex. null: no code. */
  readonly 'code-hash': string;
}

export type FactKind = keyof FactOf;

interface Asked<K extends FactKind> {
  readonly kind: K;
  /** The contract that is asked about, raw. */
  readonly address: string;
  readonly at: Moment;
}

/** One question about one contract. */
export type FactNeed<K extends FactKind = FactKind> = {
  readonly [P in K]: P extends 'wallet-of' ? Asked<P> & { readonly owner: string } : Asked<P>;
}[K];

export type FactAnswer<K extends FactKind = FactKind> = FactOf[K] | null | undefined;

export interface ContractFacts {
  answer<K extends FactKind>(need: FactNeed<K>): FactAnswer<K>;
}

/** Facts from one function for each kind of question. */
export function factsBy(
  answers: {
    readonly [K in FactKind]: (need: FactNeed<K>) => FactAnswer<K>;
  },
): ContractFacts {
  return {
    answer<K extends FactKind>(need: FactNeed<K>): FactAnswer<K> {
      const answer: (need: FactNeed<K>) => FactAnswer<K> = answers[need.kind as K];
      return answer(need);
    },
  };
}
