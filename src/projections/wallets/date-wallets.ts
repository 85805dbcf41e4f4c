/** The statement that sets wallets' dates to the time of the first event that names them. */
import type { PoolClient } from 'pg';
import { bulk, utc } from '../../store/bulk.js';
import { rowId } from '../../store/ids.js';

/**
 * Which wallets get a new date: those whose first event is earlier than the stored date, those with another
 * date, or all.
 */
type Dated = 'earlier' | 'different' | 'all';

const DATED: Readonly<Record<Dated, string>> = {
  earlier: '(w."firstSeen" IS NULL OR w."firstSeen" > i.seen)',
  different: 'w."firstSeen" IS DISTINCT FROM i.seen',
  all: 'true',
};

/**
 * Sets the time of the first event of wallets to `seenOf` (Unix seconds), and with it the dates of what the
 * indexer has inserted for them: their rows, their links to placeholders, and these.
 * Backfill runs in any order: an event older than the first one known so far moves the creation date back.
 * @returns wallets changed
 */
export async function dateWallets(
  client: PoolClient,
  addresses: readonly string[],
  seenOf: (address: string) => number,
  which: Dated = 'earlier',
): Promise<number> {
  if (addresses.length === 0) return 0;
  const input = bulk(addresses, {
    address: ['text', (address) => address],
    seen: ['float8', seenOf],
    wallet_id: ['text', (address) => rowId('wallet', address)],
    link_id: ['text', (address) => rowId('link', address)],
  });
  const { rowCount } = await client.query(
    `WITH input AS (SELECT address, ${utc('seen')} AS seen, wallet_id, link_id FROM ${input.from}),
     late AS (
       SELECT w.id, w."userId", w.id = i.wallet_id AS ours, i.link_id, i.seen FROM "Wallet" w JOIN input i ON i.address = w.address
        WHERE ${DATED[which]} ORDER BY w.address FOR UPDATE OF w),
     links AS (
       UPDATE "UserWallet" l SET "createdAt" = late.seen FROM late WHERE l.id = late.link_id),
     users AS (
       UPDATE "User" u SET "createdAt" = late.seen, "updatedAt" = late.seen FROM late
        WHERE u.id = late."userId" AND u."isPlaceholder")
     UPDATE "Wallet" w SET "firstSeen" = late.seen,
            "createdAt" = CASE WHEN ours THEN late.seen ELSE w."createdAt" END,
            "updatedAt" = CASE WHEN ours THEN late.seen ELSE w."updatedAt" END
       FROM late WHERE w.id = late.id`,
    [...input.values],
  );
  return rowCount ?? 0;
}
