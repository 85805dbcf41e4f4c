/**
 * Which accounts a transaction makes known: the wallets that jettons are sent to, the items that a collection
 * deploys.
 */
import type { TonTransaction } from '../../chains/ton/transaction.js';
import type { TonFollow } from '../../decoders/ton/follow.js';
import { liquidAccounts } from '../../decoders/ton/staking/pools.js';

/**
 * TEP-74, internal_transfer: the only message that a jetton wallet gets from its master or another wallet.
 */
const INTERNAL_TRANSFER = 0x178d4519;

export interface TonAccounts {
  /** Whether the account's transactions are ours to read. */
  follows(account: string): boolean;
  add(accounts: Iterable<string>): void;
  /** Accounts that a followed account's transaction makes ours, whether they are known or not. */
  madeKnownBy(transaction: TonTransaction): readonly string[];
}

export function createTonAccounts(follow: TonFollow): TonAccounts {
  const liquid = liquidAccounts(follow);
  const masters = new Set(follow.jettons.map(({ master }) => master));
  const collections = new Set(follow.collections);
  const named = new Set([
    ...masters,
    ...collections,
    ...follow.items,
    ...follow.staking.map(({ address }) => address),
    ...liquid.pools,
  ]);
  const found = new Set<string>();
  return {
    follows: (account) => follow.all || named.has(account) || found.has(account),
    add: (accounts) => {
      for (const account of accounts) if (!named.has(account)) found.add(account);
    },
    madeKnownBy: ({ account, outMessages }) => {
      if (follow.all) return [];
      const deploys = collections.has(account);
      const accounts = outMessages.flatMap((message) => {
        const { destination, opcode } = message;
        if (destination === null || named.has(destination)) return [];
        const mints = opcode === INTERNAL_TRANSFER || opcode === (liquid.mintsBy.get(account) ?? null);
        const known = deploys ? message.init() !== null : opcode !== null && mints;
        return known ? [destination] : [];
      });
      return [...new Set(accounts)];
    },
  };
}
