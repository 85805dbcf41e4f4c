/** Steps of the NDT jetton: the setting of the stage, mint, transfer, burn, and how they fail. */
import { FOLLOWED, NDT, OPERATOR, STAKING, STAKING_WALLET } from '../../contracts/addresses.js';
import * as bodies from '../../contracts/bodies.js';
import { OPS } from '../../contracts/ops.js';
import { rawOf, type Wallet } from '../../contracts/wallets.js';
import type { At, ExpectedEvent, StepContext, StepRules } from '../model.js';
import { at, events, GAS, move, NOTIFY, ndtWallet, ndtWalletRaw, TON, token } from './common.js';

/** Too little for the receiving wallet's code to run to its end. */
const STARVED_MINT = 1_000_000n;
/** Less than the wallet asks for. */
const STARVED_TRANSFER = TON / 100n;

const received = (wallet: Wallet, outcome: At['outcome'] = 'ok'): At =>
  at(ndtWalletRaw(wallet), OPS.jettonInternalTransfer, outcome);

const minted = (to: string, amount: bigint, where: At): ExpectedEvent => ({
  kind: 'mint',
  at: where,
  asset: token,
  to,
  amount,
  movements: [move(to, amount)],
});

function mintMessage(to: Wallet['address'], amount: bigint, walletNanotons: bigint, query: number) {
  const body = bodies.jettonMint({ query, amount, to, response: OPERATOR.address, walletNanotons });
  return { to: NDT.address, nanotons: GAS, body };
}

function transferMessage(
  from: Wallet,
  to: Wallet,
  amount: bigint,
  { query }: StepContext,
  nanotons: bigint,
  forward: bigint,
) {
  const body = bodies.jettonTransfer({ query, amount, to: to.address, response: from.address, forward });
  return { to: ndtWallet(from).address, nanotons, body };
}

export const ndtSteps: StepRules<
  'setUp' | 'ndtMint' | 'ndtMintStarved' | 'ndtTransfer' | 'ndtTransferFailing' | 'ndtBurn'
> = {
  /**
   * Minter and staking contract are deployed, and rewards minted to the latter, all by one external message.
   */
  setUp: {
    build: ({ rewards }, { query }) => ({
      sender: OPERATOR.label,
      messages: [
        { to: NDT.address, nanotons: TON / 2n, init: NDT.init },
        {
          to: STAKING.address,
          nanotons: TON,
          init: STAKING.init,
          body: bodies.stakingSetWallet(query, STAKING_WALLET.address),
        },
        mintMessage(STAKING.address, rewards, TON / 10n, query),
      ],
    }),
    expect: ({ rewards }) => ({
      events: [
        minted(FOLLOWED.staking, rewards, at(rawOf(STAKING_WALLET.address), OPS.jettonInternalTransfer)),
      ],
      checks: [at(FOLLOWED.staking, OPS.stakingSetWallet)],
    }),
  },
  ndtMint: {
    build: ({ to, amount }, { wallet, query }) => ({
      sender: OPERATOR.label,
      messages: [mintMessage(wallet(to).address, amount, TON / 10n, query)],
    }),
    expect: ({ to, amount }, { wallet }) => events(minted(wallet(to).raw, amount, received(wallet(to)))),
  },
  ndtMintStarved: {
    build: ({ to, amount }, { wallet, query }) => ({
      sender: OPERATOR.label,
      messages: [mintMessage(wallet(to).address, amount, STARVED_MINT, query)],
    }),
    expect: ({ to, amount }, { wallet }) =>
      events(minted(wallet(to).raw, amount, received(wallet(to), 'failed'))),
  },
  ndtTransfer: {
    build({ from, to, amount, notify }, context) {
      const [sender, receiver] = [context.wallet(from), context.wallet(to)];
      return {
        sender: from,
        messages: [transferMessage(sender, receiver, amount, context, GAS, notify ? NOTIFY : 0n)],
      };
    },
    expect({ from, to, amount }, { wallet }) {
      const [sender, receiver] = [wallet(from).raw, wallet(to).raw];
      const movements = [move(sender, -amount), move(receiver, amount)];
      return events({
        kind: 'transfer',
        at: received(wallet(to)),
        asset: token,
        from: sender,
        to: receiver,
        amount,
        movements,
      });
    },
  },
  ndtTransferFailing: {
    build({ from, to, amount, why }, context) {
      const nanotons = why === 'starved' ? STARVED_TRANSFER : GAS;
      return {
        sender: from,
        messages: [
          transferMessage(context.wallet(from), context.wallet(to), amount, context, nanotons, NOTIFY),
        ],
      };
    },
    expect({ from, to, amount }, { wallet }) {
      const [sender, receiver] = [wallet(from).raw, wallet(to).raw];
      const where = at(ndtWalletRaw(wallet(from)), OPS.jettonTransfer, 'failed');
      const movements = [move(sender, -amount), move(receiver, amount)];
      return events({
        kind: 'transfer',
        at: where,
        asset: token,
        from: sender,
        to: receiver,
        amount,
        movements,
      });
    },
  },
  /** The jettons are gone for good when the master has heard of it. */
  ndtBurn: {
    build({ from, amount }, { wallet, query }) {
      const owner = wallet(from);
      return {
        sender: from,
        messages: [
          {
            to: ndtWallet(owner).address,
            nanotons: GAS,
            body: bodies.jettonBurn(query, amount, owner.address),
          },
        ],
      };
    },
    expect({ from, amount }, { wallet }) {
      const owner = wallet(from).raw;
      const where = at(FOLLOWED.ndt, OPS.jettonBurnNotification);
      return events({
        kind: 'burn',
        at: where,
        asset: token,
        from: owner,
        amount,
        movements: [move(owner, -amount)],
      });
    },
  },
};
