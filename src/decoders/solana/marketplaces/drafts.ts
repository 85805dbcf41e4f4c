/** Turns a call of a marketplace into drafts of sales and listings. */
import type { SolanaInstruction } from '../../../chains/solana/transaction.js';
import type { ChainEvent, Kind } from '../../../events/event.js';
import { eventIndex } from '../../../events/position.js';
import { isOnCurve } from '../address/curve.js';
import { createByteReader } from '../bytes.js';
import type { DecodeContext, Draft } from '../decoder.js';
import { type Effect, NATIVE } from '../effect.js';
import { NATIVE_MINT } from '../programs.js';
import type { Flow } from './money/flows.js';
import type { StatedPrice } from './money/stated-price.js';
import type { Sale } from './sale.js';
import type { Span } from './spans.js';
import type { MarketInstruction, MarketProgram, Marketplace } from './spec.js';

/** One call of a marketplace's program, with what its table and its effects say. */
export interface Call {
  readonly instruction: SolanaInstruction;
  readonly market: Marketplace;
  readonly program: MarketProgram;
  readonly known: MarketInstruction | undefined;
  readonly span: Span;
  readonly effects: readonly Effect[];
}

/**
 * The price in the instruction's data, in base units; undefined when its table names no place or the data is
 * too short.
 */
export function argumentOf(
  { data }: SolanaInstruction,
  known: MarketInstruction | undefined,
): bigint | undefined {
  if (known?.price === undefined || data.length < known.price + 8) return undefined;
  return createByteReader(data, known.price).integer(8, false);
}

/** A listing or its end in which the NFT moved. */
export function listingDraft(
  call: Call,
  kind: Kind,
  flow: Flow,
  stated: StatedPrice | null,
  context: DecodeContext,
): Draft {
  const hint = call.known?.seller === undefined ? undefined : call.instruction.accounts[call.known.seller];
  const holder = kind === 'list' ? flow.from : flow.to;
  const owner = isOnCurve(holder) ? holder : (hint ?? holder);
  return quietDraft(call, kind, flow.asset, owner, indexOf(flow), flow.effects, stated, context);
}

/** A listing, its end, or a change of its price. */
export function quietDraft(
  call: Call,
  kind: Kind,
  asset: string,
  owner: string | undefined,
  index: number,
  effects: readonly Effect[],
  stated: StatedPrice | null,
  context: DecodeContext,
): Draft {
  const { instruction, known } = call;
  const { details, ...event } = base(call, index, kind);
  const asked = kind === 'list' ? askedPrice(call, stated, context) : {};
  return {
    ordinal: instruction.ordinal,
    claims: [],
    effects,
    event: {
      ...event,
      asset: { kind: 'nft', address: asset },
      ...(owner !== undefined && { from: owner }),
      ...{ amount: 1n, decimals: 0 },
      ...(asked.price && { price: asked.price }),
      ...(known?.action === 'reprice' && { repriceOnly: true as const }),
      details: { ...details, ...asked.details },
    },
  };
}

/**
 * In lamports unless the program says otherwise. Where a token's decimals are not known, the price stands in
 * the details only.
 */
function askedPrice(
  { instruction, known, program }: Call,
  stated: StatedPrice | null,
  context: DecodeContext,
): Pick<ChainEvent, 'price' | 'details'> {
  const amount = stated?.amount ?? argumentOf(instruction, known) ?? plainPrice(instruction.data, program);
  if (amount === undefined || amount === 0n || amount >= NO_PRICE) return {};
  const { tokens } = context.follow;
  const listed = program.pricedInTokens
    ? tokens.find(({ mint }) => instruction.accounts.includes(mint))?.mint
    : undefined;
  const told = stated?.currency ?? listed;
  const currency = told === undefined || told === NATIVE_MINT ? NATIVE : told;
  const token = tokens.find(({ mint }) => mint === currency);
  const decimals = currency === NATIVE ? 9 : (token?.decimals ?? context.accounts.decimalsOf(currency));
  if (decimals === undefined) return { details: { askedAmount: amount.toString(), askedCurrency: currency } };
  return { price: { amount, currency, decimals } };
}

/** Auction listings hold the largest u64 in the place of a price. */
const NO_PRICE = 2n ** 63n;

function plainPrice(data: Uint8Array, program: MarketProgram): bigint | undefined {
  return program.plainPrice && data.length >= 9 ? createByteReader(data, 1).integer(8, false) : undefined;
}

/**
 * @param flow the move of the NFT
 * @returns a draft that claims nothing: the move and the payments are its effects already
 */
export function saleDraft(call: Call, flow: Flow, sale: Sale): Draft {
  const { details, ...facts } = sale.facts;
  const event = base(call, indexOf(flow), 'sale');
  return {
    ordinal: call.instruction.ordinal,
    claims: [],
    effects: [...flow.effects, ...(sale.payments?.effects ?? [])],
    event: {
      ...event,
      asset: { kind: 'nft', address: flow.asset },
      ...(sale.seller !== undefined && { from: sale.seller }),
      to: sale.buyer,
      amount: 1n,
      decimals: 0,
      ...facts,
      details: { ...event.details, ...details },
    },
  };
}

function base({ instruction, market, program, known }: Call, index: number, kind: Kind) {
  return {
    ...{
      eventIndex: index,
      kind,
      outcome: 'ok' as const,
      decoder: market.name,
      decoderVersion: market.version,
    },
    marketplace: marketplaceOf(market.name, program, instruction.accounts),
    details: { program: program.address, instruction: known?.name ?? 'unknown' },
  };
}

function marketplaceOf(
  marketplace: string,
  { marketplaces }: MarketProgram,
  accounts: readonly string[],
): string {
  for (const account of marketplaces === undefined ? [] : accounts) {
    const name = marketplaces?.get(account);
    if (name !== undefined) return name;
  }
  return marketplace;
}

/** The event stands where the NFT arrived, as its plain transfer would without this decoder. */
function indexOf({ effects }: Flow): number {
  const last = effects.at(-1);
  return eventIndex(last?.ordinal ?? 0, last?.slot ?? 0);
}
