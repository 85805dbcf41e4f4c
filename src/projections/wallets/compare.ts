/**
 * Wallet, UserWallet and the placeholder User compared as one row, because they are inserted and deleted
 * together.
 */
import type { PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import type { DerivedTable } from '../derived-table.js';

/**
 * A wallet that an event names, with its user and, while no person has linked it, its placeholder and the
 * link to that. Id and date of a wallet that the platform has inserted are its own.
 */
const rows: DerivedTable['rows'] = (schema) => `
  SELECT w.address, w.id, w.chain, w."userId", w."firstSeen", w."createdAt", u.id IS NOT NULL AS placeholder,
         u."createdAt" AS "User.createdAt",
         CASE WHEN u.id IS NOT NULL THEN k.id END AS "UserWallet.id",
         CASE WHEN u.id IS NOT NULL THEN k."createdAt" END AS "UserWallet.createdAt"
    FROM ${schema}."Wallet" w
    LEFT JOIN ${schema}."User" u ON u.id = w."userId" AND u."isPlaceholder"
    LEFT JOIN ${schema}."UserWallet" k ON k."walletId" = w.id AND k."userId" = w."userId"
   WHERE w.chain = $1 AND w."firstSeen" IS NOT NULL`;

export const WALLET: DerivedTable = {
  name: 'Wallet',
  writes: [
    {
      name: 'Wallet',
      omitted: { chain: 'matched', provider: 'platform', isPrimary: 'platform', updatedAt: 'shared' },
    },
    {
      name: 'User',
      omitted: {
        id: 'matched',
        isPlaceholder: 'matched',
        email: 'platform',
        username: 'platform',
        walletAddress: 'platform',
        telegramId: 'platform',
        avatar: 'platform',
        bio: 'platform',
        isArtist: 'platform',
        isCurator: 'platform',
        isAdmin: 'platform',
        updatedAt: 'shared',
      },
    },
    { name: 'UserWallet', omitted: { userId: 'matched', walletId: 'matched' } },
  ],
  key: ['address'],
  columns: [
    'id',
    'userId',
    'firstSeen',
    'createdAt',
    'placeholder',
    'User.createdAt',
    'UserWallet.id',
    'UserWallet.createdAt',
  ],
  telling: [],
  rows,
};

/**
 * Copies the wallets that the platform has inserted into the empty table of the fold, as the platform wrote
 * them. The fold gives them a user and the time of their first event.
 */
export async function seedPlatformWallets(client: PoolClient, chain: Chain): Promise<void> {
  await client.query(
    `INSERT INTO pg_temp."Wallet" (id, address, chain, provider, "isPrimary", "createdAt", "updatedAt")
     SELECT id, address, chain, provider, "isPrimary", "createdAt", "updatedAt" FROM public."Wallet" w
      WHERE w.chain = $1 AND w.id <> public.ndx_row_id('wallet', w.address)`,
    [chain],
  );
}
