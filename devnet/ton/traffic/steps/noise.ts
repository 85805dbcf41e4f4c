/** Steps that must leave no event: payments, tokens that nobody follows, and forgeries. */
import {
  FOLLOWED,
  FOREIGN_COLLECTION,
  FOREIGN_JETTON,
  NDT,
  STAKING,
  STRANGER,
} from '../../contracts/addresses.js';
import * as bodies from '../../contracts/bodies.js';
import { forgedItem, item, jettonWallet, puppet } from '../../contracts/contracts.js';
import { OPS } from '../../contracts/ops.js';
import { rawOf } from '../../contracts/wallets.js';
import type { StepRules } from '../model.js';
import { at, checks, GAS, NOTIFY, ndtWallet, ndtWalletRaw, TON } from './common.js';
import { collectionOf } from './items.js';

const CLAIMED = 1_000_000_000_000_000_000n;
/** Claims to be the staking contract's wallet of NDT. */
const PUPPET = puppet(STRANGER.address, { balance: CLAIMED, owner: STAKING.address, master: NDT.address });
const LOCK_SECONDS = 86_400;

export const noiseSteps: StepRules<
  | 'pay'
  | 'foreignJetton'
  | 'foreignItem'
  | 'forgeNotice'
  | 'forgeInternalTransfer'
  | 'forgeWallet'
  | 'forgeItem'
> = {
  pay: {
    build: ({ from, to, nanotons, text }, { wallet }) => ({
      sender: from,
      messages: [{ to: wallet(to).address, nanotons, body: bodies.comment(text), bounce: false }],
    }),
    expect: ({ to }, { wallet }) => checks(at(wallet(to).raw, 0)),
  },
  foreignJetton: {
    build({ to, amount }, { wallet, query }) {
      const mint = {
        query,
        amount,
        to: wallet(to).address,
        response: STRANGER.address,
        walletNanotons: TON / 10n,
      };
      const messages = [
        {
          to: FOREIGN_JETTON.address,
          nanotons: TON / 2n,
          init: FOREIGN_JETTON.init,
          body: bodies.jettonMint(mint),
        },
      ];
      return { sender: STRANGER.label, messages };
    },
    expect: ({ to }, { wallet }) =>
      checks(
        at(
          rawOf(jettonWallet(FOREIGN_JETTON.address, wallet(to).address).address),
          OPS.jettonInternalTransfer,
        ),
      ),
  },
  foreignItem: {
    build({ to, index }, { wallet, query }) {
      const body = bodies.itemDeploy(query, {
        index: BigInt(index),
        nanotons: TON / 20n,
        owner: wallet(to).address,
      });
      return {
        sender: STRANGER.label,
        messages: [{ to: FOREIGN_COLLECTION.address, nanotons: GAS, init: FOREIGN_COLLECTION.init, body }],
      };
    },
    expect: ({ index }) => checks(at(rawOf(item(FOREIGN_COLLECTION.address, BigInt(index)).address), null)),
  },
  /** "You have got jettons for a stake": from a false jetton wallet, or from an ordinary wallet. */
  forgeNotice: {
    build({ by, sender, staker, amount }, { wallet, query }) {
      const notice = bodies.jettonNotification(
        query,
        amount,
        wallet(staker).address,
        bodies.stakePayload(LOCK_SECONDS),
      );
      if (by === 'wallet')
        return { sender, messages: [{ to: STAKING.address, nanotons: GAS, body: notice }] };
      const messages = [
        { to: PUPPET.address, nanotons: TON / 10n, init: PUPPET.init },
        { to: PUPPET.address, nanotons: GAS, body: bodies.puppetSend(STAKING.address, notice) },
      ];
      return { sender: STRANGER.label, messages };
    },
    expect: () => checks(at(FOLLOWED.staking, OPS.jettonNotification)),
  },
  /** The real wallet refuses it: its sender is not the wallet that it should be. */
  forgeInternalTransfer: {
    build({ victim, amount }, { wallet, query }) {
      const body = bodies.jettonInternalTransfer(query, amount, wallet(victim).address);
      const messages = [
        { to: PUPPET.address, nanotons: TON / 10n, init: PUPPET.init },
        {
          to: PUPPET.address,
          nanotons: GAS,
          body: bodies.puppetSend(ndtWallet(wallet(victim)).address, body),
        },
      ];
      return { sender: STRANGER.label, messages };
    },
    expect: ({ victim }, { wallet }) =>
      checks(at(ndtWalletRaw(wallet(victim)), OPS.jettonInternalTransfer, 'failed')),
  },
  /** The standard wallet's code with a balance from the start, at an address that NDT does not know. */
  forgeWallet: {
    build({ by, to, amount }, { wallet, query }) {
      const forged = jettonWallet(NDT.address, wallet(by).address, CLAIMED + BigInt(query));
      const body = bodies.jettonTransfer({
        query,
        amount,
        to: wallet(to).address,
        response: wallet(by).address,
        forward: NOTIFY,
      });
      return { sender: by, messages: [{ to: forged.address, nanotons: GAS, init: forged.init, body }] };
    },
    expect: ({ to }, { wallet }) =>
      checks(at(ndtWalletRaw(wallet(to)), OPS.jettonInternalTransfer, 'failed')),
  },
  /**
   * The standard item's code, naming a real collection that did not deploy it; it is transferred like a real
   * one.
   */
  forgeItem: {
    build({ by, to, collection, index }, { wallet, query }) {
      const owner = wallet(by);
      const forged = forgedItem(collectionOf(collection).contract.address, BigInt(index), owner.address);
      const body = bodies.itemTransfer(query, wallet(to).address, owner.address, NOTIFY);
      return { sender: by, messages: [{ to: forged.address, nanotons: GAS, init: forged.init, body }] };
    },
    expect({ by, collection, index }, { wallet }) {
      const forged = forgedItem(collectionOf(collection).contract.address, BigInt(index), wallet(by).address);
      return checks(at(rawOf(forged.address), OPS.itemTransfer));
    },
  },
};
