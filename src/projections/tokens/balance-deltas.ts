/** What events do to wallet_balance: sums per token and wallet, which commute. */
import type { LedgerRow } from '../../store/ledger/ledger.js';

export interface BalanceDelta {
  readonly token: string;
  readonly address: string;
  readonly amount: bigint;
}

/**
 * Sum of movements per token and wallet, in order of (token, wallet); wallets whose movements cancel out
 * stay, with 0.
 */
export function balanceDeltas(rows: readonly LedgerRow[]): BalanceDelta[] {
  const sums = new Map<string, BalanceDelta>();
  for (const { event } of rows) {
    if (event.outcome !== 'ok') continue;
    for (const { token, owner, delta } of event.movements ?? []) {
      const key = `${token} ${owner}`;
      sums.set(key, { token, address: owner, amount: (sums.get(key)?.amount ?? 0n) + delta });
    }
  }
  return [...sums.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, delta]) => delta);
}
