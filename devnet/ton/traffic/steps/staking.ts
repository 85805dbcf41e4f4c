/**
 * Steps of the staking contract: jettons come by a transfer with forward payload and go out by the contract's
 * own transfer.
 */
import { FOLLOWED, STAKING } from '../../contracts/addresses.js';
import * as bodies from '../../contracts/bodies.js';
import { OPS } from '../../contracts/ops.js';
import type { StepRules } from '../model.js';
import { at, events, GAS, move, ndtWallet, TON, token } from './common.js';

const pool = FOLLOWED.staking;

export const stakingSteps: StepRules<'stake' | 'unstake' | 'claim'> = {
  stake: {
    build({ user, amount, lockSeconds }, { wallet, query }) {
      const staker = wallet(user);
      const transfer = { query, amount, to: STAKING.address, response: staker.address, forward: TON / 20n };
      const body = bodies.jettonTransfer({ ...transfer, payload: bodies.stakePayload(lockSeconds) });
      return { sender: user, messages: [{ to: ndtWallet(staker).address, nanotons: GAS, body }] };
    },
    expect({ user, amount, lockSeconds }, { wallet }) {
      const from = wallet(user).raw;
      return events({
        kind: 'stake',
        at: at(pool, OPS.jettonNotification),
        asset: token,
        from,
        amount,
        stake: { pool, lockSeconds },
        movements: [move(from, -amount), move(pool, amount)],
      });
    },
  },
  unstake: {
    build: ({ user, amount }, { query }) => ({
      sender: user,
      messages: [{ to: STAKING.address, nanotons: GAS, body: bodies.unstake(query, amount) }],
    }),
    expect({ user, amount, fails }, { wallet }) {
      const from = wallet(user).raw;
      const where = at(pool, OPS.unstake, fails ? 'failed' : 'ok');
      const movements = [move(pool, -amount), move(from, amount)];
      return events({ kind: 'unstake', at: where, asset: token, from, amount, stake: { pool }, movements });
    },
  },
  claim: {
    build: ({ user, amount }, { query }) => ({
      sender: user,
      messages: [{ to: STAKING.address, nanotons: GAS, body: bodies.claim(query, amount) }],
    }),
    expect({ user, amount }, { wallet }) {
      const from = wallet(user).raw;
      const movements = [move(pool, -amount), move(from, amount)];
      return events({
        kind: 'claim',
        at: at(pool, OPS.claim),
        asset: token,
        from,
        amount,
        stake: { pool },
        movements,
      });
    },
  },
};
