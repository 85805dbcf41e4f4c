-- What the platform itself writes to User, Track and TrackFile, for those who cache them: src/feed/marks.ts tells the feed of it.

-- CreateTable
CREATE TABLE "feed_mark" (
    "id" BIGSERIAL NOT NULL,
    "subject" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "kind" TEXT NOT NULL,

    CONSTRAINT "feed_mark_pkey" PRIMARY KEY ("id")
);

-- Runs with the rights of its owner: the platform need not have any on our tables. Only rows are added, so nobody who counts a play
-- waits for whoever sweeps the marks, or for another play of another track.
CREATE FUNCTION ndx_mark_row() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "feed_mark" ("subject", "key", "kind") VALUES (TG_ARGV[0], NEW."id", 'created');
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO "feed_mark" ("subject", "key", "kind") VALUES (TG_ARGV[0], OLD."id", 'withdrawn');
  ELSIF OLD."id" = NEW."id" THEN
    INSERT INTO "feed_mark" ("subject", "key", "kind") VALUES (TG_ARGV[0], NEW."id", 'changed');
  ELSE
    INSERT INTO "feed_mark" ("subject", "key", "kind")
    VALUES (TG_ARGV[0], OLD."id", 'withdrawn'), (TG_ARGV[0], NEW."id", 'created');
  END IF;
  RETURN NULL;
END $$;

-- Placeholders are the indexer's: events tell of them.
CREATE TRIGGER ndx_user_inserted AFTER INSERT ON "User" FOR EACH ROW
  WHEN (NOT NEW."isPlaceholder") EXECUTE FUNCTION ndx_mark_row('user');
CREATE TRIGGER ndx_user_updated AFTER UPDATE ON "User" FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.* AND NOT (OLD."isPlaceholder" AND NEW."isPlaceholder")) EXECUTE FUNCTION ndx_mark_row('user');
CREATE TRIGGER ndx_user_deleted AFTER DELETE ON "User" FOR EACH ROW
  WHEN (NOT OLD."isPlaceholder") EXECUTE FUNCTION ndx_mark_row('user');

CREATE TRIGGER ndx_track_inserted AFTER INSERT ON "Track" FOR EACH ROW EXECUTE FUNCTION ndx_mark_row('track');
CREATE TRIGGER ndx_track_updated AFTER UPDATE ON "Track" FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ndx_mark_row('track');
CREATE TRIGGER ndx_track_deleted AFTER DELETE ON "Track" FOR EACH ROW EXECUTE FUNCTION ndx_mark_row('track');

CREATE TRIGGER ndx_track_file_inserted AFTER INSERT ON "TrackFile" FOR EACH ROW EXECUTE FUNCTION ndx_mark_row('track_file');
CREATE TRIGGER ndx_track_file_updated AFTER UPDATE ON "TrackFile" FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ndx_mark_row('track_file');
CREATE TRIGGER ndx_track_file_deleted AFTER DELETE ON "TrackFile" FOR EACH ROW EXECUTE FUNCTION ndx_mark_row('track_file');
