/**
 * The tables that projections write, as verify compares them: which columns name a row, which follow from the ledger,
 * and which rows belong to a chain. A projection that writes another table makes verify fail until the table stands here
 * (the fold runs in a read-only transaction).
 */

/** `public` or `pg_temp`. Chain is parameter $1. */
type Source = (schema: string) => string;

export interface DerivedTable {
  readonly name: string;
  /** Tables shadowed for the fold. */
  readonly shadows: readonly string[];
  /** Columns that name a row, in the language of the chain where possible. */
  readonly key: readonly string[];
  /** Columns that follow from the ledger. Those that only the platform writes are left out. */
  readonly columns: readonly string[];
  /** SELECT that gives key and columns of the chain's rows. */
  readonly rows: Source;
}

const of = (name: string): Source => {
  return (schema) => `SELECT * FROM ${schema}."${name}" WHERE chain = $1`;
};

/**
 * A wallet with its link and, while nobody claimed it, its placeholder user. A claimed wallet's dates may be the
 * platform's own, and only its existence follows from the ledger.
 */
const wallets: Source = (schema) => `
  SELECT w.address, w.id, w.chain, w."userId", w."createdAt", u.id IS NOT NULL AS placeholder, u."createdAt" AS "User.createdAt",
         CASE WHEN u.id IS NOT NULL THEN k.id END AS "UserWallet.id", CASE WHEN u.id IS NOT NULL THEN k."createdAt" END AS "UserWallet.createdAt"
    FROM ${schema}."Wallet" w
    LEFT JOIN ${schema}."User" u ON u.id = w."userId" AND u."isPlaceholder"
    LEFT JOIN ${schema}."UserWallet" k ON k."walletId" = w.id AND k."userId" = w."userId"
   WHERE w.chain = $1`;

export const DERIVED_TABLES: readonly DerivedTable[] = [
  {
    name: 'Wallet',
    shadows: ['User', 'Wallet', 'UserWallet'],
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
    rows: wallets,
  },
  {
    name: 'NFT',
    shadows: ['NFT'],
    key: ['tokenId'],
    columns: [
      'id',
      'contractAddress',
      'name',
      'owner',
      'ownerAddress',
      'creatorId',
      'creatorAddress',
      'price',
      'isListed',
      'isBurned',
      'metadata',
      'blockchainTx',
      'createdAt',
      'updatedAt',
      'firstPosition',
      'originPosition',
      'namePosition',
      'ownerPosition',
      'listingPosition',
      'pricePosition',
      'lastPosition',
    ],
    rows: of('NFT'),
  },
  {
    name: 'Transaction',
    shadows: ['Transaction'],
    key: ['transactionHash'],
    columns: [
      'id',
      'blockNumber',
      'transactionIndex',
      'transactionType',
      'status',
      'nftId',
      'sellerId',
      'buyerId',
      'userId',
      'price',
      'fee',
      'gasUsed',
      'metadata',
      'createdAt',
    ],
    rows: of('Transaction'),
  },
  {
    name: 'transaction_alias',
    shadows: ['transaction_alias'],
    key: ['transaction_hash', 'alias'],
    columns: [],
    // A row whose transaction is not there belongs to no chain, and is an orphan wherever it is looked at.
    rows: (schema) =>
      `SELECT a.* FROM ${schema}.transaction_alias a LEFT JOIN ${schema}."Transaction" x ON x."transactionHash" = a.transaction_hash
        WHERE COALESCE(x.chain, $1) = $1`,
  },
  {
    name: 'wallet_balance',
    shadows: ['wallet_balance'],
    key: ['token', 'address'],
    columns: ['amount'],
    rows: of('wallet_balance'),
  },
  {
    name: 'MusicToken',
    shadows: ['MusicToken'],
    key: ['userId'],
    columns: ['id', 'balance', 'totalEarned', 'totalSpent', 'lastClaimed', 'createdAt', 'updatedAt'],
    rows: of('MusicToken'),
  },
  {
    name: 'Staking',
    shadows: ['Staking'],
    key: ['transactionHash', 'eventIndex'],
    columns: [
      'id',
      'walletAddress',
      'userId',
      'tokenId',
      'pool',
      'amount',
      'startDate',
      'endDate',
      'duration',
      'apy',
      'rewards',
      'claimedRewards',
      'isActive',
      'metadata',
      'createdAt',
      'updatedAt',
    ],
    rows: of('Staking'),
  },
];
