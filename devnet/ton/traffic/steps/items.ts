/**
 * Steps of NFT items: collections, single and batch mints, transfers, burns (to the zero address) and a
 * thief's attempt.
 */
import { Address } from '@ton/core';
import { COLLECTIONS, FOLLOWED, LABELS } from '../../contracts/addresses.js';
import * as bodies from '../../contracts/bodies.js';
import { type Contract, item as itemContract } from '../../contracts/contracts.js';
import { OPS } from '../../contracts/ops.js';
import { rawOf, type Wallet } from '../../contracts/wallets.js';
import type { StepRules } from '../model.js';
import { at, checks, events, GAS, NOTIFY, nft, TON } from './common.js';

const ITEM_NANOTONS = TON / 20n;
const NOBODY = Address.parseRaw(`0:${'0'.repeat(64)}`);

/** @throws Error when there is no such collection */
export function collectionOf(number: number): {
  readonly contract: Contract;
  readonly raw: string;
  readonly owner: Wallet;
} {
  const [contract, owner, raw] = [COLLECTIONS[number], LABELS[number], FOLLOWED.collections[number]];
  if (!contract || !owner || raw === undefined) throw new Error(`traffic: there is no collection ${number}`);
  return { contract, owner, raw };
}

export const itemAddress = (collection: number, index: number): string =>
  rawOf(itemContract(collectionOf(collection).contract.address, BigInt(index)).address);

export const itemSteps: StepRules<'openCollection' | 'itemMint' | 'itemTransfer' | 'itemBurn' | 'itemSteal'> =
  {
    openCollection: {
      build({ collection }) {
        const { contract, owner } = collectionOf(collection);
        return {
          sender: owner.label,
          messages: [{ to: contract.address, nanotons: TON / 10n, init: contract.init }],
        };
      },
      expect: ({ collection }) => checks(at(collectionOf(collection).raw, null)),
    },
    itemMint: {
      build({ collection, batch, items }, { wallet, query }) {
        const { contract, owner } = collectionOf(collection);
        const all = items.map(({ index, to }) => ({
          index: BigInt(index),
          nanotons: ITEM_NANOTONS,
          owner: wallet(to).address,
        }));
        const [only] = all;
        const body = batch || !only ? bodies.itemBatch(query, all) : bodies.itemDeploy(query, only);
        const nanotons = GAS + BigInt(items.length) * (ITEM_NANOTONS + TON / 50n);
        return { sender: owner.label, messages: [{ to: contract.address, nanotons, body }] };
      },
      expect({ collection, items }, { wallet }) {
        const { raw, owner } = collectionOf(collection);
        return events(
          ...items.map(({ index, to }) => ({
            kind: 'mint' as const,
            at: at(itemAddress(collection, index), null),
            asset: nft(itemAddress(collection, index)),
            to: wallet(to).raw,
            amount: 1n,
            nft: { collection: raw, index, creator: owner.raw },
            movements: [],
          })),
        );
      },
    },
    itemTransfer: {
      build({ item, from, to, notify }, { wallet, query }) {
        const body = bodies.itemTransfer(
          query,
          wallet(to).address,
          wallet(from).address,
          notify ? NOTIFY : 0n,
        );
        return { sender: from, messages: [{ to: Address.parseRaw(item), nanotons: GAS, body }] };
      },
      expect: ({ item, from, to }, { wallet }) =>
        events({
          kind: 'transfer',
          at: at(item, OPS.itemTransfer),
          asset: nft(item),
          from: wallet(from).raw,
          to: wallet(to).raw,
          amount: 1n,
          movements: [],
        }),
    },
    itemBurn: {
      build: ({ item, from }, { wallet, query }) => ({
        sender: from,
        messages: [
          {
            to: Address.parseRaw(item),
            nanotons: GAS,
            body: bodies.itemTransfer(query, NOBODY, wallet(from).address, 0n),
          },
        ],
      }),
      expect: ({ item, from }, { wallet }) =>
        events({
          kind: 'burn',
          at: at(item, OPS.itemTransfer),
          asset: nft(item),
          from: wallet(from).raw,
          amount: 1n,
          movements: [],
        }),
    },
    /**
     * Whoever is not the owner is refused by the item; what was attempted is a transfer by him to himself.
     */
    itemSteal: {
      build: ({ item, by }, { wallet, query }) => ({
        sender: by,
        messages: [
          {
            to: Address.parseRaw(item),
            nanotons: GAS,
            body: bodies.itemTransfer(query, wallet(by).address, wallet(by).address, 0n),
          },
        ],
      }),
      expect: ({ item, by }, { wallet }) =>
        events({
          kind: 'transfer',
          at: at(item, OPS.itemTransfer, 'failed'),
          asset: nft(item),
          to: wallet(by).raw,
          amount: 1n,
          movements: [],
        }),
    },
  };
