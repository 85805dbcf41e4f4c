/** Reads of the table Staking for `verify`, which compares sampled stakers with the chain. */
import type { Pool, PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import { wholeUnits } from '../../events/units.js';
import type { Sample } from '../sample.js';
import type { StakePosition } from './position.js';

/** Addresses of stakers of the chain, chosen at random. */
export async function chooseStakers(pool: Pool, { chain, size, seed }: Sample): Promise<string[]> {
  const { rows } = await pool.query<{ wallet: string }>(
    `SELECT "walletAddress" AS wallet FROM "Staking"
      WHERE chain = $1 GROUP BY 1 ORDER BY hashtextextended("walletAddress", $2), 1 LIMIT $3`,
    [chain, seed, size],
  );
  return rows.map((row) => row.wallet);
}

/** A row of Staking as it is compared: amounts are decimal text in whole units, without trailing zeros. */
export interface StakeRow {
  readonly key: string;
  readonly pool: string;
  readonly amount: string;
  readonly claimed: string;
}

/** The row that a position of the fold becomes. */
export function rowOfPosition(stake: StakePosition): StakeRow {
  return {
    key: `transactionHash=${stake.transactionHash} eventIndex=${stake.eventIndex}`,
    pool: stake.pool,
    amount: wholeUnits(stake.remaining, stake.decimals),
    claimed: wholeUnits(stake.claimed, stake.decimals),
  };
}

/** The staker's rows. */
export async function stakeRowsOf(client: PoolClient, chain: Chain, staker: string): Promise<StakeRow[]> {
  const { rows } = await client.query<StakeRow>(
    `SELECT 'transactionHash=' || "transactionHash" || ' eventIndex=' || "eventIndex" AS key, pool,
            trim_scale(amount)::text AS amount, trim_scale("claimedRewards")::text AS claimed
       FROM "Staking" WHERE chain = $1 AND "walletAddress" = $2`,
    [chain, staker],
  );
  return rows;
}
