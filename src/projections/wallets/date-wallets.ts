/** The statement that sets wallets' dates to the time of the first event that names them. */
import type { PoolClient } from 'pg';
import { bulk, utc } from '../../store/bulk.js';

/**
 * Which wallets get a new date: those whose first event is earlier than the stored date, those with another
 * date, or all.
 */
type Dated = 'earlier' | 'different' | 'all';

const DATED: Readonly<Record<Dated, string>> = {
  earlier: 'w."createdAt" > i.seen',
  different: 'w."createdAt" <> i.seen',
  all: 'true',
};

/**
 * Sets the dates of wallets, of their links and of their placeholder users to `seenOf` (Unix seconds).
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
  const input = bulk(addresses, { address: ['text', (address) => address], seen: ['float8', seenOf] });
  const { rowCount } = await client.query(
    `WITH input AS (SELECT address, ${utc('seen')} AS seen FROM ${input.from}),
     late AS (
       SELECT w.id, w."userId", i.seen FROM "Wallet" w JOIN input i ON i.address = w.address
        WHERE ${DATED[which]} ORDER BY w.address FOR UPDATE OF w),
     links AS (
       UPDATE "UserWallet" l SET "createdAt" = late.seen FROM late
        WHERE l."walletId" = late.id AND l."userId" = late."userId"),
     users AS (
       UPDATE "User" u SET "createdAt" = late.seen, "updatedAt" = late.seen FROM late
        WHERE u.id = late."userId" AND u."isPlaceholder")
     UPDATE "Wallet" w SET "createdAt" = late.seen, "updatedAt" = late.seen FROM late WHERE w.id = late.id`,
    [...input.values],
  );
  return rowCount ?? 0;
}
