/**
 * What a TON decoder is. An event stands at the transaction that completes the change:
 * - jetton transfer, mint: the receiving jetton wallet's transaction (internal_transfer); movements name both
 *   wallets.
 * - burn: the master's transaction (burn_notification), since a refused notification gives the jettons back.
 * - NFT events: the item's transaction (mint: its deployment). A price change: the sale contract's.
 * - stake, unstake, claim: the staking contract's transaction. The jetton wallets' transactions of the same
 *   action then say nothing.
 * - a failed attempt: the transaction that failed (the wallet's, item's, master's, contract's).
 */
import type { TonInput } from '../../chains/ton/transaction.js';
import type { DecodedTransaction } from '../../events/event.js';
import type { ContractFacts, FactNeed } from './contract-facts.js';

export interface TonDecoding {
  /** null: nothing is followed and nothing is wrong, or `needs` have to be resolved first. */
  readonly transaction: DecodedTransaction | null;
  /** When not empty: resolve these facts and decode again. */
  readonly needs: readonly FactNeed[];
}

/** Why a part matched, or why it did not believe or follow a contract of the transaction. */
export interface TonFinding {
  readonly decoder: string;
  readonly verdict: 'matched' | 'near';
  readonly reason: string;
}

/**
 * `hit`: the part told events. `miss`: it told none because it did not believe or follow a contract of the
 * transaction. `error`: it threw.
 */
export type TonOutcome = 'hit' | 'miss' | 'error';

export interface TonDecoderOptions {
  /** For counters: told of each part that had to do with a transaction, once all facts are known. */
  readonly observe?: ((decoder: string, outcome: TonOutcome) => void) | undefined;
}

export interface TonDecoder {
  /** Names and versions of all parts: belongs to the fingerprint under which blocks become covered. */
  readonly parts: readonly { readonly name: string; readonly version: number }[];
  /**
   * Pure: equal input and facts give equal results. Never throws, whatever the transaction holds: errors
   * become `problems`.
   */
  decode(input: TonInput, facts: ContractFacts): TonDecoding;
  /** Decodes, and says why each part matched or did not. */
  explain(input: TonInput, facts: ContractFacts): TonDecoding & { readonly findings: readonly TonFinding[] };
}
