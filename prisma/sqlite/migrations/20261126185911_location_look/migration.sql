-- AlterTable
ALTER TABLE "locations" ADD COLUMN "language" TEXT;
ALTER TABLE "locations" ADD COLUMN "wait_limits" TEXT;
