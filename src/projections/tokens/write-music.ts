/** The statement that adds deltas to MusicToken. */
import type { PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import { wholeUnits } from '../../events/units.js';
import { type BulkColumns, bulk, utc } from '../../store/bulk.js';
import { rowId } from '../../store/ids.js';
import type { ProjectionContext } from '../projection.js';
import { type Owners, readOwners } from '../wallets/owners.js';
import { addDeltas, type MusicDelta, platformTokenOn } from './music-deltas.js';

/**
 * Adds the deltas of wallets (base units) to the MusicToken rows of their users (whole units). The
 * wallets have their rows already.
 * @returns rows inserted or changed
 */
export async function addMusic(
  client: PoolClient,
  chain: Chain,
  deltas: readonly MusicDelta[],
  context: ProjectionContext,
  owners: Owners,
): Promise<number> {
  if (deltas.length === 0) return 0;
  const decimals = platformTokenOn(context, chain)?.decimals ?? 0;
  // A user may own several of the wallets: their deltas become one.
  const byUser = new Map<string, MusicDelta>();
  const users = await readOwners(
    client,
    owners,
    deltas.map((delta) => delta.address),
  );
  for (const delta of deltas) {
    const user = users.get(delta.address)?.user;
    if (user === undefined) continue;
    const known = byUser.get(user);
    byUser.set(user, known ? addDeltas(known, delta) : delta);
  }
  const columns: BulkColumns<readonly [user: string, delta: MusicDelta]> = {
    id: ['text', ([user]) => rowId('token', chain, user)],
    user_id: ['text', ([user]) => user],
    balance: ['numeric', ([, delta]) => wholeUnits(delta.balance, decimals)],
    earned: ['numeric', ([, delta]) => wholeUnits(delta.earned, decimals)],
    spent: ['numeric', ([, delta]) => wholeUnits(delta.spent, decimals)],
    claimed: ['float8', ([, delta]) => delta.lastClaimed],
    first_time: ['float8', ([, delta]) => delta.firstTime],
    last_time: ['float8', ([, delta]) => delta.lastTime],
  };
  const rows = [...byUser].sort(([a], [b]) => (a < b ? -1 : 1));
  const input = bulk(rows, columns, 2);
  const { rowCount } = await client.query(
    `INSERT INTO "MusicToken" AS m (id, "userId", chain, balance, "totalEarned", "totalSpent", "lastClaimed",
                                    "createdAt", "updatedAt")
     SELECT t.id, t.user_id, $1, t.balance, earned, spent, ${utc('claimed')},
            ${utc('first_time')}, ${utc('last_time')}
       FROM ${input.from} ORDER BY t.user_id
     ON CONFLICT ("userId", chain) DO UPDATE SET
       balance = m.balance + EXCLUDED.balance,
       "totalEarned" = m."totalEarned" + EXCLUDED."totalEarned",
       "totalSpent" = m."totalSpent" + EXCLUDED."totalSpent",
       "lastClaimed" = GREATEST(m."lastClaimed", EXCLUDED."lastClaimed"),
       "createdAt" = LEAST(m."createdAt", EXCLUDED."createdAt"),
       "updatedAt" = GREATEST(m."updatedAt", EXCLUDED."updatedAt")`,
    [chain, ...input.values],
  );
  return rowCount ?? 0;
}
