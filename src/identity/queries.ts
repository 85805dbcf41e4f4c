/** Who owns which wallets, by which links; what is on its way; and who contradicts whom. */
import type { Pool, PoolClient } from 'pg';
import { canonicalAddress } from './canonical.js';
import { MOVED_TABLES } from './moved-tables.js';

export interface LinkRecord {
  readonly address: string;
  readonly user: string;
  /** Table that says so: 'UserWallet' or 'User' (its walletAddress). */
  readonly source: string;
  /** As the platform wrote the address. */
  readonly written: string;
  /** Whether no newer link names the wallet: then the wallet belongs to this user. */
  readonly decides: boolean;
}

export interface MoveRecord {
  readonly address: string;
  readonly from: readonly string[];
  readonly to: string;
  readonly moved: number;
  readonly problem: string | null;
}

export interface Shown {
  readonly user: { readonly id: string; readonly isPlaceholder: boolean } | null;
  readonly wallets: readonly { readonly address: string; readonly chain: string }[];
  readonly links: readonly LinkRecord[];
  readonly moves: readonly MoveRecord[];
  /** Changes of links that are not carried through yet, of anybody. */
  readonly pending: number;
}

/** A wallet that several people have linked. */
export interface Conflict {
  readonly address: string;
  /** The newest link first: that user has the wallet. */
  readonly users: readonly string[];
}

/** Table and column → rows; at most MOST_COUNTED. */
export type RowsOfWallet = Readonly<Record<string, number>>;

const MOST_COUNTED = 1_000_000;
/** Wallets, links and moves that are shown of one user. */
const MOST_SHOWN = 1_000;

/**
 * A user, by its id or by the address of one of its wallets.
 * @returns null when there is neither a user nor a wallet of this name
 */
export async function showUser(pool: Pool, name: string): Promise<Shown | null> {
  const address = canonicalAddress(null, name) ?? name;
  const { rows: users } = await pool.query<{ id: string; isPlaceholder: boolean }>(
    `SELECT id, "isPlaceholder" FROM "User" WHERE id = $1
      UNION SELECT u.id, u."isPlaceholder" FROM "Wallet" w JOIN "User" u ON u.id = w."userId" WHERE w.address = $2
      LIMIT 1`,
    [name, address],
  );
  const user = users[0] ?? null;
  const { rows: wallets } = await pool.query<{ address: string; chain: string }>(
    `SELECT address, chain FROM "Wallet" WHERE "userId" = $1 OR address = $2 ORDER BY address LIMIT ${MOST_SHOWN}`,
    [user?.id ?? null, address],
  );
  if (!user && wallets.length === 0) return null;
  const addresses = wallets.map((wallet) => wallet.address);
  const { rows: links } = await pool.query<LinkRecord>(
    `SELECT address, user_id AS "user", source, written,
            seq = (SELECT max(n.seq) FROM wallet_link n WHERE n.address = l.address) AS decides
       FROM wallet_link l WHERE user_id = $1 OR address = ANY($2) ORDER BY address, seq DESC LIMIT ${MOST_SHOWN}`,
    [user?.id ?? null, addresses],
  );
  const { rows: moves } = await pool.query<MoveRecord>(
    `SELECT address, sources AS "from", target AS "to", moved::float8 AS moved, problem FROM wallet_move
      WHERE address = ANY($1) ORDER BY address`,
    [addresses],
  );
  const { rows: notes } = await pool.query<{ n: number }>('SELECT count(*)::int AS n FROM wallet_link_note');
  return { user, wallets, links, moves, pending: notes[0]?.n ?? 0 };
}

/** Wallets that more than one person has linked, by address; at most `limit` after the address `after`. */
export async function listConflicts(pool: Pool, limit: number, after = ''): Promise<Conflict[]> {
  const { rows } = await pool.query<Conflict>(
    `SELECT address, array_agg(user_id ORDER BY newest DESC) AS users FROM (
       SELECT address, user_id, max(seq) AS newest FROM wallet_link WHERE address > $1 GROUP BY 1, 2) l
      GROUP BY address HAVING count(*) > 1 ORDER BY address LIMIT $2`,
    [after, limit],
  );
  return rows;
}

/** Rows of the wallet that name the user. */
export async function countRows(client: PoolClient, address: string, user: string): Promise<RowsOfWallet> {
  const counts: Record<string, number> = {};
  for (const { name, columns } of MOVED_TABLES) {
    for (const [column, of] of Object.entries(columns)) {
      const { rows } = await client.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM (
           SELECT 1 FROM "${name}" t WHERE t."${column}" = $1 AND (${of}) = $2 LIMIT ${MOST_COUNTED}) c`,
        [user, address],
      );
      if (rows[0]?.n) counts[`${name}.${column}`] = rows[0].n;
    }
  }
  const stakes = await client.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM "Staking" WHERE "walletAddress" = $1 AND "userId" = $2`,
    [address, user],
  );
  if (stakes.rows[0]?.n) counts['Staking.userId'] = stakes.rows[0].n;
  return counts;
}

/** Notes and moves that are not carried through yet. */
export async function unfinished(pool: Pick<Pool, 'query'>): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `SELECT ((SELECT count(*) FROM wallet_link_note) + (SELECT count(*) FROM wallet_move))::int AS n`,
  );
  return rows[0]?.n ?? 0;
}
