/**
 * Who writes which column of the platform's twelve models. docs/ownership.md is this table for people, and
 * the rights of the two database roles follow from it; a test tries what they forbid.
 *
 * `indexer`: follows from the chain. `platform`: the application's own. `both`: whoever inserted the row, by
 * the rule beside it.
 */

export type Owner = 'indexer' | 'platform' | 'both';

const all = (owner: Owner, columns: string): Record<string, Owner> =>
  Object.fromEntries(columns.split(' ').map((column) => [column, owner]));

export const COLUMN_OWNERS: Readonly<Record<string, Readonly<Record<string, Owner>>>> = {
  User: {
    ...all('both', 'id createdAt updatedAt'),
    ...all('platform', 'email username walletAddress telegramId avatar bio isArtist isCurator isAdmin'),
    ...all('indexer', 'isPlaceholder'),
  },
  Wallet: {
    ...all('both', 'id address chain createdAt updatedAt'),
    ...all('platform', 'provider isPrimary'),
    ...all('indexer', 'userId firstSeen'),
  },
  UserWallet: all('both', 'id userId walletId createdAt'),
  Session: all('platform', 'id userId token expiresAt createdAt updatedAt'),
  Track: all(
    'platform',
    'id title description coverImage audioUrl artistId genre duration releaseDate price isNFT nftContract nftId playCount likeCount metadata createdAt updatedAt',
  ),
  TrackFile: all('platform', 'id trackId ipfsHash fileType fileName fileSize mimeType isPinned createdAt'),
  NFT: all(
    'indexer',
    'id tokenId contractAddress name description imageUrl owner creatorId collectionId price isListed metadata blockchainTx createdAt updatedAt chain ownerAddress creatorAddress isBurned firstPosition originPosition contractPosition namePosition metadataPositions ownerPosition listingPosition pricePosition lastPosition',
  ),
  NFTMetadata: all('indexer', 'id nftId ipfsHash name description attributes externalUrl createdAt'),
  NFTCollection: {
    ...all(
      'indexer',
      'id name description creatorId contractAddress totalSupply mintedCount royaltyPercent metadata isActive createdAt updatedAt',
    ),
    ...all('platform', 'price'),
  },
  Transaction: all(
    'indexer',
    'id nftId sellerId buyerId userId transactionHash price fee transactionType status chain blockNumber transactionIndex gasUsed metadata createdAt',
  ),
  MusicToken: all(
    'indexer',
    'id userId chain balance totalEarned totalSpent lastClaimed createdAt updatedAt',
  ),
  Staking: all(
    'indexer',
    'id userId tokenId amount startDate endDate duration apy rewards claimedRewards isActive metadata createdAt updatedAt chain walletAddress pool transactionHash eventIndex',
  ),
};

/** Where both write, which rows are whose. */
export const RULES: Readonly<Record<string, string>> = {
  User: 'placeholders (`isPlaceholder`) are the indexer’s rows, persons the platform’s',
  Wallet: 'whoever inserts the row; the platform’s insert takes the place of the indexer’s',
  UserWallet: 'links to placeholders are the indexer’s rows, links to persons the platform’s',
};

/** Which of the two may write a column. */
export function mayWrite(role: 'indexer' | 'platform', owner: Owner): boolean {
  return owner === 'both' || owner === role;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/**
 * SQL that gives two roles the rights that follow from the table; both exist, and neither owns the tables.
 * The platform reads everything of the twelve models, and nothing of the indexer's other tables.
 */
export function rightsOf(roles: { readonly indexer: string; readonly platform: string }): string {
  const [indexer, platform] = [quoted(roles.indexer), quoted(roles.platform)];
  const lines = [
    `GRANT USAGE ON SCHEMA public TO ${indexer}, ${platform};`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${indexer};`,
    `GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO ${indexer};`,
  ];
  for (const [table, columns] of Object.entries(COLUMN_OWNERS)) {
    lines.push(`REVOKE ALL ON ${quoted(table)} FROM ${indexer}, ${platform};`);
    lines.push(`GRANT SELECT ON ${quoted(table)} TO ${indexer}, ${platform};`);
    for (const role of ['indexer', 'platform'] as const) {
      const own = Object.entries(columns)
        .filter(([, owner]) => mayWrite(role, owner))
        .map(([column]) => quoted(column))
        .join(', ');
      if (own === '') continue;
      const name = role === 'indexer' ? indexer : platform;
      lines.push(`GRANT INSERT (${own}), UPDATE (${own}) ON ${quoted(table)} TO ${name};`);
      // Who may write a row's id may insert rows, and delete its own.
      if (mayWrite(role, columns.id ?? 'both')) lines.push(`GRANT DELETE ON ${quoted(table)} TO ${name};`);
    }
  }
  return `${lines.join('\n')}\n`;
}
