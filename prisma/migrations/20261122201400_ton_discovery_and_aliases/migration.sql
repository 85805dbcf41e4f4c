-- CreateTable
CREATE TABLE "discovered_account" (
    "chain" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "since" BIGINT NOT NULL,

    CONSTRAINT "discovered_account_pkey" PRIMARY KEY ("chain","address")
);

-- CreateTable
CREATE TABLE "transaction_alias" (
    "alias" TEXT NOT NULL,
    "transaction_hash" TEXT NOT NULL,

    CONSTRAINT "transaction_alias_pkey" PRIMARY KEY ("alias","transaction_hash")
);

-- CreateIndex
CREATE INDEX "transaction_alias_transaction_hash_idx" ON "transaction_alias"("transaction_hash");
