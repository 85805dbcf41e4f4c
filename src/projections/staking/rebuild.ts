/** Folds stakers' positions again: after events were withdrawn, and when verify found wrong rows. */
import type { PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import { rowId } from '../../store/ids.js';
import type { LedgerRow } from '../../store/ledger/ledger.js';
import { chainOf, type Damage, type RowCounts, sortedKeys } from '../projection.js';
import { isExpected, isOrphan, keysOf, type RowDifference } from '../row-difference.js';
import { foldStakes } from './fold.js';
import { readStakes, stakersOf } from './stakers.js';
import { writeStakes } from './write.js';

export async function revert(client: PoolClient, rows: readonly LedgerRow[]): Promise<RowCounts> {
  return refold(client, chainOf(rows), stakersOf(rows));
}

/**
 * A damaged row may name another wallet than the ledger does, so it is deleted before the staker is folded
 * again. No other row refers to stakes.
 */
export async function restore(client: PoolClient, { chain, differences }: Damage): Promise<void> {
  const ours = differences.filter(isExpected);
  await client.query(
    `DELETE FROM "Staking" WHERE chain = $1
        AND ("transactionHash", "eventIndex") IN (SELECT * FROM unnest($2::text[], $3::int[]))`,
    [chain, keysOf(ours, 'transactionHash'), keysOf(ours, 'eventIndex')],
  );
  await refold(client, chain, walletsOf(ours, 'expected'));
}

export async function remove(client: PoolClient, { chain, differences }: Damage): Promise<void> {
  await refold(client, chain, walletsOf(differences.filter(isOrphan), 'there'));
}

function walletsOf(differences: readonly RowDifference[], side: 'there' | 'expected'): string[] {
  return sortedKeys(differences.flatMap((difference) => difference[side]?.walletAddress ?? []));
}

/** Rebuilds all positions of the stakers. Positions that no event of theirs makes any more are deleted. */
async function refold(
  client: PoolClient,
  chain: Chain | undefined,
  stakers: readonly string[],
): Promise<RowCounts> {
  if (!chain || stakers.length === 0) return {};
  const positions = foldStakes(await readStakes(client, chain, stakers));
  const gone = await client.query(
    `DELETE FROM "Staking" WHERE chain = $1 AND "walletAddress" = ANY($2) AND NOT (id = ANY($3))`,
    [chain, stakers, positions.map((stake) => rowId('stake', stake.transactionHash, stake.eventIndex))],
  );
  return { Staking: (gone.rowCount ?? 0) + (await writeStakes(client, chain, positions)) };
}
