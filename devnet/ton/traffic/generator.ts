/**
 * Chooses the next action: first the stage and one scene of every kind, then random play. Same seed, world
 * and locks: same action.
 */
import { createRandom, type Random } from '../../shared/random.js';
import { OPERATOR } from '../contracts/addresses.js';
import type { Wallet } from '../contracts/wallets.js';
import type { Action, Step } from './model.js';
import { createPlay, type Locks, type Play } from './play.js';
import type { World } from './world.js';

const REWARDS = 10_000_000_000_000_000n;

export interface Generator {
  /** null: nothing can be done now. @param underWay names of the scenes that are being played */
  next(id: number, world: World, locks: Locks, underWay: ReadonlySet<string>, time: number): Action | null;
}

type Make = (play: Play) => Step | readonly Step[] | null;

export function createGenerator({
  seed,
  users,
}: {
  readonly seed: string;
  readonly users: readonly Wallet[];
}): Generator {
  return {
    next(id, world, locks, underWay, time) {
      const random = createRandom(`${seed}/${id}`);
      const play = createPlay({ id, users, world, random, locks, time });
      const steps =
        stage(world, locks) ??
        (isSet(world) ? (opening(play, world, underWay) ?? chance(play, random)) : null);
      return steps ? { id, steps } : null;
    },
  };
}

const isSet = (world: World): boolean => world.state.played.has('setUp');

/** @returns true while the stage or an opening scene is still to be played */
export function isOpening(world: World): boolean {
  return OPENING.some(({ name }) => !world.state.played.has(name));
}

function stage(world: World, locks: Locks): readonly Step[] | null {
  return isSet(world) || !locks.isFree(OPERATOR.label) ? null : [{ do: 'setUp', rewards: REWARDS }];
}

/** Scene names as world.ts gives them; those that others wait for come first. */
const OPENING: readonly { readonly name: string; readonly make: Make }[] = [
  { name: 'openCollection:0', make: (play) => play.openCollection(0) },
  { name: 'openCollection:1', make: (play) => play.openCollection(1) },
  { name: 'itemMint:batch', make: (play) => play.itemMint(true) },
  { name: 'several', make: (play) => play.mintToMany() },
  { name: 'itemMint', make: (play) => play.itemMint(false) },
  { name: 'list:sale', make: (play) => play.list('sale') },
  { name: 'offer:sale', make: (play) => play.offer('sale') },
  { name: 'buy:sale', make: (play) => play.buy() },
  { name: 'list:auction', make: (play) => play.list('auction') },
  { name: 'offer:auction', make: (play) => play.offer('auction') },
  { name: 'bid:auction', make: (play) => play.bid(false) },
  { name: 'stake', make: (play) => play.stake() },
  { name: 'ndtMint', make: (play) => play.ndtMint() },
  { name: 'ndtTransfer', make: (play) => play.ndtTransfer() },
  { name: 'claim', make: (play) => play.claim() },
  { name: 'unstake', make: (play) => play.unstake() },
  { name: 'ndtBurn', make: (play) => play.ndtBurn() },
  { name: 'delist:sale', make: (play) => play.delist('sale') ?? play.list('sale') ?? play.offer('sale') },
  { name: 'itemTransfer', make: (play) => play.itemTransfer() },
  { name: 'itemBurn', make: (play) => play.itemBurn() },
  { name: 'ndtTransferFailing:beyond', make: (play) => play.ndtTransferFailing('beyond') },
  { name: 'ndtTransferFailing:starved', make: (play) => play.ndtTransferFailing('starved') },
  { name: 'unstake:fails', make: (play) => play.unstakeBeyond() },
  { name: 'itemSteal', make: (play) => play.itemSteal() },
  { name: 'ndtMintStarved', make: (play) => play.ndtMintStarved() },
  { name: 'forgeNotice:puppet', make: (play) => play.forgeNotice('puppet') },
  { name: 'forgeNotice:wallet', make: (play) => play.forgeNotice('wallet') },
  { name: 'forgeWallet', make: (play) => play.forgeWallet() },
  { name: 'forgeItem', make: (play) => play.forgeItem() },
  { name: 'forgeInternalTransfer', make: (play) => play.forgeInternalTransfer() },
  { name: 'foreignJetton', make: (play) => play.foreignJetton() },
  { name: 'foreignItem', make: (play) => play.foreignItem() },
  { name: 'pay', make: (play) => play.pay() },
  { name: 'finish:auction', make: (play) => play.finish() },
];

/**
 * A scene that is not possible yet is passed over; its turn comes again. One that is under way is waited for.
 */
function opening(play: Play, world: World, underWay: ReadonlySet<string>): readonly Step[] | null {
  for (const { name, make } of OPENING) {
    const steps = world.state.played.has(name) || underWay.has(name) ? null : list(make(play));
    if (steps) return steps;
  }
  return null;
}

/** How often each is tried, relative to the others. */
const WEIGHTS: readonly (readonly [number, Make])[] = [
  [8, (play) => play.ndtMint()],
  [20, (play) => play.ndtTransfer()],
  [4, (play) => play.ndtBurn()],
  [8, (play) => play.stake()],
  [4, (play) => play.unstake()],
  [4, (play) => play.claim()],
  [4, (play) => play.several()],
  [7, (play) => play.itemMint(false)],
  [4, (play) => play.itemMint(true)],
  [10, (play) => play.itemTransfer()],
  [2, (play) => play.itemBurn()],
  [8, (play) => play.offer('sale')],
  [10, (play) => play.list('sale')],
  [7, (play) => play.buy()],
  [2, (play) => play.delist('sale')],
  [3, (play) => play.offer('auction')],
  [5, (play) => play.list('auction')],
  [6, (play) => play.bid(false)],
  [1, (play) => play.bid(true)],
  [6, (play) => play.finish()],
  [1, (play) => play.delist('auction')],
  [4, (play) => play.pay()],
  [2, (play) => play.ndtTransferFailing('beyond')],
  [1, (play) => play.ndtTransferFailing('starved')],
  [1, (play) => play.unstakeBeyond()],
  [1, (play) => play.itemSteal()],
  [1, (play) => play.ndtMintStarved()],
  [1, (play) => play.forgeNotice('puppet')],
  [1, (play) => play.forgeNotice('wallet')],
  [1, (play) => play.forgeWallet()],
  [1, (play) => play.forgeItem()],
  [1, (play) => play.forgeInternalTransfer()],
  [1, (play) => play.foreignJetton()],
];
const TOTAL = WEIGHTS.reduce((sum, [weight]) => sum + weight, 0);

function chance(play: Play, random: Random): readonly Step[] | null {
  for (let attempt = 0; attempt < 10; attempt++) {
    let at = random.below(TOTAL);
    const chosen = WEIGHTS.find(([weight]) => {
      at -= weight;
      return at < 0;
    });
    const steps = list(chosen?.[1](play) ?? null);
    if (steps) return steps;
  }
  return null;
}

function list(steps: Step | readonly Step[] | null): readonly Step[] | null {
  if (steps === null) return null;
  return 'do' in steps ? [steps] : steps;
}
