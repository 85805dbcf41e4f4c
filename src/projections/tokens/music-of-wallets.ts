/**
 * `wallet_music`: the sums of the platform's token, a wallet. A MusicToken row is the sum over all wallets of
 * its user on the chain, so a wallet that gets another user moves by what stands here, however long its
 * history is.
 */
import type { PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import { wholeUnits } from '../../events/units.js';
import { bulk, utc } from '../../store/bulk.js';
import { rowId } from '../../store/ids.js';
import type { MusicDelta } from './music-deltas.js';

/**
 * Adds deltas (base units) to the sums of their wallets (whole units). Always before the same deltas are
 * added to MusicToken: {@link sumMusic} relies on that order.
 * @param deltas one for each wallet, sorted by address
 */
export async function addWalletMusic(
  client: PoolClient,
  chain: Chain,
  deltas: readonly MusicDelta[],
  decimals: number,
): Promise<number> {
  if (deltas.length === 0) return 0;
  const input = bulk(
    deltas,
    {
      address: ['text', (delta) => delta.address],
      balance: ['numeric', (delta) => wholeUnits(delta.balance, decimals)],
      earned: ['numeric', (delta) => wholeUnits(delta.earned, decimals)],
      spent: ['numeric', (delta) => wholeUnits(delta.spent, decimals)],
      claimed: ['float8', (delta) => delta.lastClaimed],
      first_time: ['float8', (delta) => delta.firstTime],
      last_time: ['float8', (delta) => delta.lastTime],
    },
    2,
  );
  const { rowCount } = await client.query(
    `INSERT INTO wallet_music AS m (chain, address, balance, earned, spent, last_claimed, first_time, last_time)
     SELECT $1, t.address, t.balance, t.earned, t.spent, ${utc('claimed')}, ${utc('t.first_time')}, ${utc('t.last_time')}
       FROM ${input.from} ORDER BY t.address
     ON CONFLICT (chain, address) DO UPDATE SET
       balance = m.balance + EXCLUDED.balance,
       earned = m.earned + EXCLUDED.earned,
       spent = m.spent + EXCLUDED.spent,
       last_claimed = GREATEST(m.last_claimed, EXCLUDED.last_claimed),
       first_time = LEAST(m.first_time, EXCLUDED.first_time),
       last_time = GREATEST(m.last_time, EXCLUDED.last_time)`,
    [chain, ...input.values],
  );
  return rowCount ?? 0;
}

/**
 * Sums the MusicToken rows of users again from their wallets. Locks the rows first: a batch that has added to
 * a wallet but not to its user yet adds to the user after this transaction. The row of a user without sums
 * stays, empty, until {@link deleteEmptyMusic}, because stakes may still refer to it.
 * @param users sorted
 */
export async function sumMusic(client: PoolClient, chain: Chain, users: readonly string[]): Promise<void> {
  if (users.length === 0) return;
  const input = bulk(
    users,
    { id: ['text', (user) => rowId('token', chain, user)], user_id: ['text', (user) => user] },
    2,
  );
  await client.query(
    `INSERT INTO "MusicToken" (id, "userId", chain, "createdAt", "updatedAt")
     SELECT t.id, t.user_id, $1, 'infinity', '-infinity' FROM ${input.from}
      WHERE EXISTS (SELECT 1 FROM "Wallet" w JOIN wallet_music s ON s.chain = $1 AND s.address = w.address
                     WHERE w."userId" = t.user_id AND w.chain = $1)
      ORDER BY t.user_id
     ON CONFLICT ("userId", chain) DO NOTHING`,
    [chain, ...input.values],
  );
  await client.query(
    `SELECT 1 FROM "MusicToken" WHERE chain = $1 AND "userId" = ANY($2) ORDER BY "userId" FOR UPDATE`,
    [chain, users],
  );
  await client.query(
    `WITH sums AS (
       SELECT w."userId", sum(s.balance) AS balance, sum(s.earned) AS earned, sum(s.spent) AS spent,
              max(s.last_claimed) AS claimed, min(s.first_time) AS first, max(s.last_time) AS last
         FROM "Wallet" w JOIN wallet_music s ON s.chain = $1 AND s.address = w.address
        WHERE w."userId" = ANY($2) AND w.chain = $1 GROUP BY 1)
     UPDATE "MusicToken" m SET
            balance = COALESCE(s.balance, 0), "totalEarned" = COALESCE(s.earned, 0),
            "totalSpent" = COALESCE(s.spent, 0), "lastClaimed" = s.claimed,
            "createdAt" = COALESCE(s.first, m."createdAt"), "updatedAt" = COALESCE(s.last, m."updatedAt")
       FROM unnest($2::text[]) AS named("userId") LEFT JOIN sums s USING ("userId")
      WHERE m.chain = $1 AND m."userId" = named."userId"`,
    [chain, users],
  );
}

/** Deletes the rows that {@link sumMusic} left empty, unless stakes refer to them. */
export async function deleteEmptyMusic(
  client: PoolClient,
  chain: Chain,
  users: readonly string[],
): Promise<void> {
  await client.query(
    `DELETE FROM "MusicToken" m WHERE m.chain = $1 AND m."userId" = ANY($2)
        AND NOT EXISTS (SELECT 1 FROM "Wallet" w JOIN wallet_music s ON s.chain = $1 AND s.address = w.address
                         WHERE w."userId" = m."userId" AND w.chain = $1)
        AND NOT EXISTS (SELECT 1 FROM "Staking" s WHERE s."tokenId" = m.id)`,
    [chain, users],
  );
}
