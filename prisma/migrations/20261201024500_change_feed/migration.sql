-- The feed of changes: rows without a number, numbered rows, and where the feed stands.

-- CreateTable
CREATE TABLE "feed_pending" (
    "id" BIGSERIAL NOT NULL,
    "xid" BIGINT NOT NULL DEFAULT ((pg_current_xact_id())::text)::bigint,
    "appended_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "lane" TEXT NOT NULL DEFAULT 'live',
    "chain" TEXT,
    "entries" INTEGER NOT NULL,
    "content" TEXT NOT NULL,

    CONSTRAINT "feed_pending_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "feed_change" (
    "seq" BIGINT NOT NULL,
    "epoch" BIGINT NOT NULL,
    "appended_at" TIMESTAMPTZ(3) NOT NULL,
    "numbered_at" TIMESTAMPTZ(3) NOT NULL,
    "lane" TEXT NOT NULL,
    "chain" TEXT,
    "entries" INTEGER NOT NULL,
    "content" TEXT NOT NULL,

    CONSTRAINT "feed_change_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "feed_state" (
    "one" INTEGER NOT NULL DEFAULT 1,
    "epoch" BIGINT NOT NULL,
    "first" BIGINT NOT NULL,
    "last" BIGINT NOT NULL,
    "identity" TEXT NOT NULL,
    "written_by" BIGINT NOT NULL,

    CONSTRAINT "feed_state_pkey" PRIMARY KEY ("one")
);
