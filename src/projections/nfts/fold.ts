/**
 * An NFT's state, folded from its events. Every attribute carries the position of the event it comes from.
 * Two states are merged attribute by attribute: the later position wins, except for `first` and `origin`,
 * where the earlier one wins. So any order and any batching of the same events gives the same state (promise
 * 2).
 */
import type { Chain, ChainEvent, Json } from '../../events/event.js';
import { wholeUnits } from '../../events/units.js';
import type { LedgerRow } from '../../store/ledger/ledger.js';
import { timeOf } from '../dated.js';
import { unknownWallet } from '../wallets/mentions.js';

type Attribute = { readonly position: string };

/** Parts of an event's description, each of which an update may change alone. */
const SAID = ['uri', 'royaltyBasisPoints', 'creators', 'updateAuthority', 'state'] as const;
type Said = (typeof SAID)[number];

/** State of one item. Positions are text that sorts in chain order; times are Unix seconds. */
export interface NftState {
  readonly tokenId: string;
  readonly chain: Chain;
  /** Earliest of all its events; becomes createdAt. */
  readonly first: { readonly position: string; readonly time: number };
  /**
   * The mint, or the earliest event when no mint is known. The position has a digit in front that ranks the
   * event: 0 for a mint, 1 for another event, 2 for an event that names no wallet.
   */
  readonly origin: {
    readonly position: string;
    readonly hash: string;
    readonly creator: string;
  };
  /**
   * The collection or contract that it belongs to: taken from the latest update of its membership, else from
   * the mint, else from the earliest event (see `contractPosition`).
   */
  readonly contract: {
    readonly position: string;
    readonly address: string;
    /** The verified collection; null: none. */
    readonly collection: string | null;
  };
  /** Latest event that named the item; position '' when none did. */
  readonly name: { readonly position: string; readonly name: string };
  /** What events said of the item besides, by the name under which it stands in `metadata`. */
  readonly said: Readonly<Partial<Record<Said, Attribute & { readonly value: Json }>>>;
  /**
   * Latest change of owner (digit 1 in front of the position), else the latest hint of an owner, such as who
   * listed it (digit 0). Position '' when no event names a wallet.
   */
  readonly owner: { readonly position: string; readonly address: string; readonly burned: boolean };
  readonly listing: { readonly position: string; readonly listed: boolean };
  /** Latest price, in whole units of the currency; position '' and nulls when no event has one. */
  readonly price: {
    readonly position: string;
    readonly amount: string | null;
    readonly currency: string | null;
  };
  /** Latest of all its events; becomes updatedAt. */
  readonly last: { readonly position: string; readonly time: number };
}

function later<A extends Attribute>(a: A, b: A): A {
  return b.position > a.position ? b : a;
}

function earlier<A extends Attribute>(a: A, b: A): A {
  return b.position < a.position ? b : a;
}

/** The state that one event alone shows; null for a failed event and for one that is not about an NFT. */
function stateOf(row: LedgerRow): NftState | null {
  const { event, position } = row;
  if (event.asset.kind !== 'nft' || event.outcome !== 'ok') return null;
  const time = timeOf(row);
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
      collection: event.nft?.collection ?? null,
    },
    name: {
      position: event.nft?.name === undefined ? '' : position,
      name: event.nft?.name ?? event.asset.address,
    },
    said: saidBy(event, position),
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
 * Position by which `contract` is merged: the larger text wins. The first digit ranks the event: 3 for an
 * update of the membership, 2 for the mint, 1 for another event, 0 for one that names no wallet. Among
 * updates the latest wins. Among all others the earliest has to win, so the hex digits of their position are
 * complemented (0 becomes f), which reverses the order.
 */
function contractPosition({ kind, nft }: ChainEvent, position: string, creator: string | undefined): string {
  if (kind === 'update' && nft?.contract !== undefined) return `3${position}`;
  const earliest = position.replace(/[0-9a-f]/g, (digit) => (15 - Number.parseInt(digit, 16)).toString(16));
  return `${kind === 'mint' && creator !== undefined ? '2' : creator === undefined ? '0' : '1'}${earliest}`;
}

function saidBy({ nft }: ChainEvent, position: string): NftState['said'] {
  if (nft === undefined) return {};
  return Object.fromEntries(
    SAID.flatMap((name) => {
      const value = nft[name] as Json | undefined;
      return value === undefined ? [] : [[name, { position, value }]];
    }),
  );
}

function mergeSaid(a: NftState['said'], b: NftState['said']): NftState['said'] {
  const merged = { ...a };
  for (const name of SAID) {
    const [mine, other] = [a[name], b[name]];
    if (other !== undefined) merged[name] = mine === undefined ? other : later(mine, other);
  }
  return merged;
}

/**
 * A listing ends with a delisting and with every change of owner. An update, or a `list` event that only
 * changes the price, neither opens nor ends one.
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
    said: mergeSaid(a.said, b.said),
    owner: later(a.owner, b.owner),
    listing: later(a.listing, b.listing),
    price: later(a.price, b.price),
    last: later(a.last, b.last),
  };
}

/**
 * Folds ledger rows, in any order, into one state per NFT that they are about.
 * @returns states sorted by tokenId
 */
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
