/**
 * Checks that the platform's links are carried through: none is under way, and `wallet_link`, by which the
 * fold gives rows to people, holds what the platform's tables say.
 */
import type { Pool } from 'pg';
import { canonicalAddress } from '../identity/canonical.js';
import { pause } from '../runtime/pause.js';
import type { Findings } from './findings.js';

export interface LinksDeps {
  readonly pool: Pool;
  /** Milliseconds that running workers get to carry links through; counted anew whenever something moves. */
  readonly patience: number;
  readonly findings: Findings;
  readonly signal: AbortSignal;
}

const POLL_MS = 250;
const PAGE = 5_000;

/**
 * Waits while links are carried through, then reports those that are not, and what differs.
 * @throws the signal's reason when it is aborted
 */
export async function checkLinks(deps: LinksDeps): Promise<void> {
  const { pool, findings, signal } = deps;
  let state = await underWay(pool);
  for (let deadline = performance.now() + deps.patience; state.left > 0 && performance.now() < deadline; ) {
    await pause(POLL_MS, signal);
    const now = await underWay(pool);
    if (now.left < state.left || now.moved !== state.moved) deadline = performance.now() + deps.patience;
    state = now;
  }
  if (state.left > 0)
    findings.add({
      check: 'tables',
      problem: 'missing',
      subject: 'wallet_link',
      key: `under_way=${state.left}`,
      message: `${state.left} changes of links are not carried through: a running \`ndx work\` does that, \`ndx user show\` says how far it is`,
    });
  await compareWithPlatform(pool, findings);
  await compareAddresses(deps);
}

interface UnderWay {
  readonly left: number;
  readonly moved: number;
}

async function underWay(pool: Pool): Promise<UnderWay> {
  const { rows } = await pool.query<UnderWay>(
    `SELECT ((SELECT count(*) FROM wallet_link_note) + (SELECT count(*) FROM wallet_move))::float8 AS left,
            (SELECT COALESCE(sum(moved), 0) FROM wallet_move)::float8 AS moved`,
  );
  return rows[0] ?? { left: 0, moved: 0 };
}

/** The links as the platform's tables say them, beside those that are carried through. */
async function compareWithPlatform(pool: Pool, findings: Findings): Promise<void> {
  const { rows } = await pool.query<{ source: string; ref: string; said: boolean; held: boolean }>(
    `WITH said AS (
       SELECT 'UserWallet' AS source, k.id AS ref, k."userId" AS user_id, w.address AS written
         FROM "UserWallet" k JOIN "User" u ON u.id = k."userId" AND NOT u."isPlaceholder"
         JOIN "Wallet" w ON w.id = k."walletId" WHERE length(btrim(w.address, E' \\t\\r\\n')) BETWEEN 1 AND 128
       UNION ALL
       SELECT 'User', id, id, "walletAddress" FROM "User"
        WHERE length(btrim("walletAddress", E' \\t\\r\\n')) BETWEEN 1 AND 128 AND NOT "isPlaceholder")
     SELECT source, ref, s.user_id IS NOT NULL AS said, l.user_id IS NOT NULL AS held
       FROM said s FULL JOIN wallet_link l USING (source, ref)
      WHERE (s.user_id, s.written) IS DISTINCT FROM (l.user_id, l.written)
        AND NOT EXISTS (SELECT 1 FROM wallet_link_note n WHERE (n.source, n.ref) = (source, ref))
      ORDER BY 1, 2`,
  );
  for (const { source, ref, said, held } of rows)
    findings.add({
      check: 'tables',
      problem: !held ? 'missing' : said ? 'different' : 'orphan',
      subject: 'wallet_link',
      key: `source=${source} ref=${ref}`,
      message: `the link is not what the table ${source} says: the sweep of \`ndx work\` finds it within an hour, or at its start`,
    });
}

async function compareAddresses({ pool, findings, signal }: LinksDeps): Promise<void> {
  for (let after = ['', '']; ; ) {
    signal.throwIfAborted();
    const { rows } = await pool.query<{
      source: string;
      ref: string;
      chain: string | null;
      written: string;
      address: string;
    }>(
      `SELECT source, ref, chain, written, address FROM wallet_link WHERE (source, ref) > ($1, $2)
        ORDER BY source, ref LIMIT ${PAGE}`,
      after,
    );
    for (const { source, ref, chain, written, address } of rows) {
      const expected = canonicalAddress(chain, written);
      if (expected === address) continue;
      findings.add({
        check: 'tables',
        problem: 'different',
        subject: 'wallet_link',
        key: `source=${source} ref=${ref}`,
        message: `the link to ${written} is held under the address ${address}`,
        columns: [{ column: 'address', table: address, expected }],
      });
    }
    const last = rows.at(-1);
    if (!last) return;
    after = [last.source, last.ref];
  }
}
