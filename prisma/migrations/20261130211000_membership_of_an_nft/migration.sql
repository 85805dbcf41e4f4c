-- What an NFT belongs to is no longer fixed by its origin: updates change it. The latest wins, below updates the mint, then the earliest
-- event, whose position is complemented so that the earliest is the largest (src/projections/nfts/fold.ts).
ALTER TABLE "NFT" ADD COLUMN "contractPosition" TEXT;
UPDATE "NFT" SET "contractPosition" =
  translate(left("originPosition", 1), '012', '210')
  || translate(substr("originPosition", 2), '0123456789abcdef', 'fedcba9876543210');
ALTER TABLE "NFT" ALTER COLUMN "contractPosition" SET NOT NULL;
