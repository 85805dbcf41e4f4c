-- CreateTable
CREATE TABLE "owed_check" (
    "chain" TEXT NOT NULL,
    "block" BIGINT NOT NULL,
    "digest" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "since" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "owed_check_pkey" PRIMARY KEY ("chain","block","digest")
);

-- CreateIndex
CREATE INDEX "owed_check_chain_since_idx" ON "owed_check"("chain", "since");
