/** What a marketplace's call becomes: drafts of sales and listings. */
import type { SolanaInstruction } from '../../../chains/solana/transaction.js';
import type { ChainEvent, Kind } from '../../../events/event.js';
import { eventIndex } from '../../../events/position.js';
import { isOnCurve } from '../address/curve.js';
import { createByteReader } from '../bytes.js';
import type { Draft } from '../decoder.js';
import type { Effect } from '../effect.js';
import type { Flow } from './flows.js';
import type { NamedPrice } from './named-price.js';
import type { Sale } from './sale.js';
import type { Span } from './spans.js';
import type { MarketInstruction, MarketProgram } from './spec.js';

export const MARKETPLACES = { name: 'marketplaces', version: 1 } as const;

/** One call of a marketplace, with all that is asked of it. */
export interface Call {
  readonly instruction: SolanaInstruction;
  readonly market: MarketProgram;
  readonly known: MarketInstruction | undefined;
  readonly span: Span;
  readonly effects: readonly Effect[];
}

export function argumentOf({ data }: SolanaInstruction, known: MarketInstruction | undefined): bigint | undefined {
  if (known?.price === undefined || data.length < known.price + 8) return undefined;
  return createByteReader(data, known.price).integer(8, false);
}

export function listingDraft(call: Call, kind: Kind, flow: Flow, named: NamedPrice | null): Draft {
  const hint = call.known?.seller === undefined ? undefined : call.instruction.accounts[call.known.seller];
  const holder = kind === 'list' ? flow.from : flow.to;
  const owner = isOnCurve(holder) ? holder : (hint ?? holder);
  return quietDraft(call, kind, { kind: 'nft', address: flow.asset }, owner, indexOf(flow), flow.effects, named);
}

export function quietDraft(
  call: Call,
  kind: Kind,
  asset: ChainEvent['asset'],
  owner: string | undefined,
  index: number,
  effects: readonly Effect[],
  named: NamedPrice | null,
): Draft {
  const { instruction, known, market } = call;
  const { data } = instruction;
  const amount = named?.amount ?? argumentOf(instruction, known) ?? plainPrice(data, market);
  const price = kind === 'list' && amount !== undefined && amount > 0n && amount < NO_PRICE ? amount : undefined;
  return {
    ordinal: instruction.ordinal,
    claims: [],
    effects,
    event: {
      ...base(call, index, kind),
      asset,
      ...(owner !== undefined && { from: owner }),
      amount: 1n,
      decimals: 0,
      // The currency of a listing stands in its data only where the program says so.
      ...(price !== undefined && {
        price: { amount: price, currency: named?.currency ?? 'SOL', decimals: named?.currency === undefined ? 9 : 0 },
      }),
      ...(known?.action === 'reprice' && { repriceOnly: true as const }),
    },
  };
}

/** Auction listings hold the largest u64 where a price would stand. */
const NO_PRICE = 2n ** 63n;

function plainPrice(data: Uint8Array, market: MarketProgram): bigint | undefined {
  return market.plainPrice && data.length === 9 ? createByteReader(data, 1).integer(8, false) : undefined;
}

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

function base({ instruction, market, known }: Call, index: number, kind: Kind) {
  return {
    ...{ eventIndex: index, kind, outcome: 'ok' as const, decoder: MARKETPLACES.name, decoderVersion: MARKETPLACES.version },
    marketplace: marketplaceOf(market, instruction.accounts),
    details: { program: market.address, instruction: known?.name ?? 'unknown' },
  };
}

function marketplaceOf({ marketplace, marketplaces }: MarketProgram, accounts: readonly string[]): string {
  for (const account of marketplaces === undefined ? [] : accounts) {
    const name = marketplaces?.get(account);
    if (name !== undefined) return name;
  }
  return marketplace;
}

/** The event stands where the NFT arrived: where its plain transfer would stand without this decoder. */
function indexOf({ effects }: Flow): number {
  const last = effects.at(-1);
  return eventIndex(last?.ordinal ?? 0, last?.slot ?? 0);
}
