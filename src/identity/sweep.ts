/**
 * Finds links that no trigger told of: after TRUNCATE, a restored dump, or while triggers were switched off.
 * Compares the platform's tables with `wallet_link`, a page at a time, and writes a note for each difference.
 */
import type { Pool } from 'pg';

const PAGE = 5_000;

interface Part {
  /** SELECT of the next page's keys after `$1`. */
  readonly page: string;
  /** INSERT of notes for the rows whose keys are `$1`. */
  readonly note: string;
}

const NOTE = `INSERT INTO wallet_link_note (source, ref, removed, user_id, chain, address)`;
const TOLD = (source: string, ref: string) =>
  `EXISTS (SELECT 1 FROM wallet_link_note n WHERE n.source = '${source}' AND n.ref = ${ref})`;

const PARTS: readonly Part[] = [
  {
    page: `SELECT id FROM "UserWallet" WHERE id > $1 ORDER BY id LIMIT ${PAGE}`,
    note: `${NOTE}
      SELECT 'UserWallet', k.id, false, k."userId", w.chain, w.address
        FROM "UserWallet" k JOIN "User" u ON u.id = k."userId" AND NOT u."isPlaceholder"
        JOIN "Wallet" w ON w.id = k."walletId"
        LEFT JOIN wallet_link l ON l.source = 'UserWallet' AND l.ref = k.id
       WHERE k.id = ANY($1) AND (l.user_id, l.chain, l.written) IS DISTINCT FROM (k."userId", w.chain, w.address)
         AND NOT ${TOLD('UserWallet', 'k.id')} ORDER BY k."createdAt", k.id`,
  },
  {
    page: `SELECT "walletAddress" AS id FROM "User" WHERE "walletAddress" > $1 ORDER BY 1 LIMIT ${PAGE}`,
    note: `${NOTE}
      SELECT 'User', u.id, false, u.id, NULL, u."walletAddress" FROM "User" u
        LEFT JOIN wallet_link l ON l.source = 'User' AND l.ref = u.id
       WHERE u."walletAddress" = ANY($1) AND l.written IS DISTINCT FROM u."walletAddress"
         AND NOT ${TOLD('User', 'u.id')} ORDER BY u."createdAt", u.id`,
  },
  {
    page: `SELECT ref AS id FROM wallet_link WHERE source = 'UserWallet' AND ref > $1 ORDER BY ref LIMIT ${PAGE}`,
    note: `${NOTE}
      SELECT l.source, l.ref, true, l.user_id, NULL, NULL FROM wallet_link l
       WHERE l.source = 'UserWallet' AND l.ref = ANY($1) AND NOT ${TOLD('UserWallet', 'l.ref')}
         AND NOT EXISTS (SELECT 1 FROM "UserWallet" k JOIN "User" u ON u.id = k."userId" AND NOT u."isPlaceholder"
                          WHERE k.id = l.ref)`,
  },
  {
    page: `SELECT ref AS id FROM wallet_link WHERE source = 'User' AND ref > $1 ORDER BY ref LIMIT ${PAGE}`,
    note: `${NOTE}
      SELECT l.source, l.ref, true, l.user_id, NULL, NULL FROM wallet_link l
       WHERE l.source = 'User' AND l.ref = ANY($1) AND NOT ${TOLD('User', 'l.ref')}
         AND NOT EXISTS (SELECT 1 FROM "User" u WHERE u.id = l.ref AND u."walletAddress" IS NOT NULL)`,
  },
];

/**
 * Goes through all links once. A link of the platform that is too long to be an address is noted each time,
 * and changes nothing.
 * @returns notes written
 * @throws the signal's reason when it is aborted, between two pages
 */
export async function sweepLinks(pool: Pool, signal: AbortSignal): Promise<number> {
  let noted = 0;
  for (const { page, note } of PARTS) {
    for (let after = ''; ; ) {
      signal.throwIfAborted();
      const { rows } = await pool.query<{ id: string }>(page, [after]);
      const last = rows.at(-1);
      if (!last) break;
      const { rowCount } = await pool.query(note, [rows.map(({ id }) => id)]);
      noted += rowCount ?? 0;
      after = last.id;
    }
  }
  return noted;
}
