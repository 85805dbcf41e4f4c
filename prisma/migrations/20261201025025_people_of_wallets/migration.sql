-- AlterTable
ALTER TABLE "Wallet" ADD COLUMN     "firstSeen" TIMESTAMP(3);

-- CreateTable
CREATE TABLE "wallet_link_note" (
    "seq" BIGSERIAL NOT NULL,
    "source" TEXT NOT NULL,
    "ref" TEXT NOT NULL,
    "removed" BOOLEAN NOT NULL,
    "user_id" TEXT NOT NULL,
    "chain" TEXT,
    "address" TEXT,

    CONSTRAINT "wallet_link_note_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "wallet_link" (
    "source" TEXT NOT NULL,
    "ref" TEXT NOT NULL,
    "seq" BIGINT NOT NULL,
    "user_id" TEXT NOT NULL,
    "chain" TEXT,
    "written" TEXT NOT NULL,
    "address" TEXT NOT NULL,

    CONSTRAINT "wallet_link_pkey" PRIMARY KEY ("source","ref")
);

-- CreateTable
CREATE TABLE "wallet_move" (
    "address" TEXT NOT NULL,
    "sources" TEXT[],
    "target" TEXT NOT NULL,
    "since" BIGINT,
    "moved" BIGINT NOT NULL DEFAULT 0,
    "problem" TEXT,

    CONSTRAINT "wallet_move_pkey" PRIMARY KEY ("address")
);

-- CreateTable
CREATE TABLE "wallet_music" (
    "chain" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "balance" DECIMAL(65,18) NOT NULL,
    "earned" DECIMAL(65,18) NOT NULL,
    "spent" DECIMAL(65,18) NOT NULL,
    "last_claimed" TIMESTAMP(3),
    "first_time" TIMESTAMP(3) NOT NULL,
    "last_time" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "wallet_music_pkey" PRIMARY KEY ("chain","address")
);

-- CreateIndex
CREATE INDEX "wallet_link_address_seq_idx" ON "wallet_link"("address", "seq");

-- CreateIndex
CREATE INDEX "wallet_link_user_id_idx" ON "wallet_link"("user_id");


-- Before this migration every wallet was made for an event that names it.
UPDATE "Wallet" SET "firstSeen" = "createdAt";

-- Until now every user had at most one wallet a chain, so the user's sums are the wallet's.
INSERT INTO "wallet_music" ("chain", "address", "balance", "earned", "spent", "last_claimed", "first_time", "last_time")
SELECT m."chain", w."address", m."balance", m."totalEarned", m."totalSpent", m."lastClaimed", m."createdAt", m."updatedAt"
  FROM "MusicToken" m JOIN "Wallet" w ON w."userId" = m."userId" AND w."chain" = m."chain";

-- The id that the indexer gives to a wallet or to a placeholder's link (src/store/ids.ts): tells its rows from the platform's.
CREATE FUNCTION ndx_row_id(kind text, key text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT left(kind, 1)
      || left(translate(encode(sha256(convert_to(kind || chr(10) || key, 'UTF8')), 'base64'), '+/', '-_'), 23)
$$;

-- The indexer used to write a link of its own for a person who had claimed a wallet. Such links are the platform's only.
DELETE FROM "UserWallet" k USING "Wallet" w, "User" u
 WHERE k."walletId" = w."id" AND k."userId" = u."id" AND NOT u."isPlaceholder"
   AND u."walletAddress" = w."address" AND k."id" = ndx_row_id('link', w."address");

-- What the platform had said before there were triggers.
INSERT INTO "wallet_link_note" ("source", "ref", "removed", "user_id", "chain", "address")
SELECT 'User', u."id", false, u."id", NULL, u."walletAddress" FROM "User" u
 WHERE u."walletAddress" IS NOT NULL AND NOT u."isPlaceholder" ORDER BY u."createdAt", u."id";
INSERT INTO "wallet_link_note" ("source", "ref", "removed", "user_id", "chain", "address")
SELECT 'UserWallet', k."id", false, k."userId", w."chain", w."address"
  FROM "UserWallet" k JOIN "User" u ON u."id" = k."userId" AND NOT u."isPlaceholder" JOIN "Wallet" w ON w."id" = k."walletId"
 ORDER BY k."createdAt", k."id";

-- The functions run with the rights of their owner: the platform need not have any on our tables. One note a link, in the transaction
-- of the platform. Links of placeholders are the indexer's and are not noted.
CREATE FUNCTION ndx_note_links_set() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF current_setting('ndx.meeting', true) = 'on' THEN RETURN NULL; END IF;
  INSERT INTO "wallet_link_note" ("source", "ref", "removed", "user_id", "chain", "address")
  SELECT 'UserWallet', k."id", false, k."userId", w."chain", w."address"
    FROM now_there k JOIN "User" u ON u."id" = k."userId" AND NOT u."isPlaceholder" JOIN "Wallet" w ON w."id" = k."walletId"
   ORDER BY k."createdAt", k."id";
  RETURN NULL;
END $$;

CREATE FUNCTION ndx_note_links_removed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO "wallet_link_note" ("source", "ref", "removed", "user_id")
  SELECT 'UserWallet', k."id", true, k."userId"
    FROM was_there k LEFT JOIN "User" u ON u."id" = k."userId" WHERE u."isPlaceholder" IS NOT TRUE ORDER BY k."createdAt", k."id";
  RETURN NULL;
END $$;

CREATE TRIGGER ndx_links_inserted AFTER INSERT ON "UserWallet" REFERENCING NEW TABLE AS now_there
  FOR EACH STATEMENT EXECUTE FUNCTION ndx_note_links_set();
CREATE TRIGGER ndx_links_updated AFTER UPDATE ON "UserWallet" REFERENCING NEW TABLE AS now_there
  FOR EACH STATEMENT EXECUTE FUNCTION ndx_note_links_set();
CREATE TRIGGER ndx_links_deleted AFTER DELETE ON "UserWallet" REFERENCING OLD TABLE AS was_there
  FOR EACH STATEMENT EXECUTE FUNCTION ndx_note_links_removed();

CREATE FUNCTION ndx_note_wallet_address() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO "wallet_link_note" ("source", "ref", "removed", "user_id") VALUES ('User', OLD."id", true, OLD."id");
  ELSE
    INSERT INTO "wallet_link_note" ("source", "ref", "removed", "user_id", "address")
    VALUES ('User', NEW."id", NEW."walletAddress" IS NULL, NEW."id", NEW."walletAddress");
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER ndx_wallet_address_inserted AFTER INSERT ON "User" FOR EACH ROW
  WHEN (NEW."walletAddress" IS NOT NULL) EXECUTE FUNCTION ndx_note_wallet_address();
CREATE TRIGGER ndx_wallet_address_updated AFTER UPDATE OF "walletAddress" ON "User" FOR EACH ROW
  WHEN (OLD."walletAddress" IS DISTINCT FROM NEW."walletAddress") EXECUTE FUNCTION ndx_note_wallet_address();
CREATE TRIGGER ndx_wallet_address_deleted AFTER DELETE ON "User" FOR EACH ROW
  WHEN (OLD."walletAddress" IS NOT NULL) EXECUTE FUNCTION ndx_note_wallet_address();

-- A wallet that gets another address: its links name another wallet now.
CREATE FUNCTION ndx_note_address_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF current_setting('ndx.meeting', true) = 'on' THEN RETURN NULL; END IF;
  INSERT INTO "wallet_link_note" ("source", "ref", "removed", "user_id", "chain", "address")
  SELECT 'UserWallet', k."id", false, k."userId", NEW."chain", NEW."address"
    FROM "UserWallet" k JOIN "User" u ON u."id" = k."userId" AND NOT u."isPlaceholder"
   WHERE k."walletId" = NEW."id" ORDER BY k."createdAt", k."id";
  RETURN NULL;
END $$;

CREATE TRIGGER ndx_wallet_address_changed AFTER UPDATE OF "address", "chain" ON "Wallet" FOR EACH ROW
  WHEN (OLD."address" IS DISTINCT FROM NEW."address" OR OLD."chain" IS DISTINCT FROM NEW."chain")
  EXECUTE FUNCTION ndx_note_address_changed();

-- A user whose wallets still have rows of the chain is not deleted: the foreign keys would set a transaction's parties to null, and
-- nobody could tell any more whose they were.
CREATE FUNCTION ndx_keep_owner() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM "Wallet" w WHERE w."userId" = OLD."id")
     OR EXISTS (SELECT 1 FROM "wallet_move" m WHERE m."target" = OLD."id" OR OLD."id" = ANY (m."sources")) THEN
    RAISE EXCEPTION 'user % still owns wallets of the chain', OLD."id" USING ERRCODE = 'foreign_key_violation',
      HINT = 'delete its UserWallet rows, set its walletAddress to null, and try again in a moment, when the indexer has given the wallets back';
  END IF;
  RETURN OLD;
END $$;

CREATE TRIGGER ndx_keep_owner BEFORE DELETE ON "User" FOR EACH ROW
  WHEN (NOT OLD."isPlaceholder") EXECUTE FUNCTION ndx_keep_owner();

-- An insert of a wallet that the indexer has made already is met: the platform's row takes its place, with the platform's id and the
-- owner and first event that the indexer knows. The row of ours is made first, so that one that is being made is waited for, and moved
-- aside, so that the insert goes through as it would without us.
CREATE FUNCTION ndx_meet_wallet() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  ours text := ndx_row_id('wallet', NEW."address");
BEGIN
  NEW."userId" := NULL;
  NEW."firstSeen" := NULL;
  IF EXISTS (SELECT 1 FROM "Wallet" w WHERE w."id" = NEW."id") THEN RETURN NEW; END IF;
  INSERT INTO "Wallet" ("id", "address", "chain", "updatedAt") VALUES (ours, NEW."address", NEW."chain", NEW."updatedAt")
  ON CONFLICT DO NOTHING;
  PERFORM set_config('ndx.meeting', 'on', true);
  UPDATE "Wallet" SET "address" = 'met:' || "id" WHERE "id" = ours AND "address" = NEW."address"
  RETURNING "userId", "firstSeen" INTO NEW."userId", NEW."firstSeen";
  PERFORM set_config('ndx.meeting', '', true);
  RETURN NEW;
END $$;

CREATE FUNCTION ndx_wallet_met() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  ours text := ndx_row_id('wallet', NEW."address");
BEGIN
  PERFORM set_config('ndx.meeting', 'on', true);
  UPDATE "UserWallet" SET "walletId" = NEW."id" WHERE "walletId" = ours;
  PERFORM set_config('ndx.meeting', '', true);
  DELETE FROM "Wallet" WHERE "id" = ours AND "address" = 'met:' || ours;
  RETURN NULL;
END $$;

CREATE TRIGGER ndx_meet_wallet BEFORE INSERT ON "Wallet" FOR EACH ROW
  WHEN (NEW."id" IS DISTINCT FROM ndx_row_id('wallet', NEW."address")) EXECUTE FUNCTION ndx_meet_wallet();
CREATE TRIGGER ndx_wallet_met AFTER INSERT ON "Wallet" FOR EACH ROW
  WHEN (NEW."id" IS DISTINCT FROM ndx_row_id('wallet', NEW."address")) EXECUTE FUNCTION ndx_wallet_met();
