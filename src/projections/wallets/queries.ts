/** Queries of a wallet: whose it is, what it holds, and its user's platform tokens. */
import type { Chain } from '../../events/event.js';
import type { KeyReader, Reader } from '../read.js';

export interface WalletRecord {
  readonly address: string;
  readonly chain: Chain;
  readonly provider: string | null;
  readonly isPrimary: boolean;
  readonly userId: string | null;
  /**
   * True while no person of the platform has claimed the wallet: the user then exists only for this wallet.
   */
  readonly isPlaceholder: boolean;
  readonly createdAt: string;
}

export interface BalanceRecord {
  readonly chain: Chain;
  readonly token: string;
  /** Base units. */
  readonly amount: string;
}

/**
 * A user's platform tokens on one chain, summed over all of the user's wallets there. Amounts in whole units.
 */
export interface MusicTokenRecord {
  readonly id: string;
  readonly balance: string;
  readonly totalEarned: string;
  readonly totalSpent: string;
  readonly lastClaimed: string | null;
  readonly updatedAt: string;
}

export async function findWallet(db: KeyReader, address: string): Promise<WalletRecord | null> {
  const wallet = await db.prisma.wallet.findUnique({
    where: { address },
    include: { user: { select: { isPlaceholder: true } } },
  });
  if (!wallet) return null;
  const { chain, provider, isPrimary, userId, user, createdAt } = wallet;
  return {
    address,
    chain: chain as Chain,
    provider,
    isPrimary,
    userId,
    isPlaceholder: user?.isPlaceholder ?? false,
    createdAt: createdAt.toISOString(),
  };
}

/**
 * Balances of all followed tokens, sorted by chain and token address. There are no pages: the configuration
 * bounds the number of followed tokens.
 */
export async function walletBalances(db: Reader, address: string): Promise<BalanceRecord[]> {
  const { rows } = await db.pool.query<BalanceRecord>(
    `SELECT chain, token, amount::text AS amount FROM wallet_balance WHERE address = $1 ORDER BY chain, token`,
    [address],
  );
  return rows;
}

/** The user's row on the chain; null when there is none. */
export async function musicToken(
  db: KeyReader,
  userId: string,
  chain: Chain,
): Promise<MusicTokenRecord | null> {
  const token = await db.prisma.musicToken.findUnique({ where: { userId_chain: { userId, chain } } });
  if (!token) return null;
  return {
    id: token.id,
    // Decimal's toString would write small amounts with an exponent.
    balance: token.balance.toFixed(),
    totalEarned: token.totalEarned.toFixed(),
    totalSpent: token.totalSpent.toFixed(),
    lastClaimed: token.lastClaimed?.toISOString() ?? null,
    updatedAt: token.updatedAt.toISOString(),
  };
}
