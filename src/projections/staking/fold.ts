/**
 * A staker's positions, folded from all its stake, unstake and claim events. Each stake event opens one
 * position; an unstake event consumes the oldest positions of the same pool first. Where a pool mints a token
 * for what is staked, the position is counted in that token. A claim's rewards go to the oldest position that
 * is still open, or to the newest one when none is.
 */
import type { ChainEvent } from '../../events/event.js';
import type { LedgerRow } from '../../store/ledger/ledger.js';
import { timeOf } from '../dated.js';
import { openPosition, type StakePosition } from './position.js';

/**
 * Folds the events of any number of wallets into their positions.
 * @param rows ledger rows in chain order
 */
export function foldStakes(rows: readonly LedgerRow[]): StakePosition[] {
  const pools = new Map<string, StakePosition[]>();
  for (const row of rows) {
    const { event } = row;
    if (event.outcome !== 'ok' || event.from === undefined || event.amount === undefined) continue;
    const pool = event.stake?.pool ?? event.asset.address;
    const key = `${event.from} ${pool}`;
    const positions = pools.get(key) ?? [];
    pools.set(key, positions);
    const time = timeOf(row);
    if (event.kind === 'stake')
      positions.push(openPosition(row, event.from, pool, mintedFor(event) ?? event.amount, time));
    else if (event.kind === 'unstake') consume(positions, event.amount, time);
    else if (event.kind === 'claim') claim(positions, event.amount, time);
  }
  return [...pools.values()].flat();
}

/**
 * Base units of the token that a liquid staking pool minted for a stake; undefined when it minted none. An
 * unstake gives back this token, not what was put in.
 */
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
  // Whatever is left was staked before the first block that we read. Only the ledger records it.
}

function claim(positions: readonly StakePosition[], rewards: bigint, time: number): void {
  const position = positions.find((candidate) => candidate.remaining > 0n) ?? positions.at(-1);
  if (!position) return;
  position.claimed += rewards;
  position.updated = time;
}
