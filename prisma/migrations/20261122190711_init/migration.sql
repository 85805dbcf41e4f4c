-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "ledger_event" (
    "chain" TEXT NOT NULL,
    "block" BIGINT NOT NULL,
    "transaction_index" INTEGER NOT NULL,
    "event_index" INTEGER NOT NULL,
    "transaction_hash" TEXT NOT NULL,
    "block_time" TIMESTAMP(3),
    "kind" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "finality" TEXT NOT NULL,
    "asset_kind" TEXT NOT NULL,
    "asset" TEXT NOT NULL,
    "sender" TEXT,
    "recipient" TEXT,
    "amount" DECIMAL(78,0),
    "decimals" SMALLINT,
    "price_amount" DECIMAL(78,0),
    "price_currency" TEXT,
    "price_decimals" SMALLINT,
    "facts" JSONB NOT NULL,
    "decoder" TEXT NOT NULL,
    "decoder_version" SMALLINT NOT NULL,
    "digest" BIGINT NOT NULL,
    "source" TEXT NOT NULL,
    "job" TEXT NOT NULL,

    CONSTRAINT "ledger_event_pkey" PRIMARY KEY ("chain","block","transaction_index","event_index")
);

-- CreateTable
CREATE TABLE "coverage_range" (
    "chain" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "from_block" BIGINT NOT NULL,
    "to_block" BIGINT NOT NULL,

    CONSTRAINT "coverage_range_pkey" PRIMARY KEY ("chain","fingerprint","from_block","to_block")
);

-- CreateTable
CREATE TABLE "wallet_balance" (
    "chain" TEXT NOT NULL,
    "token" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "amount" DECIMAL(78,0) NOT NULL,

    CONSTRAINT "wallet_balance_pkey" PRIMARY KEY ("chain","token","address")
);

-- CreateTable
CREATE TABLE "chain_state" (
    "chain" TEXT NOT NULL,
    "genesis" TEXT NOT NULL,
    "start_block" BIGINT NOT NULL,
    "head" BIGINT NOT NULL,
    "head_time" TIMESTAMP(3),
    "finalized" BIGINT NOT NULL,
    "finalized_time" TIMESTAMP(3),
    "fingerprint" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "chain_state_pkey" PRIMARY KEY ("chain")
);

-- CreateTable
CREATE TABLE "decode_problem" (
    "chain" TEXT NOT NULL,
    "block" BIGINT NOT NULL,
    "transaction_index" INTEGER NOT NULL,
    "code" TEXT NOT NULL,
    "transaction_hash" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "block_time" TIMESTAMP(3),

    CONSTRAINT "decode_problem_pkey" PRIMARY KEY ("chain","block","transaction_index","code")
);

-- CreateTable
CREATE TABLE "replay_range" (
    "replay" TEXT NOT NULL,
    "from_block" BIGINT NOT NULL,
    "to_block" BIGINT NOT NULL,
    "events" INTEGER NOT NULL,
    "created" INTEGER NOT NULL,
    "changed" INTEGER NOT NULL,
    "withdrawn" INTEGER NOT NULL,
    "failed" INTEGER NOT NULL,

    CONSTRAINT "replay_range_pkey" PRIMARY KEY ("replay","from_block")
);

-- CreateTable
CREATE TABLE "Track" (
    "id" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "description" TEXT,
    "coverImage" TEXT,
    "audioUrl" TEXT NOT NULL,
    "artistId" TEXT NOT NULL,
    "genre" TEXT,
    "duration" INTEGER NOT NULL,
    "releaseDate" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "price" DECIMAL(65,18),
    "isNFT" BOOLEAN NOT NULL DEFAULT false,
    "nftContract" TEXT,
    "nftId" TEXT,
    "playCount" INTEGER NOT NULL DEFAULT 0,
    "likeCount" INTEGER NOT NULL DEFAULT 0,
    "metadata" JSONB,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Track_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "TrackFile" (
    "id" TEXT NOT NULL,
    "trackId" TEXT NOT NULL,
    "ipfsHash" TEXT NOT NULL,
    "fileType" TEXT NOT NULL,
    "fileName" TEXT,
    "fileSize" INTEGER,
    "mimeType" TEXT,
    "isPinned" BOOLEAN NOT NULL DEFAULT true,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "TrackFile_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "NFT" (
    "id" TEXT NOT NULL,
    "tokenId" TEXT NOT NULL,
    "contractAddress" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "imageUrl" TEXT,
    "owner" TEXT NOT NULL,
    "creatorId" TEXT NOT NULL,
    "collectionId" TEXT,
    "price" DECIMAL(65,18),
    "isListed" BOOLEAN NOT NULL DEFAULT false,
    "metadata" JSONB,
    "blockchainTx" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "chain" TEXT NOT NULL,
    "ownerAddress" TEXT NOT NULL,
    "creatorAddress" TEXT NOT NULL,
    "isBurned" BOOLEAN NOT NULL DEFAULT false,
    "firstPosition" TEXT NOT NULL,
    "originPosition" TEXT NOT NULL,
    "namePosition" TEXT NOT NULL,
    "ownerPosition" TEXT NOT NULL,
    "listingPosition" TEXT NOT NULL,
    "pricePosition" TEXT NOT NULL,
    "lastPosition" TEXT NOT NULL,

    CONSTRAINT "NFT_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "NFTMetadata" (
    "id" TEXT NOT NULL,
    "nftId" TEXT NOT NULL,
    "ipfsHash" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "attributes" JSONB,
    "externalUrl" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "NFTMetadata_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "NFTCollection" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "creatorId" TEXT NOT NULL,
    "contractAddress" TEXT NOT NULL,
    "totalSupply" INTEGER NOT NULL DEFAULT 0,
    "mintedCount" INTEGER NOT NULL DEFAULT 0,
    "price" DECIMAL(65,18),
    "royaltyPercent" DECIMAL(7,4) DEFAULT 2.5,
    "metadata" JSONB,
    "isActive" BOOLEAN NOT NULL DEFAULT true,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "NFTCollection_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "MusicToken" (
    "id" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "chain" TEXT NOT NULL,
    "balance" DECIMAL(65,18) NOT NULL DEFAULT 0,
    "totalEarned" DECIMAL(65,18) NOT NULL DEFAULT 0,
    "totalSpent" DECIMAL(65,18) NOT NULL DEFAULT 0,
    "lastClaimed" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "MusicToken_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Staking" (
    "id" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "tokenId" TEXT NOT NULL,
    "amount" DECIMAL(65,18) NOT NULL,
    "startDate" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "endDate" TIMESTAMP(3),
    "duration" INTEGER NOT NULL,
    "apy" DECIMAL(12,4) NOT NULL DEFAULT 15.0,
    "rewards" DECIMAL(65,18) NOT NULL DEFAULT 0,
    "claimedRewards" DECIMAL(65,18) NOT NULL DEFAULT 0,
    "isActive" BOOLEAN NOT NULL DEFAULT true,
    "metadata" JSONB,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "chain" TEXT NOT NULL,
    "walletAddress" TEXT NOT NULL,
    "pool" TEXT NOT NULL,
    "transactionHash" TEXT NOT NULL,
    "eventIndex" INTEGER NOT NULL,

    CONSTRAINT "Staking_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Transaction" (
    "id" TEXT NOT NULL,
    "nftId" TEXT,
    "sellerId" TEXT,
    "buyerId" TEXT,
    "userId" TEXT,
    "transactionHash" TEXT NOT NULL,
    "price" DECIMAL(65,18),
    "fee" DECIMAL(65,18) DEFAULT 0,
    "transactionType" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "chain" TEXT NOT NULL,
    "blockNumber" BIGINT,
    "transactionIndex" INTEGER,
    "gasUsed" BIGINT,
    "metadata" JSONB,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Transaction_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "User" (
    "id" TEXT NOT NULL,
    "email" TEXT,
    "username" TEXT,
    "walletAddress" TEXT,
    "telegramId" TEXT,
    "avatar" TEXT,
    "bio" TEXT,
    "isArtist" BOOLEAN NOT NULL DEFAULT false,
    "isCurator" BOOLEAN NOT NULL DEFAULT false,
    "isAdmin" BOOLEAN NOT NULL DEFAULT false,
    "isPlaceholder" BOOLEAN NOT NULL DEFAULT false,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Wallet" (
    "id" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "chain" TEXT NOT NULL,
    "provider" TEXT,
    "isPrimary" BOOLEAN NOT NULL DEFAULT false,
    "userId" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Wallet_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "UserWallet" (
    "id" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "walletId" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "UserWallet_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Session" (
    "id" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "token" TEXT NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Session_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "ledger_event_nft_idx" ON "ledger_event"("asset", "block") WHERE (asset_kind = 'nft');

-- CreateIndex
CREATE INDEX "ledger_event_stake_idx" ON "ledger_event"("sender", "block") WHERE (kind IN ('stake', 'unstake', 'claim'));

-- CreateIndex
CREATE INDEX "wallet_balance_address_idx" ON "wallet_balance"("address");

-- CreateIndex
CREATE UNIQUE INDEX "Track_nftId_key" ON "Track"("nftId");

-- CreateIndex
CREATE INDEX "Track_artistId_idx" ON "Track"("artistId");

-- CreateIndex
CREATE INDEX "Track_genre_idx" ON "Track"("genre");

-- CreateIndex
CREATE INDEX "Track_releaseDate_idx" ON "Track"("releaseDate");

-- CreateIndex
CREATE INDEX "Track_createdAt_idx" ON "Track"("createdAt");

-- CreateIndex
CREATE INDEX "Track_isNFT_idx" ON "Track"("isNFT");

-- CreateIndex
CREATE UNIQUE INDEX "NFT_tokenId_key" ON "NFT"("tokenId");

-- CreateIndex
CREATE INDEX "NFT_owner_idx" ON "NFT"("owner");

-- CreateIndex
CREATE INDEX "NFT_creatorId_idx" ON "NFT"("creatorId");

-- CreateIndex
CREATE INDEX "NFT_contractAddress_idx" ON "NFT"("contractAddress");

-- CreateIndex
CREATE INDEX "NFT_tokenId_idx" ON "NFT"("tokenId");

-- CreateIndex
CREATE INDEX "NFT_isListed_idx" ON "NFT"("isListed");

-- CreateIndex
CREATE INDEX "NFT_createdAt_idx" ON "NFT"("createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "NFTMetadata_ipfsHash_key" ON "NFTMetadata"("ipfsHash");

-- CreateIndex
CREATE UNIQUE INDEX "NFTCollection_contractAddress_key" ON "NFTCollection"("contractAddress");

-- CreateIndex
CREATE INDEX "MusicToken_userId_idx" ON "MusicToken"("userId");

-- CreateIndex
CREATE INDEX "MusicToken_updatedAt_idx" ON "MusicToken"("updatedAt");

-- CreateIndex
CREATE UNIQUE INDEX "MusicToken_userId_chain_key" ON "MusicToken"("userId", "chain");

-- CreateIndex
CREATE INDEX "Staking_userId_idx" ON "Staking"("userId");

-- CreateIndex
CREATE INDEX "Staking_isActive_idx" ON "Staking"("isActive");

-- CreateIndex
CREATE INDEX "Staking_startDate_idx" ON "Staking"("startDate");

-- CreateIndex
CREATE INDEX "Staking_walletAddress_idx" ON "Staking"("walletAddress");

-- CreateIndex
CREATE INDEX "Staking_tokenId_idx" ON "Staking"("tokenId");

-- CreateIndex
CREATE UNIQUE INDEX "Staking_chain_transactionHash_eventIndex_key" ON "Staking"("chain", "transactionHash", "eventIndex");

-- CreateIndex
CREATE UNIQUE INDEX "Transaction_transactionHash_key" ON "Transaction"("transactionHash");

-- CreateIndex
CREATE INDEX "Transaction_nftId_idx" ON "Transaction"("nftId");

-- CreateIndex
CREATE INDEX "Transaction_buyerId_idx" ON "Transaction"("buyerId");

-- CreateIndex
CREATE INDEX "Transaction_sellerId_idx" ON "Transaction"("sellerId");

-- CreateIndex
CREATE INDEX "Transaction_userId_idx" ON "Transaction"("userId");

-- CreateIndex
CREATE INDEX "Transaction_transactionType_idx" ON "Transaction"("transactionType");

-- CreateIndex
CREATE INDEX "Transaction_status_idx" ON "Transaction"("status");

-- CreateIndex
CREATE INDEX "Transaction_createdAt_idx" ON "Transaction"("createdAt");

-- CreateIndex
CREATE INDEX "Transaction_chain_blockNumber_idx" ON "Transaction"("chain", "blockNumber");

-- CreateIndex
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");

-- CreateIndex
CREATE UNIQUE INDEX "User_username_key" ON "User"("username");

-- CreateIndex
CREATE UNIQUE INDEX "User_walletAddress_key" ON "User"("walletAddress");

-- CreateIndex
CREATE UNIQUE INDEX "User_telegramId_key" ON "User"("telegramId");

-- CreateIndex
CREATE INDEX "User_walletAddress_idx" ON "User"("walletAddress");

-- CreateIndex
CREATE INDEX "User_telegramId_idx" ON "User"("telegramId");

-- CreateIndex
CREATE INDEX "User_email_idx" ON "User"("email");

-- CreateIndex
CREATE INDEX "User_createdAt_idx" ON "User"("createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "Wallet_address_key" ON "Wallet"("address");

-- CreateIndex
CREATE INDEX "Wallet_userId_idx" ON "Wallet"("userId");

-- CreateIndex
CREATE UNIQUE INDEX "UserWallet_userId_walletId_key" ON "UserWallet"("userId", "walletId");

-- CreateIndex
CREATE UNIQUE INDEX "Session_token_key" ON "Session"("token");

-- AddForeignKey
ALTER TABLE "Track" ADD CONSTRAINT "Track_artistId_fkey" FOREIGN KEY ("artistId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Track" ADD CONSTRAINT "Track_nftId_fkey" FOREIGN KEY ("nftId") REFERENCES "NFT"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "TrackFile" ADD CONSTRAINT "TrackFile_trackId_fkey" FOREIGN KEY ("trackId") REFERENCES "Track"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "NFT" ADD CONSTRAINT "NFT_creatorId_fkey" FOREIGN KEY ("creatorId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "NFT" ADD CONSTRAINT "NFT_owner_fkey" FOREIGN KEY ("owner") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "NFT" ADD CONSTRAINT "NFT_collectionId_fkey" FOREIGN KEY ("collectionId") REFERENCES "NFTCollection"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "NFTMetadata" ADD CONSTRAINT "NFTMetadata_nftId_fkey" FOREIGN KEY ("nftId") REFERENCES "NFT"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "NFTCollection" ADD CONSTRAINT "NFTCollection_creatorId_fkey" FOREIGN KEY ("creatorId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "MusicToken" ADD CONSTRAINT "MusicToken_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Staking" ADD CONSTRAINT "Staking_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Staking" ADD CONSTRAINT "Staking_tokenId_fkey" FOREIGN KEY ("tokenId") REFERENCES "MusicToken"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Transaction" ADD CONSTRAINT "Transaction_nftId_fkey" FOREIGN KEY ("nftId") REFERENCES "NFT"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Transaction" ADD CONSTRAINT "Transaction_sellerId_fkey" FOREIGN KEY ("sellerId") REFERENCES "User"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Transaction" ADD CONSTRAINT "Transaction_buyerId_fkey" FOREIGN KEY ("buyerId") REFERENCES "User"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Transaction" ADD CONSTRAINT "Transaction_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Wallet" ADD CONSTRAINT "Wallet_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "UserWallet" ADD CONSTRAINT "UserWallet_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "UserWallet" ADD CONSTRAINT "UserWallet_walletId_fkey" FOREIGN KEY ("walletId") REFERENCES "Wallet"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Session" ADD CONSTRAINT "Session_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
