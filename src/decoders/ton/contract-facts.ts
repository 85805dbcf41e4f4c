/**
 * What a decoder asks of the chain's contracts, because a transaction alone does not prove it: verified
 * facts. A decoder asks synchronously; what is not known yet it returns as needs, which the reader resolves
 * (get-methods, account state) before it decodes again.
 *
 * Every answer is one of three: the fact; `null`: checked, and it is not such a contract (a forgery, a
 * wallet, …); `undefined`: not known.
 */

/**
 * get_wallet_data of the wallet, and get_wallet_address(owner) of that master must answer this very address.
 */
export interface JettonWalletFacts {
  readonly master: string;
  readonly owner: string;
}

/** get_nft_data, and get_nft_address_by_index(index) of that collection must answer this very address. */
export interface ItemFacts {
  /** null: an item outside any collection. */
  readonly collection: string | null;
  /** null: not known exactly (some answers are rounded). */
  readonly index: bigint | null;
  /**
   * Owner in the state that was read (at or after the block asked for): only used where a mint's message does
   * not name it. null: nobody.
   */
  readonly owner?: string | null;
  readonly uri?: string;
}

/**
 * What a sale, auction or offer contract's own data says. Read by `readSaleState` (sales/state.ts) from code
 * hash and data cell.
 */
export interface SaleFacts {
  /**
   * The code is one that the decoder knows; otherwise only the data has the form of a sale, and pay-outs must
   * confirm it.
   */
  readonly codeKnown: boolean;
  readonly kind: 'fix-price' | 'auction' | 'offer';
  /** Who wrote the contract: `getgems`, `disintar`, …; `unknown` for the reference sale. */
  readonly marketplace: string;
  readonly marketplaceAddress: string | null;
  /** null: an offer for any item of a collection. */
  readonly item: string | null;
  /** The seller (offer: the one who offers). null: the item did not arrive yet. */
  readonly owner: string | null;
  /** Full price; auction: the last bid. null: only in jettons, or no bid. */
  readonly price: bigint | null;
  /** Where the contract sells for jettons: its own jetton wallet (raw) → master and base units. */
  readonly jettonPrices?: Readonly<Record<string, { readonly master: string; readonly amount: bigint }>>;
  readonly feeAddress: string | null;
  readonly fee: bigint | null;
  readonly royaltyAddress: string | null;
  readonly royalty: bigint | null;
}

/**
 * When a fact is asked for: the state that masterchain block `block` leaves; where the account is gone by
 * then (old sales destroy themselves), the state before it. Only sales and `ItemFacts.owner` change over
 * time: all else may be kept for ever.
 */
export interface Moment {
  readonly block: number;
  /** Of the transaction that asks. */
  readonly lt: bigint;
}

/** The kinds of facts, and what the answer holds. */
interface FactOf {
  readonly 'jetton-wallet': JettonWalletFacts;
  /**
   * The wallet that the master `address` gives `owner` (get_wallet_address). null: `address` is no jetton
   * master.
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
  /** Of the contract that is asked about, raw. */
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

/** Facts by a function for each kind of question. */
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
