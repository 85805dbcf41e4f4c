/**
 * The play's people: users whose wallets follow from the seed, so that a restart finds them again, and the
 * platform's staff.
 */
import { STAFF } from '../contracts/addresses.js';
import { createWallet, type Wallet } from '../contracts/wallets.js';

export function createUsers(seed: string, count: number): readonly Wallet[] {
  return Array.from({ length: count }, (_, number) => createWallet(`user/${seed}/${number}`));
}

/** Every wallet of a devnet with these users. */
export const everybody = (users: readonly Wallet[]): readonly Wallet[] => [...STAFF, ...users];
