-- CreateTable
CREATE TABLE "chain_knowledge" (
    "chain" TEXT NOT NULL,
    "number" BIGINT NOT NULL DEFAULT 0,
    "raised" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "chain_knowledge_pkey" PRIMARY KEY ("chain")
);

-- CreateTable
CREATE TABLE "late_discovery" (
    "chain" TEXT NOT NULL,
    "number" BIGINT NOT NULL,
    "addresses" TEXT[],
    "since" BIGINT[],
    "after_block" BIGINT,

    CONSTRAINT "late_discovery_pkey" PRIMARY KEY ("chain","number")
);

-- One row a chain from the start, so that there is always one to lock.
INSERT INTO "chain_knowledge" ("chain") VALUES ('solana'), ('ton');
