/**
 * An instruction of the walk whose data is decoded only when a decoder looks at it: most are never looked at.
 */

import { decodeBase58 } from '../../../events/base58.js';
import { NdxError } from '../../../runtime/errors.js';
import type { SolanaInstruction } from '../transaction.js';

/** Where an instruction stands: see {@link SolanaInstruction}. */
export interface InstructionPlace {
  readonly outer: number;
  readonly inner: number;
  readonly ordinal: number;
  readonly stackHeight: number | null;
}

/** The part of an instruction that does not depend on where it stands. */
export interface InstructionBody {
  readonly programId: string;
  readonly accounts: readonly string[];
  /** Base58 text, decoded on first use. */
  readonly data: string;
}

export class NormalisedInstruction implements SolanaInstruction {
  readonly programId: string;
  readonly accounts: readonly string[];
  readonly outer: number;
  readonly inner: number;
  readonly ordinal: number;
  readonly stackHeight: number | null;
  #data: Uint8Array | string;

  constructor(body: InstructionBody, place: InstructionPlace) {
    this.programId = body.programId;
    this.accounts = body.accounts;
    this.#data = body.data;
    this.outer = place.outer;
    this.inner = place.inner;
    this.ordinal = place.ordinal;
    this.stackHeight = place.stackHeight;
  }

  /** @throws NdxError RPC_BAD_RESPONSE when the answer's text is not base58. */
  get data(): Uint8Array {
    if (typeof this.#data !== 'string') return this.#data;
    const bytes = decodeBase58(this.#data);
    if (bytes === null)
      throw new NdxError(
        'RPC_BAD_RESPONSE',
        `Solana answer: the data of instruction ${this.ordinal} is not base58`,
        { retryable: true },
      );
    this.#data = bytes;
    return bytes;
  }
}
