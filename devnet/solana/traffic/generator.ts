/**
 * Chooses the next action: first the stage and one scene of every kind, then random play. Same seed and same
 * world: same action.
 */

import { createRandom, type Random } from '../../shared/random.js';
import type { Action, Step, User } from './model.js';
import { createPlay, type Play, type Scene } from './play.js';
import type { World } from './world.js';

/** Users that join before the opening scenes. */
const CAST = 6;
const REWARDS = 10_000_000_000_000_000n;

export interface Generator {
  next(id: number, world: World): Action;
}

export function createGenerator({
  seed,
  users,
}: {
  readonly seed: string;
  readonly users: readonly User[];
}): Generator {
  return {
    next(id, world) {
      const random = createRandom(`${seed}/${id}`);
      const play = createPlay({ id, users, world, random });
      const scene = stage(world, users) ?? opening(play, world) ?? chance(play, random);
      return { id, version: chooseVersion(scene, random), ...scene };
    },
  };
}

/** @returns true while the stage or an opening scene is still to be played */
export function isOpening(world: World): boolean {
  return OPENING.some(({ name }) => !world.state.played.has(name));
}

function stage(world: World, users: readonly User[]): Scene | null {
  for (const step of ['createMints', 'createVaults'] as const)
    if (!world.state.played.has(step)) return { steps: [{ do: step }] };
  if (!world.state.played.has('fundRewards')) return { steps: [{ do: 'fundRewards', amount: REWARDS }] };
  const absent = users.slice(0, CAST).find((user) => !world.state.joined.has(user.number));
  return absent ? { steps: [{ do: 'join', user: absent.number }] } : null;
}

/** Scene names as world.ts gives them, in the order in which they are possible. */
const OPENING: readonly { readonly name: string; readonly make: (play: Play) => Scene | null }[] = [
  { name: 'ndtMint', make: (play) => one(play.ndtMint()) },
  { name: 'trackCreate', make: (play) => one(play.trackCreate()) },
  { name: 'several', make: (play) => play.mintToAll() },
  { name: 'ndtTransfer', make: (play) => one(play.ndtTransfer()) },
  { name: 'tokenTransfer', make: (play) => one(play.tokenTransfer()) },
  { name: 'trackToggle:true', make: (play) => one(play.list()) },
  { name: 'trackReprice', make: (play) => one(play.trackReprice()) },
  { name: 'ndtStake', make: (play) => one(play.ndtStake()) },
  { name: 'stakingStake', make: (play) => one(play.stakingStake()) },
  { name: 'trackBuy', make: (play) => one(play.trackBuy()) ?? one(play.list()) },
  { name: 'ndtUnstake', make: (play) => one(play.ndtUnstake()) },
  { name: 'ndtClaim', make: (play) => one(play.ndtClaim()) },
  { name: 'nftMint', make: (play) => one(play.nftMint()) },
  { name: 'nftTransfer', make: (play) => one(play.nftTransfer()) },
  { name: 'ndtBurn', make: (play) => one(play.ndtBurn()) },
  { name: 'trackToggle:false', make: (play) => one(play.delist()) ?? one(play.list()) },
  { name: 'fails:after-event', make: (play) => play.failAfterEvent() },
  { name: 'fails:insufficient', make: (play) => play.insufficient() },
  { name: 'fails:later-instruction', make: (play) => play.failLater() },
  { name: 'stakingUnstake', make: (play) => one(play.stakingUnstake()) },
  { name: 'stakingClaim', make: (play) => one(play.stakingClaim()) },
  { name: 'ndx22Mint', make: (play) => one(play.ndx22Mint()) },
  { name: 'ndx22Transfer', make: (play) => one(play.ndx22Transfer()) },
  { name: 'forgeTransfer', make: (play) => one(play.forgeTransfer()) },
  { name: 'swindle', make: (play) => one(play.swindle()) },
  { name: 'forgeSale', make: (play) => one(play.forgeSale()) },
  { name: 'forgeClaim', make: (play) => one(play.forgeClaim()) },
  { name: 'nftBurn', make: (play) => one(play.nftBurn()) ?? one(play.nftMint()) },
  { name: 'foreignToken', make: (play) => one(play.foreignToken()) },
  { name: 'foreignNft', make: (play) => one(play.foreignNft()) },
  { name: 'trackRoyalty', make: (play) => one(play.trackRoyalty()) },
  { name: 'trackHear', make: (play) => one(play.trackHear()) },
  { name: 'payLamports', make: (play) => one(play.payLamports()) },
  { name: 'memo', make: (play) => one(play.memo()) },
];

/** A scene that is not possible yet is passed over; its turn comes again. */
function opening(play: Play, world: World): Scene | null {
  for (const { name, make } of OPENING) {
    const scene = world.state.played.has(name) ? null : make(play);
    if (scene) return scene;
  }
  return null;
}

/**
 * How often each is tried, relative to the others; such that the newest fifty transactions nearly always show
 * every kind, for newcomers look at those.
 */
const WEIGHTS: readonly (readonly [number, (play: Play) => Scene | null])[] = [
  [2, (play) => one(play.join())],
  [8, (play) => one(play.ndtMint())],
  [10, (play) => one(play.ndtTransfer())],
  [8, (play) => one(play.tokenTransfer())],
  [4, (play) => one(play.ndtBurn())],
  [6, (play) => one(play.ndtStake())],
  [4, (play) => one(play.ndtUnstake())],
  [5, (play) => one(play.ndtClaim())],
  [6, (play) => one(play.stakingStake())],
  [4, (play) => one(play.stakingUnstake())],
  [5, (play) => one(play.stakingClaim())],
  [5, (play) => one(play.trackCreate())],
  [16, (play) => one(play.list())],
  [14, (play) => one(play.delist())],
  [3, (play) => one(play.trackReprice())],
  [1, (play) => one(play.trackRoyalty())],
  [14, (play) => one(play.trackBuy())],
  [3, (play) => one(play.trackHear())],
  [5, (play) => one(play.nftMint())],
  [6, (play) => one(play.nftTransfer())],
  [1, (play) => one(play.nftBurn())],
  [3, (play) => one(play.ndx22Mint())],
  [4, (play) => one(play.ndx22Transfer())],
  [3, (play) => one(play.payLamports())],
  [2, (play) => one(play.memo())],
  [2, (play) => one(play.foreignToken())],
  [1, (play) => one(play.foreignNft())],
  [1, (play) => one(play.forgeTransfer())],
  [1, (play) => one(play.swindle())],
  [1, (play) => one(play.forgeSale())],
  [1, (play) => one(play.forgeClaim())],
  [5, (play) => play.several()],
  [3, (play) => play.failAfterEvent()],
  [2, (play) => play.insufficient()],
  [2, (play) => play.failLater()],
];
const TOTAL = WEIGHTS.reduce((sum, [weight]) => sum + weight, 0);

function chance(play: Play, random: Random): Scene {
  for (let attempt = 0; attempt < 20; attempt++) {
    let at = random.below(TOTAL);
    const chosen = WEIGHTS.find(([weight]) => {
      at -= weight;
      return at < 0;
    });
    const scene = chosen?.[1](play);
    if (scene) return scene;
  }
  return { steps: [play.memo()] };
}

function one(step: Step | null): Scene | null {
  return step ? { steps: [step] } : null;
}

/** A transaction of several steps may outgrow one packet: only version 1 is sure to hold it. */
function chooseVersion(scene: Scene, random: Random): Action['version'] {
  const draw = random.below(10);
  if (scene.steps.length > 1 || scene.fails === 'later-instruction') return draw < 2 ? 0 : 1;
  if (draw < 2) return 1;
  return draw < 6 ? 0 : 'legacy';
}
