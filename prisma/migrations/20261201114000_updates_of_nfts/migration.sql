-- An update may change one part of what an NFT says of itself: each part of `metadata` has the position of its own event.
ALTER TABLE "NFT" ADD COLUMN "metadataPositions" JSONB NOT NULL DEFAULT '{}';

-- So far the latest event that described the NFT gave all of it. A name that nobody said has no position. Every described row is
-- written once; nothing changes for readers, so no trigger tells of it.
ALTER TABLE "NFT" DISABLE TRIGGER USER;
UPDATE "NFT" SET
  "metadataPositions" = (SELECT coalesce(jsonb_object_agg(key, "namePosition"), '{}')
    FROM jsonb_object_keys(metadata) key WHERE key IN ('uri', 'royaltyBasisPoints')),
  "namePosition" = CASE WHEN name = "tokenId" THEN '' ELSE "namePosition" END
WHERE "namePosition" <> '';
ALTER TABLE "NFT" ENABLE TRIGGER USER;

-- The parts of two states, each with the value of the later position.
CREATE FUNCTION metadata_newer(old_parts jsonb, old_positions jsonb, new_parts jsonb, new_positions jsonb)
RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN new_positions = '{}' AND old_positions = '{}' THEN '{}'::jsonb ELSE (
    SELECT coalesce(jsonb_object_agg(key, part), '{}') FROM (
      SELECT key, old_parts->key AS part FROM jsonb_each_text(old_positions)
       WHERE value >= coalesce(new_positions->>key, '')
      UNION ALL
      SELECT key, new_parts->key FROM jsonb_each_text(new_positions)
       WHERE value > coalesce(old_positions->>key, '')) newer) END
$$;

-- Whether one of the new parts is later than the stored one.
CREATE FUNCTION metadata_is_newer(new_positions jsonb, old_positions jsonb)
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT EXISTS (SELECT 1 FROM jsonb_each_text(new_positions) WHERE value > coalesce(old_positions->>key, ''))
$$;

-- The part of this name as an object, empty where there is none.
CREATE FUNCTION metadata_part(parts jsonb, name text) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN parts ? name THEN jsonb_build_object(name, parts->name) ELSE '{}'::jsonb END
$$;

-- An update that says the same uri again asks for the document again, too.
CREATE OR REPLACE FUNCTION metadata_mark_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO metadata_mark (token_id, reason)
  SELECT n."tokenId",
         CASE WHEN n.metadata->'uri' IS DISTINCT FROM o.metadata->'uri'
                OR n."originPosition" <> o."originPosition" THEN 'moved'
              WHEN n."namePosition" <> o."namePosition"
                OR n."metadataPositions"->'uri' IS DISTINCT FROM o."metadataPositions"->'uri' THEN 'updated'
              ELSE 'traded' END
    FROM new_rows n JOIN old_rows o ON o.id = n.id
   WHERE (n.metadata ? 'uri' OR o.metadata ? 'uri')
     AND (n.metadata->'uri' IS DISTINCT FROM o.metadata->'uri'
          OR n."originPosition" <> o."originPosition"
          OR n."namePosition" <> o."namePosition"
          OR n."metadataPositions"->'uri' IS DISTINCT FROM o."metadataPositions"->'uri'
          OR (n."pricePosition" <> o."pricePosition" AND n."imageUrl" IS NULL));
  RETURN NULL;
END $$;
