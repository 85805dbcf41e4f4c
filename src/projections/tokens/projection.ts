/** wallet_balance and MusicToken. Kind: sums; a row whose events are all withdrawn goes with them. */
import type { PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import { wholeUnits } from '../../events/units.js';
import { type Bulk, type BulkColumns, bulk, utc } from '../../store/bulk.js';
import { rowId } from '../../store/ids.js';
import { type LedgerRow, readLedger } from '../../store/ledger.js';
import {
  chainOf,
  type Prepared,
  type Projection,
  type ProjectionContext,
  type RowCounts,
  sortedKeys,
} from '../projection.js';
import { type Owners, readOwners } from '../wallets/owners.js';
import {
  addDeltas,
  type BalanceDelta,
  balanceDeltas,
  type MusicDelta,
  musicDeltas,
  platformTokenOn,
} from './deltas.js';

const BALANCE_COLUMNS: BulkColumns<BalanceDelta> = {
  token: ['text', (delta) => delta.token],
  address: ['text', (delta) => delta.address],
  amount: ['numeric', (delta) => delta.amount],
};

async function addBalances(client: PoolClient, chain: Chain, deltas: Bulk): Promise<number> {
  const { rowCount } = await client.query(
    `INSERT INTO wallet_balance AS b (chain, token, address, amount)
     SELECT $1, token, address, amount FROM ${deltas.from} ORDER BY token, address
     ON CONFLICT (chain, token, address) DO UPDATE SET amount = b.amount + EXCLUDED.amount WHERE EXCLUDED.amount <> 0`,
    [chain, ...deltas.values],
  );
  return rowCount ?? 0;
}

async function addMusic(
  client: PoolClient,
  chain: Chain,
  deltas: readonly MusicDelta[],
  context: ProjectionContext,
  owners: Owners,
): Promise<number> {
  if (deltas.length === 0) return 0;
  const decimals = platformTokenOn(context, chain)?.decimals ?? 0;
  // A user may own several of the wallets.
  const byUser = new Map<string, MusicDelta>();
  const users = await readOwners(
    client,
    owners,
    deltas.map((delta) => delta.address),
  );
  for (const delta of deltas) {
    const user = users.get(delta.address)?.user ?? null;
    if (user === null) continue;
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
    `INSERT INTO "MusicToken" AS m (id, "userId", chain, balance, "totalEarned", "totalSpent", "lastClaimed", "createdAt", "updatedAt")
     SELECT t.id, t.user_id, $1, t.balance, earned, spent, ${utc('claimed')}, ${utc('first_time')}, ${utc('last_time')}
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

async function prepare(
  client: PoolClient,
  rows: readonly LedgerRow[],
  context: ProjectionContext,
  owners: Owners,
): Promise<Prepared> {
  const chain = chainOf(rows);
  const balances = balanceDeltas(rows);
  const input = bulk(balances, BALANCE_COLUMNS, 2);
  const music = musicDeltas(rows, context);
  return {
    counts: {},
    write: async () => {
      if (!chain) return {};
      return {
        wallet_balance: balances.length === 0 ? 0 : await addBalances(client, chain, input),
        MusicToken: await addMusic(client, chain, music, context, owners),
      };
    },
  };
}

/**
 * Sums are made anew from the ledger for every wallet touched, because times (first, last, last claim) cannot be
 * subtracted. This reads the whole ledger of the chain; forks that reach a confirmed block are rare enough.
 */
async function revert(
  client: PoolClient,
  rows: readonly LedgerRow[],
  context: ProjectionContext,
): Promise<RowCounts> {
  const chain = chainOf(rows);
  const named = sortedKeys(
    [...balanceDeltas(rows), ...musicDeltas(rows, context)].map((delta) => delta.address),
  );
  if (!chain || named.length === 0) return {};
  // All wallets of the touched users: their MusicToken row is the sum over them.
  const { rows: owned } = await client.query<{ address: string; user: string }>(
    `SELECT address, "userId" AS "user" FROM "Wallet" WHERE chain = $1 AND "userId" IN (SELECT "userId" FROM "Wallet" WHERE address = ANY($2))`,
    [chain, named],
  );
  const addresses = sortedKeys(owned.map((row) => row.address));
  const users = sortedKeys(owned.map((row) => row.user));
  await client.query(
    `SELECT 1 FROM wallet_balance WHERE chain = $1 AND address = ANY($2) ORDER BY token, address FOR UPDATE`,
    [chain, addresses],
  );
  await client.query(
    `SELECT 1 FROM "MusicToken" WHERE chain = $1 AND "userId" = ANY($2) ORDER BY "userId" FOR UPDATE`,
    [chain, users],
  );
  const kept = await readLedger(
    client,
    `l.chain = $1 AND l.outcome = 'ok' AND (l.sender = ANY($2) OR EXISTS (
       SELECT 1 FROM jsonb_array_elements(l.facts->'movements') movement WHERE movement->>'owner' = ANY($2)))`,
    [chain, addresses],
  );
  const ours = new Set(addresses);
  const balances = balanceDeltas(kept).filter((delta) => ours.has(delta.address));
  const music = musicDeltas(kept, context).filter((delta) => ours.has(delta.address));
  const removed = await client.query(`DELETE FROM wallet_balance WHERE chain = $1 AND address = ANY($2)`, [
    chain,
    addresses,
  ]);
  if (balances.length > 0) await addBalances(client, chain, bulk(balances, BALANCE_COLUMNS, 2));
  await client.query(
    `UPDATE "MusicToken" SET balance = 0, "totalEarned" = 0, "totalSpent" = 0, "lastClaimed" = NULL, "createdAt" = 'infinity', "updatedAt" = '-infinity'
      WHERE chain = $1 AND "userId" = ANY($2)`,
    [chain, users],
  );
  await addMusic(
    client,
    chain,
    music,
    context,
    new Map(owned.map(({ address, user }) => [address, { user, created: 0 }])),
  );
  // Nothing of the user is left on this chain; its stakes went before (reverting goes in reverse order).
  await client.query(
    `DELETE FROM "MusicToken" WHERE chain = $1 AND "userId" = ANY($2) AND "createdAt" = 'infinity'`,
    [chain, users],
  );
  return { wallet_balance: removed.rowCount ?? 0, MusicToken: users.length };
}

export const tokens: Projection = { name: 'tokens', prepare, revert };
