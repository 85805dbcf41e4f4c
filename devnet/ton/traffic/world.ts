/**
 * The state that the play's finished actions add up to: balances, NFTs, stakes, what is on offer. Actions
 * that share a wallet or an item never run at the same time, so the order in which they finish is the order
 * that counts.
 */
import { LABELS } from '../contracts/addresses.js';
import type { Action, ExpectedEvent, Landed, Offer, Step } from './model.js';

export interface NftState {
  readonly address: string;
  readonly collection: number;
  readonly index: number;
  readonly creator: string;
  /** Raw address; the last holder of a burned one. */
  owner: string;
  burned: boolean;
  listed: boolean;
  /** nanotons; null: none was ever named. */
  price: bigint | null;
  /** The sale contract that was made for it; the item is there when it is listed. */
  offer: Offer | null;
  /** The auction's last bid, and the bidder's label. */
  bid: { readonly amount: bigint; readonly bidder: string } | null;
}

interface StakeState {
  /** The staking contract's transaction. */
  readonly transactionHash: string;
  readonly original: bigint;
  remaining: bigint;
  readonly lockSeconds: number | null;
}

interface PoolState {
  /** Oldest first; unstaking consumes the oldest first. */
  readonly stakes: StakeState[];
  claimed: bigint;
}

interface WorldState {
  readonly balances: Map<string, Map<string, bigint>>;
  readonly nfts: Map<string, NftState>;
  /** By wallet, then pool. */
  readonly stakes: Map<string, Map<string, PoolState>>;
  /** Index of the next item, by collection. */
  readonly nextIndex: Map<number, number>;
  /** Names of the scenes that have been played. */
  readonly played: Set<string>;
}

export interface World {
  readonly state: WorldState;
  balance(token: string, owner: string): bigint;
  staked(wallet: string, pool: string): bigint;
  /** @param landed what became of each event. @param asPlanned everything that was expected happened */
  apply(
    action: Action,
    events: readonly ExpectedEvent[],
    landed: readonly Landed[],
    asPlanned: boolean,
  ): void;
}

/** What an opening scene is recognised by once it was played. */
export function sceneNames({ steps }: Action): readonly string[] {
  if (steps.length > 1) return ['several'];
  return steps.map((step) => {
    if (step.do === 'itemMint') return step.batch ? 'itemMint:batch' : 'itemMint';
    if (step.do === 'openCollection') return `openCollection:${step.collection}`;
    if (step.do === 'ndtTransferFailing') return `ndtTransferFailing:${step.why}`;
    if (step.do === 'unstake') return step.fails ? 'unstake:fails' : 'unstake';
    if (step.do === 'forgeNotice') return `forgeNotice:${step.by}`;
    if ('offer' in step) return `${step.do}:${step.offer.is}`;
    return step.do;
  });
}

export function createWorld(): World {
  const state: WorldState = {
    balances: new Map(),
    nfts: new Map(),
    stakes: new Map(),
    nextIndex: new Map(),
    played: new Set(),
  };
  const { balances, nfts, stakes, nextIndex, played } = state;

  function applyEvent(event: ExpectedEvent, transactionHash: string): void {
    for (const { token, owner, delta } of event.movements) {
      const holders = balances.get(token) ?? new Map<string, bigint>();
      balances.set(token, holders);
      holders.set(owner, (holders.get(owner) ?? 0n) + delta);
    }
    if (event.asset.kind === 'nft') applyNft(nfts, event);
    else if (event.stake && event.from !== undefined)
      applyStake(stakes, transactionHash, event, event.from, event.stake.pool);
  }

  /** What a step does beside its events. */
  function applyStep(step: Step): void {
    if (step.do === 'openCollection') nextIndex.set(step.collection, 0);
    if (step.do === 'itemMint')
      nextIndex.set(step.collection, (nextIndex.get(step.collection) ?? 0) + step.items.length);
    const nft = 'item' in step ? nfts.get(step.item) : undefined;
    if (!nft) return;
    if (step.do === 'offer') nft.offer = step.offer;
    if (step.do === 'bid' && step.amount < step.offer.maxBid)
      nft.bid = { amount: step.amount, bidder: step.bidder };
  }

  return {
    state,
    balance: (token, owner) => balances.get(token)?.get(owner) ?? 0n,
    staked: (wallet, pool) =>
      (stakes.get(wallet)?.get(pool)?.stakes ?? []).reduce((sum, stake) => sum + stake.remaining, 0n),
    apply(action, events, landed, asPlanned) {
      for (const name of sceneNames(action)) played.add(name);
      events.forEach((event, index) => {
        const { outcome, transactionHash } = landed[index] ?? { outcome: 'missing', transactionHash: null };
        if (event.at.outcome === 'ok' && outcome === 'ok' && transactionHash !== null)
          applyEvent(event, transactionHash);
      });
      if (asPlanned) for (const step of action.steps) applyStep(step);
    },
  };
}

function applyNft(nfts: Map<string, NftState>, event: ExpectedEvent): void {
  const { address } = event.asset;
  if (event.kind === 'mint' && event.to !== undefined && event.nft) {
    const { creator, index } = event.nft;
    const collection = LABELS.findIndex(({ raw }) => raw === creator);
    const nothing = { burned: false, listed: false, price: null, offer: null, bid: null };
    nfts.set(address, { address, collection, index, creator, owner: event.to, ...nothing });
    return;
  }
  const nft = nfts.get(address);
  if (!nft) throw new Error(`oracle: ${event.kind} of ${address}, which was never minted`);
  if (event.price) nft.price = event.price.amount;
  nft.listed = event.kind === 'list';
  if (event.kind !== 'list') {
    nft.offer = null;
    nft.bid = null;
  }
  if (event.kind === 'burn') nft.burned = true;
  if (event.to !== undefined) nft.owner = event.to;
}

function applyStake(
  stakes: Map<string, Map<string, PoolState>>,
  transactionHash: string,
  event: ExpectedEvent,
  wallet: string,
  pool: string,
): void {
  const pools = stakes.get(wallet) ?? new Map<string, PoolState>();
  stakes.set(wallet, pools);
  const state = pools.get(pool) ?? { stakes: [], claimed: 0n };
  pools.set(pool, state);
  const { amount } = event;
  if (event.kind === 'claim') state.claimed += amount;
  if (event.kind === 'stake')
    state.stakes.push({
      transactionHash,
      original: amount,
      remaining: amount,
      lockSeconds: event.stake?.lockSeconds ?? null,
    });
  if (event.kind !== 'unstake') return;
  let left = amount;
  for (const stake of state.stakes) {
    const lasts = stake.remaining > left;
    const taken = lasts ? left : stake.remaining;
    stake.remaining -= taken;
    left -= taken;
  }
  if (left > 0n) throw new Error(`oracle: ${wallet} unstaked ${left} more from ${pool} than was staked`);
}
