/**
 * A staker's positions as a fold of all its stake, unstake and claim events: one row a stake, oldest consumed
 * first, within one pool. Where a pool mints a token for what is staked, the position counts in that token. A
 * claim's rewards go to the oldest stake that is still open, or to the newest when none is.
 */
import type { ChainEvent } from '../../events/event.js';
import type { LedgerRow } from '../../store/ledger/ledger.js';
import { openPosition, type StakePosition } from './position.js';

/** @param rows in chain order; of any number of wallets */
export function foldStakes(rows: readonly LedgerRow[]): StakePosition[] {
  const pools = new Map<string, StakePosition[]>();
  for (const row of rows) {
    const { event } = row;
    if (event.outcome !== 'ok' || event.from === undefined || event.amount === undefined) continue;
    const pool = event.stake?.pool ?? event.asset.address;
    const key = `${event.from} ${pool}`;
    const positions = pools.get(key) ?? [];
    pools.set(key, positions);
    const time = row.blockTime ?? 0;
    if (event.kind === 'stake')
      positions.push(openPosition(row, event.from, pool, mintedFor(event) ?? event.amount, time));
    else if (event.kind === 'unstake') consume(positions, event.amount, time);
    else if (event.kind === 'claim') claim(positions, event.amount, time);
  }
  return [...pools.values()].flat();
}

/** What the pool gave for a liquid stake: that, not what went in, is what an unstake takes back. */
function mintedFor({ asset, movements = [] }: ChainEvent): bigint | undefined {
  const made = movements.reduce((sum, { token, delta }) => (token === asset.address ? sum + delta : sum), 0n);
  return made > 0n ? made : undefined;
}

function consume(positions: readonly StakePosition[], amount: bigint, time: number): void {
  let left = amount;
  for (const position of positions) {
    if (left === 0n) return;
    if (position.remaining === 0n) continue;
    // biome-ignore lint/complexity/useMathMinMax: Math.min takes no bigint.
    const taken = left < position.remaining ? left : position.remaining;
    position.remaining -= taken;
    position.updated = time;
    if (position.remaining === 0n) position.closed = time;
    left -= taken;
  }
  // What is left was staked before the first block that we know; the ledger keeps it.
}

function claim(positions: readonly StakePosition[], rewards: bigint, time: number): void {
  const position = positions.find((candidate) => candidate.remaining > 0n) ?? positions.at(-1);
  if (!position) return;
  position.claimed += rewards;
  position.updated = time;
}
