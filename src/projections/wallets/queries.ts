/** Reads of a wallet: whose it is, what it holds, and its user's platform token. */
import type { Chain } from '../../events/event.js';
import { decimalText, isoTime, type Reader } from '../read.js';

export interface WalletRecord {
  readonly address: string;
  readonly chain: Chain;
  readonly provider: string | null;
  readonly isPrimary: boolean;
  readonly userId: string | null;
  /** The user stands for this wallet only: no person of the platform has claimed it. */
  readonly isPlaceholder: boolean;
  readonly createdAt: string;
}

export interface BalanceRecord {
  readonly chain: Chain;
  readonly token: string;
  /** Base units. */
  readonly amount: string;
}

/** Sums over all wallets of the user on the chain; whole units. */
export interface MusicTokenRecord {
  readonly id: string;
  readonly balance: string;
  readonly totalEarned: string;
  readonly totalSpent: string;
  readonly lastClaimed: string | null;
  readonly updatedAt: string;
}

export async function findWallet(db: Reader, address: string): Promise<WalletRecord | null> {
  const { rows } = await db.pool.query<WalletRecord>(
    `SELECT w.address, w.chain, w.provider, w."isPrimary", w."userId", coalesce(u."isPlaceholder", false) AS "isPlaceholder",
            ${isoTime('w."createdAt"')} AS "createdAt"
       FROM "Wallet" w LEFT JOIN "User" u ON u.id = w."userId" WHERE w.address = $1`,
    [address],
  );
  return rows[0] ?? null;
}

/** Balances of followed tokens, by token address. Their number is bounded by the tokens that the configuration follows. */
export async function walletBalances(db: Reader, address: string): Promise<BalanceRecord[]> {
  const { rows } = await db.pool.query<BalanceRecord>(
    `SELECT chain, token, amount::text AS amount FROM wallet_balance WHERE address = $1 ORDER BY chain, token`,
    [address],
  );
  return rows;
}

export async function musicToken(db: Reader, userId: string, chain: Chain): Promise<MusicTokenRecord | null> {
  const { rows } = await db.pool.query<MusicTokenRecord>(
    `SELECT id, ${decimalText('balance')} AS balance, ${decimalText('"totalEarned"')} AS "totalEarned",
            ${decimalText('"totalSpent"')} AS "totalSpent", ${isoTime('"lastClaimed"')} AS "lastClaimed", ${isoTime('"updatedAt"')} AS "updatedAt"
       FROM "MusicToken" WHERE "userId" = $1 AND chain = $2`,
    [userId, chain],
  );
  return rows[0] ?? null;
}
