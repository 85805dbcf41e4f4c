/**
 * What the decoder of a contract that takes or pays jettons answers besides its own events: which jetton
 * movements are part of a stake or a sale, so that the jetton wallets' transactions do not tell them a second
 * time.
 */
import type { TonContext } from '../context.js';
import type { JettonWalletFacts } from '../contract-facts.js';
import type { TonPart } from '../part.js';

export interface JettonProtocol extends TonPart {
  /**
   * The context's transaction is a jetton wallet's: it received jettons for this protocol's contract and told
   * it so. The contract's own transaction will say what became of them.
   */
  takesDeposit?(context: TonContext, wallet: JettonWalletFacts): boolean;
  /**
   * The jettons that the context's transaction (of a paying or a receiving jetton wallet) moves were paid out
   * by the contract, whose transaction told it already.
   */
  paidOut?(context: TonContext): boolean;
  /**
   * The context's transaction mints or burns (master or wallet) as a part of a stake, which the protocol's
   * own transaction tells.
   */
  mintsOrBurns?(context: TonContext): boolean;
}
