/** One position of a staker: what one stake event opened. */
import type { LedgerRow } from '../../store/ledger/ledger.js';

export interface StakePosition {
  readonly transactionHash: string;
  readonly eventIndex: number;
  readonly wallet: string;
  readonly pool: string;
  readonly token: string;
  readonly decimals: number;
  /** Base units. */
  readonly staked: bigint;
  remaining: bigint;
  claimed: bigint;
  readonly lockSeconds: number | null;
  /** Percent a year; null when the chain does not say. */
  readonly apy: number | null;
  /** Unix seconds, like all times here. */
  readonly start: number;
  updated: number;
  /** When the last of the stake was taken out; null while some of it is left. */
  closed: number | null;
}

/**
 * The position that a stake event opens.
 * @param amount base units that the position counts
 * @param time Unix seconds
 */
export function openPosition(
  row: LedgerRow,
  wallet: string,
  pool: string,
  amount: bigint,
  time: number,
): StakePosition {
  const { event } = row;
  return {
    transactionHash: row.transactionHash,
    eventIndex: event.eventIndex,
    wallet,
    pool,
    token: event.asset.address,
    decimals: event.decimals ?? 0,
    staked: amount,
    remaining: amount,
    claimed: 0n,
    lockSeconds: event.stake?.lockSeconds ?? null,
    apy: event.stake?.apy ?? null,
    start: time,
    updated: time,
    closed: null,
  };
}
