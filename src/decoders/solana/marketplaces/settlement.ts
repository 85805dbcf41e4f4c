/**
 * Sales on programs that no table knows, inferred from the settlement: inside one outer instruction an NFT
 * changes its owner and, against it, the buyer's money goes to a seller. Strict on purpose, since loans,
 * rentals and stakes also move NFTs beside money:
 *
 * - the buyer is a wallet, never something that a program holds (an NFT into a vault against money is a loan
 *   or a pool);
 * - from wallet to wallet: the wallet that gave the NFT must be paid, by the buyer or out of an escrow;
 * - out of an escrow: the buyer pays, most of it goes to one wallet, and that is the seller if the escrow's
 *   rent went back to him too, or if others (fees, royalties) were paid beside him;
 * - programs known to lend are left out: a repayment looks like a purchase.
 */
import type { SolanaInstruction } from '../../../chains/solana/transaction.js';
import { eventIndex } from '../../../events/position.js';
import { isOnCurve } from '../address/curve.js';
import type { DecodeContext, Draft, ProgramDecoder } from '../decoder.js';
import type { Effect } from '../effect.js';
import {
  ASSOCIATED_TOKEN_PROGRAM,
  BUBBLEGUM_PROGRAM,
  CORE_PROGRAM,
  isTokenProgram,
  SYSTEM_PROGRAM,
  TOKEN_METADATA_PROGRAM,
} from '../programs.js';
import { callsOf } from '../walk/subtree.js';
import { MARKET_PROGRAMS } from './markets.js';
import { type Flow, flowsOf } from './money/flows.js';
import { openedAccounts } from './money/payments.js';
import { rentReceiver } from './money/rent.js';
import { isNftLike } from './nft-like.js';
import { isSigner } from './parties.js';
import { readSale, type Sale } from './sale.js';
import { type Span, spanOf, within } from './spans.js';

const NAME = 'settlement';
const VERSION = 3;

/** Programs that move assets for their owners and never sell them. */
const CARRIERS: ReadonlySet<string> = new Set([
  ...[SYSTEM_PROGRAM, ASSOCIATED_TOKEN_PROGRAM, TOKEN_METADATA_PROGRAM, CORE_PROGRAM, BUBBLEGUM_PROGRAM],
  'ComputeBudget111111111111111111111111111111',
  'MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr',
]);

/** Programs that lend: Sharky, Citrus, Frakt (Banx), Rain. */
const LENDERS: ReadonlySet<string> = new Set([
  'SHARKobtfF1bHhxD2eqftjHBdVSCbKo9JtgK71FhELP',
  'JCFRaPv7852ESRwJJGRy2mysUMydXZgVVhrMLmExvmVp',
  'A66HabVL3DzNzeJgcHYtRRNW1ZRMKwBfrdSR4kLsZ9DJ',
  'RainEraPU5yDoJmTrHdYynK9739GkEfDsE4ffqce2BR',
]);

export function createSettlementDecoder(): ProgramDecoder {
  return {
    name: NAME,
    version: VERSION,
    keys: () => [],
    decode(context) {
      if (
        context.failed ||
        !context.effects.some((effect) => effect.kind === 'transfer' && isNftLike(effect, context))
      )
        return [];
      const followed = new Set(context.follow.programs.map(({ address }) => address));
      const explained = new Set(context.earlier.flatMap(({ effects }) => effects ?? []));
      const sold = new Set(context.earlier.map(({ event }) => event.asset.address));
      return context.transaction.instructions.flatMap((instruction) => {
        const { inner, programId } = instruction;
        if (inner !== -1 || isTokenProgram(programId) || CARRIERS.has(programId) || LENDERS.has(programId))
          return [];
        if (followed.has(programId) || MARKET_PROGRAMS.has(programId)) return [];
        return infer(instruction, context, explained, sold);
      });
    },
  };
}

function infer(
  instruction: SolanaInstruction,
  context: DecodeContext,
  explained: ReadonlySet<Effect>,
  sold: ReadonlySet<string>,
): Draft[] {
  const { instructions } = context.transaction;
  const span = spanOf(instructions, instruction, MARKET_PROGRAMS);
  const parts = partsOf(instruction, context).flatMap((part) =>
    inferIn(instruction, spanOf(instructions, part, MARKET_PROGRAMS), context, explained, sold),
  );
  const told = new Set([...explained, ...parts.flatMap(({ effects }) => effects ?? [])]);
  const gone = new Set([...sold, ...parts.map(({ event }) => event.asset.address)]);
  return [...parts, ...inferIn(instruction, span, context, told, gone)];
}

/**
 * The calls of a router that each move an NFT of their own: where it makes several, each is a sale by itself,
 * with its own parties, price and currency. What none of them tells alone, all of them tell together.
 */
function partsOf({ ordinal }: SolanaInstruction, context: DecodeContext): readonly SolanaInstruction[] {
  const { instructions } = context.transaction;
  const calls = callsOf(instructions, ordinal).filter(
    (call) =>
      !isTokenProgram(call.programId) &&
      !CARRIERS.has(call.programId) &&
      !LENDERS.has(call.programId) &&
      !MARKET_PROGRAMS.has(call.programId) &&
      flowsOf(within(context.effects, spanOf(instructions, call, MARKET_PROGRAMS)), context).length > 0,
  );
  return calls.length > 1 ? calls : [];
}

function inferIn(
  instruction: SolanaInstruction,
  span: Span,
  context: DecodeContext,
  explained: ReadonlySet<Effect>,
  sold: ReadonlySet<string>,
): Draft[] {
  const effects = within(context.effects, span).filter((effect) => !explained.has(effect));
  const flows = flowsOf(effects, context).filter(
    ({ asset, effects: moves }) => !sold.has(asset) && moves.some((effect) => context.followsEffect(effect)),
  );
  if (flows.length === 0) return [];
  const opened = openedAccounts(context.transaction);
  return flows.flatMap((flow, index) => {
    const { accounts, programId } = context.transaction.instructions[span.first] ?? instruction;
    const hints = { accounts };
    const sale = readSale(flow, span, effects, opened, hints, context, { index, count: flows.length });
    const refusal = refuse(flow, span, sale, context);
    context.explain?.({
      ...{
        decoder: NAME,
        ordinal: instruction.ordinal,
        verdict: refusal === null ? ('matched' as const) : ('near' as const),
      },
      reason: refusal ?? `an NFT against a payment on ${programId}`,
    });
    return refusal === null ? [draft(instruction.ordinal, programId, flow, sale)] : [];
  });
}

/** Why this is no sale; null when it is one. */
function refuse(flow: Flow, span: Span, sale: Sale, context: DecodeContext): string | null {
  const { payments, buyer, seller } = sale;
  const { from } = flow;
  if (payments === null || seller === undefined) return 'the NFT moved without a payment';
  if (buyer === seller || buyer === from) return 'the NFT came back to its owner';
  if (!isOnCurve(buyer)) return 'the NFT went to something that a program holds';
  if (isOnCurve(from)) {
    if (!payments.received.has(from)) return 'who gave the NFT was not paid';
    const byEscrow = payments.effects.length === 0 || [...payments.payers].some((payer) => !isOnCurve(payer));
    return payments.payers.has(buyer) || byEscrow ? null : 'a third party paid';
  }
  const returned = rentReceiver(flow, span, context) === seller;
  // Paid out of the program's own escrow: a price, and not a loan, only where the NFT's escrow went back to
  // whoever was paid.
  if (!payments.payers.has(buyer) && !(payments.effects.length === 0 && returned))
    return 'who got the NFT paid nothing';
  const proceeds = payments.received.get(seller) ?? 0n;
  if (proceeds * 2n < payments.total) return 'no one got most of the payment';
  if (isSigner(seller, context)) return 'who was paid signed';
  if (returned || payments.received.size > 1) return null;
  return 'one payment only, and not to who opened the escrow: a fee rather than a price';
}

function draft(ordinal: number, program: string, flow: Flow, sale: Sale): Draft {
  const last = flow.effects.at(-1);
  const { details, ...facts } = sale.facts;
  return {
    ordinal,
    claims: [],
    effects: [...flow.effects, ...(sale.payments?.effects ?? [])],
    event: {
      ...{
        eventIndex: eventIndex(last?.ordinal ?? 0, last?.slot ?? 0),
        kind: 'sale',
        outcome: 'ok',
        decoder: NAME,
        decoderVersion: VERSION,
      },
      asset: { kind: 'nft', address: flow.asset },
      ...(sale.seller !== undefined && { from: sale.seller }),
      to: sale.buyer,
      ...{ amount: 1n, decimals: 0 },
      ...facts,
      details: { inferred: true, program, ...details },
    },
  };
}
