/**
 * The Staking table. Kind: fold; the positions of a touched staker are folded again from all its stake events
 * in the ledger, which `ledger_event_stake_idx` finds. Doing and undoing cost the staker's whole history of
 * stakes.
 */
import type { PoolClient } from 'pg';
import type { LedgerRow } from '../../store/ledger/ledger.js';
import { chainOf, type Prepared, type Projection } from '../projection.js';
import { STAKING } from './compare.js';
import { explain } from './explain.js';
import { foldStakes } from './fold.js';
import type { StakePosition } from './position.js';
import { remove, restore, revert } from './rebuild.js';
import { readStakes, stakersOf } from './stakers.js';
import { writeStakes } from './write.js';

/** The table holds the fold of the earlier events. Only positions that the new events change are written. */
async function prepare(client: PoolClient, rows: readonly LedgerRow[]): Promise<Prepared> {
  const chain = chainOf(rows);
  const stakers = stakersOf(rows);
  const added = new Set(rows.map((row) => row.position));
  return {
    counts: {},
    write: async () => {
      if (!chain || stakers.length === 0) return {};
      const now = await readStakes(client, chain, stakers);
      const before = new Map(
        foldStakes(now.filter((row) => !added.has(row.position))).map((stake) => [keyOf(stake), stake]),
      );
      const changed = foldStakes(now).filter((stake) => !sameStake(stake, before.get(keyOf(stake))));
      return { Staking: await writeStakes(client, chain, changed) };
    },
  };
}

function keyOf(stake: StakePosition): string {
  return `${stake.transactionHash} ${stake.eventIndex}`;
}

function sameStake(a: StakePosition, b: StakePosition | undefined): boolean {
  return (
    b !== undefined &&
    a.remaining === b.remaining &&
    a.claimed === b.claimed &&
    a.updated === b.updated &&
    a.closed === b.closed
  );
}

export const staking: Projection = {
  name: 'staking',
  tables: [STAKING],
  prepare,
  revert,
  restore,
  remove,
  explain,
};
