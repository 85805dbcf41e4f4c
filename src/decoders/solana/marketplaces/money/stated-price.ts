/**
 * Prices that a marketplace's program states itself: in an event, in a call of its own noop, or in a line of
 * its log. They are attributed by the invocation stack, so nobody else can state them. What a program's
 * statement looks like stands in its marketplace's file.
 */

import type { SolanaInstruction } from '../../../../chains/solana/transaction.js';
import { type ByteReader, createByteReader } from '../../bytes.js';
import type { DecodeContext } from '../../decoder.js';
import { discriminatorOf, eventDiscriminator, instructionDiscriminator } from '../../discriminator.js';
import type { Span } from '../spans.js';

export interface StatedPrice {
  /** Base units of the currency. */
  readonly amount: bigint;
  readonly marketplaceFee?: bigint;
  readonly royalty?: bigint;
  /** Mint; absent: lamports. */
  readonly currency?: string;
  /** The NFT, where the program names it. */
  readonly asset?: string;
}

/**
 * null: the program states no price here. @throws RangeError when the statement is shorter than the known
 * form
 */
export type StatedPriceReader = (
  instruction: SolanaInstruction,
  span: Span,
  context: DecodeContext,
) => StatedPrice | null;

/**
 * The stated price. A statement that cannot be read (of another version of the program) is left out; then the
 * payments tell the price.
 */
export function readStatedPrice(
  reader: StatedPriceReader | undefined,
  instruction: SolanaInstruction,
  span: Span,
  context: DecodeContext,
): StatedPrice | null {
  try {
    return reader?.(instruction, span, context) ?? null;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return null;
  }
}

/**
 * Reads the first call of the program's own instruction `noop` that the instruction made.
 * @param noop its snake_case name
 * @param read begins after the discriminator
 */
export function statedInNoop(
  noop: string,
  read: (reader: ByteReader) => StatedPrice | null,
): StatedPriceReader {
  const tag = instructionDiscriminator(noop);
  return (instruction, { first, last }, { transaction }) => {
    for (let i = first + 1; i <= last; i++) {
      const call = transaction.instructions[i];
      if (call?.programId !== instruction.programId || discriminatorOf(call.data) !== tag) continue;
      return read(createByteReader(call.data, 8));
    }
    return null;
  };
}

/**
 * In the instruction's own part of the log, reads the first Anchor event of that name, or the first line that
 * `line` can read.
 */
export function statedInLog(
  say:
    | { readonly event: string; readonly read: (reader: ByteReader) => StatedPrice | null }
    | { readonly line: (text: string) => StatedPrice | null },
): StatedPriceReader {
  const tag = 'event' in say ? eventDiscriminator(say.event) : '';
  return (instruction, _span, context) => {
    const frame = context.logs().pairs.find((pair) => pair.instruction === instruction)?.frame;
    if (frame === undefined) return null;
    if ('event' in say) {
      const events = frame.emitted.map((line) => Buffer.from(line, 'base64'));
      const event = events.find((data) => discriminatorOf(data) === tag);
      return event === undefined ? null : say.read(createByteReader(event, 8));
    }
    for (const text of frame.said) {
      const price = say.line(text);
      if (price !== null) return price;
    }
    return null;
  };
}
