/**
 * Wallet, UserWallet and the placeholder User compared as one row, because they are inserted and deleted
 * together.
 */
import type { PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import type { DerivedTable } from '../derived-table.js';

/**
 * A wallet with its link and, while no person has claimed it, its placeholder user. The dates of a claimed
 * wallet may be the platform's own; only its existence follows from the ledger.
 */
const rows: DerivedTable['rows'] = (schema) => `
  SELECT w.address, w.id, w.chain, w."userId", w."createdAt", u.id IS NOT NULL AS placeholder,
         u."createdAt" AS "User.createdAt",
         CASE WHEN u.id IS NOT NULL THEN k.id END AS "UserWallet.id",
         CASE WHEN u.id IS NOT NULL THEN k."createdAt" END AS "UserWallet.createdAt"
    FROM ${schema}."Wallet" w
    LEFT JOIN ${schema}."User" u ON u.id = w."userId" AND u."isPlaceholder"
    LEFT JOIN ${schema}."UserWallet" k ON k."walletId" = w.id AND k."userId" = w."userId"
   WHERE w.chain = $1`;

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
 * Copies claimed wallets into the empty table of the fold. The ledger does not know who claimed a wallet;
 * only with these rows does the fold give rows to the same users.
 */
export async function seedClaimedWallets(client: PoolClient, chain: Chain): Promise<void> {
  await client.query(
    `INSERT INTO pg_temp."Wallet" SELECT w.* FROM public."Wallet" w
      WHERE w.chain = $1
        AND NOT EXISTS (SELECT 1 FROM public."User" u WHERE u.id = w."userId" AND u."isPlaceholder")`,
    [chain],
  );
}
