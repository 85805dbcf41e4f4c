-- CreateTable
CREATE TABLE "metadata_document" (
    "id" TEXT NOT NULL,
    "uri" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "priority" SMALLINT NOT NULL,
    "next_at" TIMESTAMPTZ(3),
    "failures" INTEGER NOT NULL DEFAULT 0,
    "unchanged" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,
    "failed_at" TIMESTAMPTZ(3),
    "body" BYTEA,
    "content_hash" TEXT,
    "ipfs_hash" TEXT,
    "parser" SMALLINT,
    "name" TEXT,
    "description" TEXT,
    "image" TEXT,
    "attributes" JSONB,
    "external_url" TEXT,
    "media" JSONB,
    "fetched_at" TIMESTAMPTZ(3),
    "etag" TEXT,
    "last_modified" TEXT,

    CONSTRAINT "metadata_document_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "metadata_link" (
    "token_id" TEXT NOT NULL,
    "chain" TEXT NOT NULL,
    "position" TEXT NOT NULL,
    "uri_hash" TEXT NOT NULL,
    "document" TEXT NOT NULL,
    "ipfs_hash" TEXT,

    CONSTRAINT "metadata_link_pkey" PRIMARY KEY ("token_id")
);

-- CreateTable
CREATE TABLE "metadata_mark" (
    "id" BIGSERIAL NOT NULL,
    "token_id" TEXT,
    "document" TEXT,
    "after" TEXT,
    "reason" TEXT NOT NULL,

    CONSTRAINT "metadata_mark_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "metadata_document_due_idx" ON "metadata_document"("priority", "next_at") WHERE (next_at IS NOT NULL);

-- CreateIndex
CREATE INDEX "metadata_document_dead_idx" ON "metadata_document"("failed_at") WHERE (state = 'dead');

-- CreateIndex
CREATE INDEX "metadata_document_ipfs_hash_idx" ON "metadata_document"("ipfs_hash");

-- CreateIndex
CREATE INDEX "metadata_link_document_token_id_idx" ON "metadata_link"("document", "token_id");

-- CreateIndex
CREATE INDEX "metadata_link_ipfs_hash_chain_position_token_id_idx" ON "metadata_link"("ipfs_hash", "chain", "position", "token_id");

-- Notes which NFTs src/metadata has to look at again. Only rows are added, so no writer of NFT ever waits for
-- the one who carries them. What moves: the uri, or the mint, which decides who owns the row of NFTMetadata.
CREATE FUNCTION metadata_mark_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO metadata_mark (token_id, reason)
  SELECT "tokenId", 'moved' FROM new_rows WHERE metadata ? 'uri';
  RETURN NULL;
END $$;

CREATE FUNCTION metadata_mark_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO metadata_mark (token_id, reason)
  SELECT n."tokenId",
         CASE WHEN n.metadata->'uri' IS DISTINCT FROM o.metadata->'uri'
                OR n."originPosition" <> o."originPosition" THEN 'moved'
              WHEN n."namePosition" <> o."namePosition" THEN 'updated'
              ELSE 'traded' END
    FROM new_rows n JOIN old_rows o ON o.id = n.id
   WHERE (n.metadata ? 'uri' OR o.metadata ? 'uri')
     AND (n.metadata->'uri' IS DISTINCT FROM o.metadata->'uri'
          OR n."originPosition" <> o."originPosition"
          OR n."namePosition" <> o."namePosition"
          OR (n."pricePosition" <> o."pricePosition" AND n."imageUrl" IS NULL));
  RETURN NULL;
END $$;

CREATE FUNCTION metadata_mark_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO metadata_mark (token_id, reason)
  SELECT "tokenId", 'moved' FROM old_rows WHERE metadata ? 'uri';
  RETURN NULL;
END $$;

CREATE TRIGGER metadata_inserted AFTER INSERT ON "NFT" REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION metadata_mark_inserted();
CREATE TRIGGER metadata_updated AFTER UPDATE ON "NFT" REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION metadata_mark_updated();
CREATE TRIGGER metadata_deleted AFTER DELETE ON "NFT" REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION metadata_mark_deleted();

-- What came before there was metadata.
INSERT INTO metadata_mark (token_id, reason) SELECT "tokenId", 'moved' FROM "NFT" WHERE metadata ? 'uri';
