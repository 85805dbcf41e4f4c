-- Lists of the API are newest first: with its filter in front, a page is read from the index and nothing is dropped on the way.

-- CreateIndex
CREATE INDEX "NFT_chain_createdAt_idx" ON "NFT"("chain", "createdAt");

-- CreateIndex
CREATE INDEX "NFT_contractAddress_createdAt_idx" ON "NFT"("contractAddress", "createdAt");

-- CreateIndex
CREATE INDEX "NFT_isListed_createdAt_idx" ON "NFT"("isListed", "createdAt");

-- CreateIndex
CREATE INDEX "NFT_isBurned_createdAt_idx" ON "NFT"("isBurned", "createdAt");

-- CreateIndex
CREATE INDEX "Staking_chain_startDate_idx" ON "Staking"("chain", "startDate");

-- CreateIndex
CREATE INDEX "Staking_isActive_startDate_idx" ON "Staking"("isActive", "startDate");

-- CreateIndex
CREATE INDEX "Transaction_nftId_createdAt_idx" ON "Transaction"("nftId", "createdAt");

-- CreateIndex
CREATE INDEX "Transaction_transactionType_createdAt_idx" ON "Transaction"("transactionType", "createdAt");

-- CreateIndex
CREATE INDEX "Transaction_status_createdAt_idx" ON "Transaction"("status", "createdAt");

-- CreateIndex
CREATE INDEX "Transaction_chain_createdAt_idx" ON "Transaction"("chain", "createdAt");

-- CreateIndex
CREATE INDEX "Transaction_chain_blockNumber_transactionIndex_idx" ON "Transaction"("chain", "blockNumber", "transactionIndex");

-- DropIndex
DROP INDEX "Transaction_chain_blockNumber_idx";
