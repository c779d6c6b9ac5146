-- AlterTable
ALTER TABLE "screens" ADD COLUMN "added_by" TEXT;
