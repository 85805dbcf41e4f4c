-- AlterTable
ALTER TABLE "coverage_range" ADD COLUMN     "last_block" BIGINT,
ADD COLUMN     "last_hash" TEXT,
ADD COLUMN     "parent_block" BIGINT,
ADD COLUMN     "parent_hash" TEXT;
