/**
 * The SVM's accounts with what each block that is not yet finalized changed, so that forks can go back and
 * readers can ask for the past.
 */
import type { ChainAccount } from './types.js';
import type { Vm } from './vm.js';

export type AccountStates = ReadonlyMap<string, ChainAccount | null>;

/** Programs last: the loader wants their data in place. */
export function writeAccounts(vm: Vm, accounts: AccountStates): void {
  for (const [address, account] of accounts)
    if (account?.executable !== true) vm.setAccount(address, account);
  for (const [address, account] of accounts)
    if (account?.executable === true) vm.setAccount(address, account);
}

export function createState(vm: Vm) {
  /** By block height: what the accounts that the block changed held before it. */
  const before = new Map<number, AccountStates>();

  const accountAt = (address: string, height: number): ChainAccount | null => {
    for (const [changedAt, accounts] of before) {
      if (changedAt <= height) continue;
      const account = accounts.get(address);
      if (account !== undefined) return account;
    }
    return vm.account(address);
  };

  return {
    /** Note what a new block's accounts held before it; heights arrive in ascending order. */
    push(height: number, accountsBefore: AccountStates): void {
      before.set(height, accountsBefore);
    },
    /** Finalized blocks are never taken back. */
    settle(finalizedHeight: number): void {
      for (const height of [...before.keys()]) if (height <= finalizedHeight) before.delete(height);
    },
    /** Forget the newest block's changes; the answer is what its accounts must hold again. */
    pop(height: number): AccountStates {
      const accounts = before.get(height);
      if (accounts === undefined) throw new Error(`what block height ${height} changed is no longer known`);
      before.delete(height);
      return accounts;
    },
    /**
     * The account as it stood after the block of this height; heights below the finalized one answer as the
     * finalized one.
     */
    accountAt,
    /** Accounts of a program as they stood after the block of this height. */
    programAccountsAt(owner: string, height: number): [string, ChainAccount][] {
      const found = new Map(vm.programAccounts(owner));
      for (const [changedAt, accounts] of before) {
        if (changedAt <= height) continue;
        for (const address of accounts.keys()) {
          const account = accountAt(address, height);
          if (account !== null && account.owner === owner) found.set(address, account);
          else found.delete(address);
        }
      }
      return [...found];
    },
  };
}

export type State = ReturnType<typeof createState>;
