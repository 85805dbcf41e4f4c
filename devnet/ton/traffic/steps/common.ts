/** Shorthands that the steps share. */
import { FOLLOWED, NDT } from '../../contracts/addresses.js';
import { jettonWallet } from '../../contracts/contracts.js';
import { rawOf, type Wallet } from '../../contracts/wallets.js';
import type { At, Expected, ExpectedEvent } from '../model.js';

export const TON = 1_000_000_000n;
/** What a message takes along for the gas of all that follows from it; what is left comes back. */
export const GAS = TON / 5n;
export const NOTIFY = TON / 100n;

export const token: ExpectedEvent['asset'] = { kind: 'token', address: FOLLOWED.ndt };
export const nft = (address: string): ExpectedEvent['asset'] => ({ kind: 'nft', address });
export const move = (owner: string, delta: bigint): ExpectedEvent['movements'][number] => ({
  token: FOLLOWED.ndt,
  owner,
  delta,
});
export const ndtWallet = (owner: Wallet) => jettonWallet(NDT.address, owner.address);
export const ndtWalletRaw = (owner: Wallet): string => rawOf(ndtWallet(owner).address);

export const at = (account: string, op: number | null, outcome: At['outcome'] = 'ok'): At => ({
  account,
  op,
  outcome,
});
export const events = (...list: readonly ExpectedEvent[]): Expected => ({ events: list, checks: [] });
export const checks = (...list: readonly At[]): Expected => ({ events: [], checks: list });
