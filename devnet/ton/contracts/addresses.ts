/**
 * What is the same on every devnet, whatever its seed: the platform's wallets, and the addresses that
 * config/networks/devnet.json follows.
 */
import { collection, jettonMinter, jettonWallet, staking } from './contracts.js';
import { createWallet, rawOf, type Wallet } from './wallets.js';

export const ROYALTY_PERCENT = 10;
export const FEE_PERCENT = 5;

/** Admin of NDT and of the staking contract. */
export const OPERATOR: Wallet = createWallet('operator');
/** Owners of the two followed collections. */
export const LABELS: readonly [Wallet, Wallet] = [createWallet('label 0'), createWallet('label 1')];
/** Deploys sales and auctions and takes their fees. */
export const MARKET: Wallet = createWallet('market');
/** Has a jetton and a collection that nobody follows, and forges. */
export const STRANGER: Wallet = createWallet('stranger');
export const STAFF: readonly Wallet[] = [OPERATOR, ...LABELS, MARKET, STRANGER];

export const NDT = jettonMinter(OPERATOR.address, 'https://devnet.normaldance.example/ndt.json');
export const STAKING = staking(OPERATOR.address);
export const STAKING_WALLET = jettonWallet(NDT.address, STAKING.address);
export const COLLECTIONS = [
  collection(LABELS[0].address, 'https://devnet.normaldance.example/label-0/', ROYALTY_PERCENT),
  collection(LABELS[1].address, 'https://devnet.normaldance.example/label-1/', ROYALTY_PERCENT),
] as const;
export const FOREIGN_JETTON = jettonMinter(STRANGER.address, 'https://elsewhere.example/jetton.json');
export const FOREIGN_COLLECTION = collection(STRANGER.address, 'https://elsewhere.example/', ROYALTY_PERCENT);

/** Raw addresses of what is followed. */
export const FOLLOWED = {
  ndt: rawOf(NDT.address),
  staking: rawOf(STAKING.address),
  collections: COLLECTIONS.map(({ address }) => rawOf(address)),
} as const;
