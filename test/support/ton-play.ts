/** A few things that people do on a local TON, block by block: for tests of the source and the reader. */
import { COLLECTIONS, LABELS, NDT, OPERATOR, STAFF, STRANGER } from '../../devnet/ton/contracts/addresses.js';
import {
  itemBatch,
  itemDeploy,
  itemTransfer,
  jettonMint,
  jettonTransfer,
} from '../../devnet/ton/contracts/bodies.js';
import { item, jettonWallet } from '../../devnet/ton/contracts/contracts.js';
import { createWallet, type Outgoing, rawOf, type Wallet } from '../../devnet/ton/contracts/wallets.js';
import type { TonDevnet } from '../../devnet/ton/server.js';

const USERS: readonly Wallet[] = [0, 1, 2, 3].map((number) => createWallet(`play/${number}`));
export const GENESIS = [...STAFF, ...USERS].map(({ genesis }) => genesis);
export const MASTER = rawOf(NDT.address);
export const COLLECTION = rawOf(COLLECTIONS[0].address);

const TON = 1_000_000_000n;

export const walletOf = (user: Wallet): string => rawOf(jettonWallet(NDT.address, user.address).address);
export const itemOf = (index: bigint): string => rawOf(item(COLLECTIONS[0].address, index).address);
export const user = (number: number): Wallet => USERS[number] ?? OPERATOR;

export function createTonPlay({ chain }: TonDevnet) {
  let query = 0;
  /** Sends, and makes blocks until everything that follows from it is done. */
  const send = async (wallet: Wallet, ...messages: Outgoing[]): Promise<string> => {
    const data = chain.account(wallet.raw).data;
    const { hash, finished } = await chain.submit(wallet.sign(data, messages, 2_000_000_000));
    let done = false;
    const end = finished.then(() => {
      done = true;
    });
    while (!done) await chain.advance(1);
    await end;
    query += 1;
    return hash;
  };
  const to = (raw: { address: Outgoing['to'] }) => raw.address;
  return {
    deploy: async () => {
      await send(OPERATOR, { to: NDT.address, nanotons: TON, init: NDT.init, bounce: false });
      await send(LABELS[0], {
        to: COLLECTIONS[0].address,
        nanotons: TON,
        init: COLLECTIONS[0].init,
        bounce: false,
      });
    },
    mint: (owner: Wallet, amount: bigint) =>
      send(OPERATOR, {
        to: NDT.address,
        nanotons: TON,
        body: jettonMint({
          query,
          amount,
          to: owner.address,
          response: OPERATOR.address,
          walletNanotons: TON / 5n,
        }),
      }),
    transfer: (from: Wallet, owner: Wallet, amount: bigint) =>
      send(from, {
        to: to(jettonWallet(NDT.address, from.address)),
        nanotons: TON / 2n,
        body: jettonTransfer({ query, amount, to: owner.address, response: from.address, forward: 1n }),
      }),
    mintItem: (index: bigint, owner: Wallet) =>
      send(LABELS[0], {
        to: COLLECTIONS[0].address,
        nanotons: TON,
        body: itemDeploy(query, { index, nanotons: TON / 10n, owner: owner.address }),
      }),
    mintItems: (from: bigint, owners: readonly Wallet[]) =>
      send(LABELS[0], {
        to: COLLECTIONS[0].address,
        nanotons: 2n * TON,
        body: itemBatch(
          query,
          owners.map((owner, at) => ({
            index: from + BigInt(at),
            nanotons: TON / 10n,
            owner: owner.address,
          })),
        ),
      }),
    giveItem: (index: bigint, from: Wallet, owner: Wallet) =>
      send(from, {
        to: to(item(COLLECTIONS[0].address, index)),
        nanotons: TON / 2n,
        body: itemTransfer(query, owner.address, from.address, 0n),
      }),
    /** Coins between wallets: nothing of ours. */
    pay: () => send(STRANGER, { to: OPERATOR.address, nanotons: TON }),
    idle: (blocks: number) => chain.advance(blocks),
  };
}
