/**
 * Linking and unlinking by hand: the same rows that an application would write, with an entry in the audit
 * log.
 */
import { randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import { decodeBase58 } from '../events/base58.js';
import type { Chain } from '../events/event.js';
import { parseTonAddress } from '../events/ton-address.js';
import { NdxError } from '../runtime/errors.js';
import { recordAudit } from '../store/audit.js';
import { type Database, inTransaction, RollbackWith } from '../store/database.js';
import { rowId } from '../store/ids.js';
import { canonicalAddress } from './canonical.js';
import { carryNotes } from './notes.js';
import { countRows, type RowsOfWallet } from './queries.js';
import { personOf } from './turn.js';

export interface Act {
  readonly user: string;
  /** In any form that a wallet's address may have. */
  readonly wallet: string;
  readonly reason: string;
  /** Do everything, say what would move, and roll back. */
  readonly dryRun: boolean;
}

export interface Acted {
  /** Canonical form. */
  readonly address: string;
  readonly changed: boolean;
  /** User of the wallet before and after; null: it has none. */
  readonly before: string | null;
  readonly after: string | null;
  /** Rows that name the former user: they move. */
  readonly rows: RowsOfWallet;
}

/** Most notes of others that are carried through on the way. */
const NOTES = 10_000;
const ACTOR = 'ndx user';

/**
 * Links the wallet to the user, as the newest link. A link that is the newest already stays.
 * @throws NdxError INPUT_INVALID when there is no such user, or the text is no address
 */
export function linkWallet(db: Pick<Database, 'pool'>, act: Act): Promise<Acted> {
  return perform(db, act, 'link', async (client, address) => {
    if ((await personOf(client, address)) === act.user) return false;
    const walletId = await walletFor(client, address);
    const key = [act.user, walletId];
    await client.query('DELETE FROM "UserWallet" WHERE "userId" = $1 AND "walletId" = $2', key);
    await client.query(
      `INSERT INTO "UserWallet" (id, "userId", "walletId", "createdAt")
       VALUES ($3, $1, $2, now() AT TIME ZONE 'UTC')`,
      [...key, randomUUID()],
    );
    return true;
  });
}

/**
 * Takes all links of the user to the wallet away, `User.walletAddress` too.
 * @throws NdxError INPUT_INVALID when there is no such user, or the text is no address
 */
export function unlinkWallet(db: Pick<Database, 'pool'>, act: Act): Promise<Acted> {
  return perform(db, act, 'unlink', async (client, address) => {
    const of = (source: string) =>
      `SELECT ref FROM wallet_link WHERE source = '${source}' AND user_id = $1 AND address = $2`;
    const links = await client.query(`DELETE FROM "UserWallet" WHERE id IN (${of('UserWallet')})`, [
      act.user,
      address,
    ]);
    const claims = await client.query(
      `UPDATE "User" SET "walletAddress" = NULL WHERE id IN (${of('User')})`,
      [act.user, address],
    );
    return (links.rowCount ?? 0) + (claims.rowCount ?? 0) > 0;
  });
}

async function perform(
  { pool }: Pick<Database, 'pool'>,
  act: Act,
  action: 'link' | 'unlink',
  work: (client: PoolClient, address: string) => Promise<boolean>,
): Promise<Acted> {
  const address = canonicalAddress(null, act.wallet);
  if (address === null) throw invalid(act.wallet);
  return inTransaction(pool, async (client) => {
    await client.query(`SET LOCAL lock_timeout = '10s'`);
    const { rowCount } = await client.query(
      'SELECT 1 FROM "User" WHERE id = $1 AND NOT "isPlaceholder" FOR KEY SHARE',
      [act.user],
    );
    if (rowCount !== 1)
      throw new NdxError(
        'INPUT_INVALID',
        `there is no user ${act.user}: name one by its id in the table User; placeholders cannot be linked`,
      );
    // What the platform has said so far comes first.
    await carryNotes(client, NOTES);
    const before = await userOf(client, address);
    const changed = await work(client, address);
    await carryNotes(client, NOTES);
    const after = await userOf(client, address);
    const rows = before === after || before === null ? {} : await countRows(client, address, before);
    const result = { address, changed, before, after, rows };
    if (act.dryRun) throw new RollbackWith(result);
    if (changed)
      await recordAudit(client, [
        {
          actor: ACTOR,
          action,
          chain: null,
          subject: 'UserWallet',
          key: `user=${act.user} wallet=${address}`,
          reason: act.reason,
          before: { user: before },
          after: { user: after },
        },
      ]);
    return result;
  });
}

async function userOf(client: PoolClient, address: string): Promise<string | null> {
  const { rows } = await client.query<{ user: string | null }>(
    'SELECT "userId" AS "user" FROM "Wallet" WHERE address = $1',
    [address],
  );
  return rows[0]?.user ?? null;
}

/** Id of the wallet's row, which is made when no event has named the wallet yet. */
async function walletFor(client: PoolClient, address: string): Promise<string> {
  await client.query(
    `INSERT INTO "Wallet" (id, address, chain, "createdAt", "updatedAt")
     SELECT $1, $2, $3, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
      WHERE NOT EXISTS (SELECT 1 FROM "Wallet" WHERE address = $2) ON CONFLICT DO NOTHING`,
    [rowId('wallet', address), address, await chainOfAddress(client, address)],
  );
  const { rows } = await client.query<{ id: string }>('SELECT id FROM "Wallet" WHERE address = $1', [
    address,
  ]);
  return rows[0]?.id ?? '';
}

async function chainOfAddress(client: PoolClient, address: string): Promise<Chain> {
  const { rows } = await client.query<{ chain: Chain }>('SELECT chain FROM "Wallet" WHERE address = $1', [
    address,
  ]);
  if (rows[0]) return rows[0].chain;
  if (parseTonAddress(address) !== null) return 'ton';
  if (decodeBase58(address)?.length === 32) return 'solana';
  throw invalid(address);
}

function invalid(text: string): NdxError {
  return new NdxError(
    'INPUT_INVALID',
    `${text.slice(0, 128)} is no wallet's address: Solana's are base58 of 32 bytes, TON's EQ…, UQ… or raw`,
  );
}
