/** What the pools of liquid staking have in common: TON goes in, and a jetton stands for the share. */
import type { Movement } from '../../../events/event.js';
import type { TonContext } from '../context.js';
import type { LiquidKind, TonFollow } from '../follow.js';

export interface LiquidPool {
  readonly name: string;
  /** Symbol of the jetton. */
  readonly share: string;
  readonly pool: string;
  readonly master: string;
}

/**
 * The followed pools of one kind of contract.
 * @throws Error when a pool's jetton is not among the followed ones
 */
export function liquidPools({ liquidStaking = [], jettons }: TonFollow, kind: LiquidKind): LiquidPool[] {
  return liquidStaking
    .filter((one) => one.kind === kind)
    .map(({ name, pool, jetton: share }) => {
      const jetton = jettons.find(({ symbol }) => symbol === share);
      if (!jetton) throw new Error(`liquid staking ${name} names jetton ${share}, which is not followed`);
      return { name, share, pool, master: jetton.master };
    });
}

/** The change of the owner's jetton balance; empty while his wallet is not known. */
export function movementOf(
  { know }: TonContext,
  token: string,
  owner: string,
  delta: bigint,
): readonly Movement[] {
  const account = know.walletOf(token, owner);
  return account === null ? [] : [{ token, account, owner, delta }];
}
