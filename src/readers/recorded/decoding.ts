/** What decoding of recorded documents is asked for, and whom it tells: the same for every chain. */
import type { Readable } from 'node:stream';
import type { DecodedTransaction } from '../../events/event.js';

export interface RecordedDecoding {
  /** Every NFT or account, followed or not. */
  readonly all: boolean;
  /** Say of each transaction which decoder matched it, which nearly did, and why. */
  readonly why: boolean;
  /** Solana: slot of a block whose recorded result does not say it. */
  readonly slot?: number | undefined;
  /** TON: believe what the messages themselves suggest of contracts that the input says nothing of. */
  readonly assumeVerified?: true | undefined;
  /** Opens the input anew, where it can be read more than once. */
  readonly again?: (() => Readable) | undefined;
  /** Takes each decoded transaction. */
  event(transaction: DecodedTransaction): void;
  /** Takes what the operator should know, such as a document that cannot be read. */
  note(text: string): void;
}
