/**
 * The state that the play's events add up to: balances, NFTs, stakes. The generator folds what it plans into
 * one, the oracle what landed.
 */
import type { Action, ExpectedEvent } from './model.js';

export interface NftState {
  readonly address: string;
  readonly creator: string;
  /** Tracks have a name, SPL NFTs none. */
  readonly name: string | null;
  royaltyPercent: number;
  /** The last holder of a burned one. */
  owner: string;
  burned: boolean;
  listed: boolean;
  /** Base units of NDT; null: none was ever named. */
  price: bigint | null;
}

interface StakeState {
  readonly signature: string;
  readonly original: bigint;
  remaining: bigint;
  readonly lockSeconds: number | null;
  readonly apy: number | null;
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
  readonly joined: Set<number>;
  /** Names of the steps, failures and the like that have been played: each opening scene is played once. */
  readonly played: Set<string>;
}

export interface World {
  readonly state: WorldState;
  balance(token: string, owner: string): bigint;
  staked(wallet: string, pool: string): bigint;
  /** @param ok the transaction succeeded (or is expected to); a failed one moves nothing */
  apply(signature: string, action: Action, events: readonly ExpectedEvent[], ok: boolean): void;
}

/** What an opening scene is recognised by once it was played. */
function sceneNames(action: Action): readonly string[] {
  if (action.fails) return [`fails:${action.fails}`];
  if (action.steps.length > 1) return ['several'];
  return action.steps.map((step) => (step.do === 'trackToggle' ? `trackToggle:${step.listed}` : step.do));
}

/** @param from the world to go on from; it stays as it is */
export function createWorld(from?: World): World {
  const empty = (): WorldState => ({
    balances: new Map(),
    nfts: new Map(),
    stakes: new Map(),
    joined: new Set(),
    played: new Set(),
  });
  const state = from ? structuredClone(from.state) : empty();
  const { balances, nfts, stakes, joined, played } = state;

  const staked = (wallet: string, pool: string): bigint =>
    (stakes.get(wallet)?.get(pool)?.stakes ?? []).reduce((sum, stake) => sum + stake.remaining, 0n);

  function applyEvent(signature: string, event: ExpectedEvent): void {
    for (const { token, owner, delta } of event.movements) {
      const holders = balances.get(token) ?? new Map<string, bigint>();
      balances.set(token, holders);
      holders.set(owner, (holders.get(owner) ?? 0n) + delta);
    }
    if (event.asset.kind === 'nft') applyNft(nfts, event);
    else if (event.stake && event.from !== undefined)
      applyStake(stakes, signature, event, event.from, event.stake.pool);
  }

  return {
    state,
    balance: (token, owner) => balances.get(token)?.get(owner) ?? 0n,
    staked,
    apply(signature, action, events, ok) {
      for (const name of sceneNames(action)) played.add(name);
      if (!ok) return;
      for (const step of action.steps) {
        if (step.do === 'join') joined.add(step.user);
        const track = step.do === 'trackRoyalty' ? nfts.get(step.track) : undefined;
        if (track && step.do === 'trackRoyalty') track.royaltyPercent = step.royaltyPercent;
      }
      for (const event of events) applyEvent(signature, event);
    },
  };
}

function applyNft(nfts: Map<string, NftState>, event: ExpectedEvent): void {
  const { address } = event.asset;
  if (event.kind === 'mint' && event.to !== undefined) {
    const { name = null, creator = event.to, royaltyPercent = 0 } = event.nft ?? {};
    const price = event.price?.amount ?? null;
    nfts.set(address, {
      address,
      creator,
      name,
      royaltyPercent,
      owner: event.to,
      burned: false,
      listed: false,
      price,
    });
    return;
  }
  const nft = nfts.get(address);
  if (!nft) throw new Error(`oracle: ${event.kind} of ${address}, which was never minted`);
  if (event.price) nft.price = event.price.amount;
  if (event.kind === 'list' && !event.repriceOnly) nft.listed = true;
  else if (event.kind !== 'list') nft.listed = false;
  if (event.kind === 'burn') nft.burned = true;
  if (event.to !== undefined) nft.owner = event.to;
}

function applyStake(
  stakes: Map<string, Map<string, PoolState>>,
  signature: string,
  event: ExpectedEvent,
  wallet: string,
  pool: string,
): void {
  const pools = stakes.get(wallet) ?? new Map<string, PoolState>();
  stakes.set(wallet, pools);
  const state = pools.get(pool) ?? { stakes: [], claimed: 0n };
  pools.set(pool, state);
  const amount = event.amount ?? 0n;
  if (event.kind === 'claim') state.claimed += amount;
  if (event.kind === 'stake') {
    const { lockSeconds = null, apy = null } = event.stake ?? {};
    state.stakes.push({ signature, original: amount, remaining: amount, lockSeconds, apy });
  }
  if (event.kind !== 'unstake') return;
  let left = amount;
  for (const stake of state.stakes) {
    const taken = stake.remaining < left ? stake.remaining : left;
    stake.remaining -= taken;
    left -= taken;
  }
  if (left > 0n) throw new Error(`oracle: ${wallet} unstaked ${left} more from ${pool} than was staked`);
}
