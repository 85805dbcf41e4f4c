-- AlterTable
ALTER TABLE "chain_knowledge" DROP COLUMN "raised";
