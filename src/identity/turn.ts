/**
 * Turns a wallet to the person of its newest link: from then on, whatever is written of the wallet is written
 * for that person, and the rows that stand are noted to be moved (moves.ts).
 */
import type { PoolClient } from 'pg';
import type { Chain } from '../events/event.js';
import { sortedKeys } from '../projections/projection.js';
import { sumMusic } from '../projections/tokens/music-of-wallets.js';
import { newestLink } from '../projections/wallets/person.js';
import { rowId } from '../store/ids.js';

export interface Wallet {
  readonly id: string;
  readonly chain: Chain;
  readonly user: string | null;
  /** Whether an event names the wallet. */
  readonly named: boolean;
}

/** A wallet that belongs to another user now, for the feed. */
export interface Turned {
  readonly address: string;
  readonly chain: Chain;
  readonly former: string | null;
  readonly user: string | null;
}

/** The wallet, locked until the transaction ends; null when there is none. */
export async function lockWallet(client: PoolClient, address: string): Promise<Wallet | null> {
  const { rows } = await client.query<Wallet>(
    `SELECT id, chain, "userId" AS "user", "firstSeen" IS NOT NULL AS named FROM "Wallet"
      WHERE address = $1 FOR UPDATE`,
    [address],
  );
  return rows[0] ?? null;
}

/** The user of the wallet's newest link; null when nobody has linked it. */
export async function personOf(client: PoolClient, address: string): Promise<string | null> {
  const { rows } = await client.query<{ person: string | null }>(`SELECT ${newestLink('$1')} AS person`, [
    address,
  ]);
  return rows[0]?.person ?? null;
}

/**
 * Gives the wallet to the person of its newest link, or back to its placeholder, and notes the move of its
 * rows. The move is noted also where nothing seems to change: an event that names the wallet for the first
 * time may be on its way, written by somebody who does not see the newest link yet.
 * @returns what it was and is now; null when the wallet keeps its user
 */
export async function turnWallet(client: PoolClient, address: string): Promise<Turned | null> {
  const wallet = await lockWallet(client, address);
  // Read after the lock, so that no other transaction turns the wallet by an older state of the links.
  const person = await personOf(client, address);
  const placeholder = rowId('user', address);
  const target = person ?? placeholder;
  const user = wallet && (wallet.named ? target : person);
  if (wallet?.named && person === null) await insertPlaceholder(client, wallet.id, address);
  const turned =
    wallet && wallet.user !== user ? { address, chain: wallet.chain, former: wallet.user, user } : null;
  if (turned) await client.query(`UPDATE "Wallet" SET "userId" = $2 WHERE address = $1`, [address, user]);
  await noteMove(client, address, wallet?.user ?? null, target);
  if (turned && wallet?.named) {
    const users = [target, wallet.user].filter((id) => id !== null);
    await sumMusic(client, turned.chain, sortedKeys(users));
  }
  return turned;
}

/** The user that stands for the wallet while it belongs to nobody, and its link, as an event makes them. */
async function insertPlaceholder(client: PoolClient, walletId: string, address: string): Promise<void> {
  await client.query(
    `WITH seen AS (SELECT "firstSeen" AS at FROM "Wallet" WHERE id = $2),
     users AS (
       INSERT INTO "User" (id, "isPlaceholder", "createdAt", "updatedAt") SELECT $1, true, at, at FROM seen
       ON CONFLICT DO NOTHING)
     INSERT INTO "UserWallet" (id, "userId", "walletId", "createdAt") SELECT $3, $1, $2, at FROM seen
     ON CONFLICT DO NOTHING`,
    [rowId('user', address), walletId, rowId('link', address)],
  );
}

/** A move that is under way already goes on from all the users that may have rows by now. */
async function noteMove(
  client: PoolClient,
  address: string,
  former: string | null,
  target: string,
): Promise<void> {
  const sources = former === null || former === target ? [] : [former];
  await client.query(
    `INSERT INTO wallet_move AS m (address, sources, target) VALUES ($1, $2, $3)
     ON CONFLICT (address) DO UPDATE SET target = EXCLUDED.target, since = NULL, problem = NULL,
       sources = ARRAY(SELECT DISTINCT s FROM unnest(m.sources || m.target || EXCLUDED.sources) AS s
                        WHERE s <> EXCLUDED.target ORDER BY s)`,
    [address, sources, target],
  );
}
