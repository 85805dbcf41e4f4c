/**
 * What events do to wallet_balance: sums per token and wallet, in which the order of events does not matter.
 */
import type { LedgerRow } from '../../store/ledger/ledger.js';

export interface BalanceDelta {
  readonly token: string;
  readonly address: string;
  /** Base units; negative when more went out than came in. */
  readonly amount: bigint;
}

/**
 * Sums the movements of the rows per token and wallet. A wallet whose movements cancel out stays, with 0.
 * @returns deltas sorted by (token, wallet)
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
