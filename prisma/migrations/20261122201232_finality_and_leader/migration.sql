-- CreateTable
CREATE TABLE "pending_block" (
    "chain" TEXT NOT NULL,
    "block" BIGINT NOT NULL,
    "hash" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,

    CONSTRAINT "pending_block_pkey" PRIMARY KEY ("chain","block")
);

-- CreateTable
CREATE TABLE "leader_lease" (
    "chain" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "token" BIGINT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "leader_lease_pkey" PRIMARY KEY ("chain")
);

-- CreateIndex
CREATE UNIQUE INDEX "leader_lease_chain_token_key" ON "leader_lease"("chain", "token");
