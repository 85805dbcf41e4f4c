/** The accounts of liquid staking that are read because their jetton is followed. */
import type { TonFollow } from '../follow.js';
import { TOKENS_MINTED } from './hipo.js';
import { liquidPools } from './liquid.js';
import { TONSTAKERS } from './tonstakers.js';

export interface LiquidAccounts {
  readonly pools: readonly string[];
  /** Master → the op by which it gives a wallet its jettons, where that is not TEP-74's. */
  readonly mintsBy: ReadonlyMap<string, number>;
}

/** Tonstakers' pool is known by its jetton; the others are those that the network file names. */
export function liquidAccounts(follow: TonFollow): LiquidAccounts {
  const tonstakers = follow.jettons.some(({ master }) => master === TONSTAKERS.master);
  const hipo = liquidPools(follow, 'hipo');
  const configured = [...liquidPools(follow, 'tonstakers'), ...liquidPools(follow, 'bemo'), ...hipo];
  return {
    pools: [...(tonstakers ? [TONSTAKERS.pool] : []), ...configured.map(({ pool }) => pool)],
    mintsBy: new Map(hipo.map(({ master }) => [master, TOKENS_MINTED])),
  };
}
