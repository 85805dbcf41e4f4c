/**
 * What the decoder of a contract that takes or pays jettons answers besides its own events: which jetton
 * movements belong to a stake or a sale, so that the jetton wallets' transactions do not tell them a second
 * time.
 */
import type { TonContext } from '../context.js';
import type { JettonWalletFacts } from '../contract-facts.js';
import type { TonPart } from '../part.js';

export interface JettonProtocol extends TonPart {
  /**
   * Asked in a jetton wallet's transaction: whether it received jettons for this protocol's contract and
   * notified it. Then the contract's own transaction tells what became of them.
   */
  takesDeposit?(context: TonContext, wallet: JettonWalletFacts): boolean;
  /**
   * Asked in the transaction of a paying or a receiving jetton wallet: whether the contract paid these
   * jettons out, which its own transaction has told already.
   */
  paidOut?(context: TonContext): boolean;
  /**
   * Asked in the transaction of a master or a wallet: whether it mints or burns as part of a stake, which the
   * protocol's own transaction tells.
   */
  mintsOrBurns?(context: TonContext): boolean;
}
