/**
 * An NFT's state as a fold of its events. Every attribute carries the position of the event it comes from,
 * and two states merge attribute by attribute (the later position wins; for the origin, the earlier), so any
 * order and any batching of the same events gives the same state.
 */
import type { Chain, ChainEvent, Json, JsonObject } from '../../events/event.js';
import { wholeUnits } from '../../events/units.js';
import type { LedgerRow } from '../../store/ledger/ledger.js';
import { unknownWallet } from '../wallets/mentions.js';

export interface NftState {
  readonly tokenId: string;
  readonly chain: Chain;
  /** Earliest event of all: createdAt. */
  readonly first: { readonly position: string; readonly time: number };
  /**
   * The mint, or the earliest event when the mint is not known: a mint's position begins with 0, another's
   * with 1, one that names nobody with 2.
   */
  readonly origin: {
    readonly position: string;
    readonly hash: string;
    readonly creator: string;
  };
  /**
   * What it belongs to: by the latest update of its membership, else by the mint, else by the earliest event;
   * see `contractPosition`.
   */
  readonly contract: { readonly position: string; readonly address: string };
  /** Latest event that described it; position '' when none did. */
  readonly name: { readonly position: string; readonly name: string; readonly metadata: JsonObject };
  /**
   * Latest change of owner (position begins with 1), or the latest hint of one, such as who listed it (0); ''
   * when nobody was named.
   */
  readonly owner: { readonly position: string; readonly address: string; readonly burned: boolean };
  readonly listing: { readonly position: string; readonly listed: boolean };
  readonly price: {
    readonly position: string;
    readonly amount: string | null;
    readonly currency: string | null;
  };
  /** Latest event of all: updatedAt. */
  readonly last: { readonly position: string; readonly time: number };
}

type Attribute = { readonly position: string };

function later<A extends Attribute>(a: A, b: A): A {
  return b.position > a.position ? b : a;
}

function earlier<A extends Attribute>(a: A, b: A): A {
  return b.position < a.position ? b : a;
}

/** The state that one successful event alone shows; null for an event that says nothing of an NFT. */
function stateOf(row: LedgerRow): NftState | null {
  const { event, position } = row;
  if (event.asset.kind !== 'nft' || event.outcome !== 'ok') return null;
  const time = row.blockTime ?? 0;
  const moves = event.kind === 'mint' || event.kind === 'transfer' || event.kind === 'sale';
  const burned = event.kind === 'burn';
  const holder = moves ? (event.to ?? event.from) : (event.from ?? event.to);
  const creator = event.nft?.creator ?? event.to ?? event.from;
  const nobody = unknownWallet(row.chain);
  return {
    tokenId: event.asset.address,
    chain: row.chain,
    first: { position, time },
    origin: {
      position: `${creator === undefined ? '2' : event.kind === 'mint' ? '0' : '1'}${position}`,
      hash: row.transactionHash,
      creator: creator ?? nobody,
    },
    contract: {
      position: contractPosition(event, position, creator),
      address: event.nft?.collection ?? event.nft?.contract ?? event.asset.address,
    },
    name: describe(row),
    owner: {
      position: holder === undefined ? '' : `${moves || burned ? '1' : '0'}${position}`,
      address: holder ?? creator ?? nobody,
      burned,
    },
    listing: listing(row),
    price: event.price
      ? {
          position,
          amount: wholeUnits(event.price.amount, event.price.decimals),
          currency: event.price.currency,
        }
      : { position: '', amount: null, currency: null },
    last: { position, time },
  };
}

/**
 * Later wins: updates (3) by their position, and below them the mint (2), other events (1), those that name
 * nobody (0), of which the earliest counts: their positions are complemented, digit by digit.
 */
function contractPosition({ kind, nft }: ChainEvent, position: string, creator: string | undefined): string {
  if (kind === 'update' && nft?.contract !== undefined) return `3${position}`;
  const earliest = position.replace(/[0-9a-f]/g, (digit) => (15 - Number.parseInt(digit, 16)).toString(16));
  return `${kind === 'mint' && creator !== undefined ? '2' : creator === undefined ? '0' : '1'}${earliest}`;
}

function describe(row: LedgerRow): NftState['name'] {
  const nft = row.event.nft;
  if (!nft || (nft.name === undefined && nft.uri === undefined && nft.royaltyBasisPoints === undefined)) {
    return { position: '', name: row.event.asset.address, metadata: {} };
  }
  const metadata: Record<string, Json> = {};
  if (nft.uri !== undefined) metadata.uri = nft.uri;
  if (nft.royaltyBasisPoints !== undefined) metadata.royaltyBasisPoints = nft.royaltyBasisPoints;
  if (nft.collection !== undefined) metadata.collection = nft.collection;
  return { position: row.position, name: nft.name ?? row.event.asset.address, metadata };
}

/**
 * A listing ends with a delisting, and with every change of owner. A change of price alone, or an update,
 * neither opens nor ends one.
 */
function listing(row: LedgerRow): NftState['listing'] {
  const { kind, repriceOnly } = row.event;
  if (kind === 'update') return { position: '', listed: false };
  if (kind === 'list')
    return repriceOnly ? { position: '', listed: false } : { position: row.position, listed: true };
  return { position: row.position, listed: false };
}

function mergeStates(a: NftState, b: NftState): NftState {
  return {
    tokenId: a.tokenId,
    chain: a.chain,
    first: earlier(a.first, b.first),
    origin: earlier(a.origin, b.origin),
    contract: later(a.contract, b.contract),
    name: later(a.name, b.name),
    owner: later(a.owner, b.owner),
    listing: later(a.listing, b.listing),
    price: later(a.price, b.price),
    last: later(a.last, b.last),
  };
}

/** States of all NFTs that the rows speak of, in order of tokenId. */
export function foldNfts(rows: readonly LedgerRow[]): NftState[] {
  const states = new Map<string, NftState>();
  for (const row of rows) {
    const state = stateOf(row);
    if (!state) continue;
    const known = states.get(state.tokenId);
    states.set(state.tokenId, known ? mergeStates(known, state) : state);
  }
  return [...states.values()].sort((a, b) => (a.tokenId < b.tokenId ? -1 : 1));
}
