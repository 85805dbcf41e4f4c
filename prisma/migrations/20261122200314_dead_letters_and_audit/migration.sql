-- CreateTable
CREATE TABLE "dead_letter" (
    "job" TEXT NOT NULL,
    "chain" TEXT NOT NULL,
    "lane" TEXT NOT NULL,
    "from_block" BIGINT,
    "to_block" BIGINT,
    "reason" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "failed_at" TIMESTAMP(3) NOT NULL,
    "payload" TEXT NOT NULL,
    "retried_at" TIMESTAMP(3),

    CONSTRAINT "dead_letter_pkey" PRIMARY KEY ("job")
);

-- CreateTable
CREATE TABLE "audit_entry" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "chain" TEXT,
    "subject" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "before" JSONB,
    "after" JSONB,

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "dead_letter_chain_failed_at_idx" ON "dead_letter"("chain", "failed_at");

-- CreateIndex
CREATE INDEX "audit_entry_subject_key_idx" ON "audit_entry"("subject", "key");
