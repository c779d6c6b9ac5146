-- AlterTable
ALTER TABLE "orders" ADD COLUMN "forget_from" DATETIME;

-- Every order that is there is looked at once: the earliest moment that can be meant is when it was first seen.
UPDATE "orders" SET "forget_from" = "first_seen_at";

-- What people wrote stands among what was said of drivers from now on, as number 0; it goes from the facts by and by.
INSERT INTO "assignments" ("location_id", "order_id", "number", "said")
    SELECT "location_id", "id", 0, json_object(
        'note', "facts" ->> '$.note',
        'here', (SELECT json_group_object("value" ->> '$.id', "value" ->> '$.here.note')
            FROM json_each("facts", '$.assignments') WHERE "value" ->> '$.here.note' IS NOT NULL))
    FROM "orders" WHERE "facts" LIKE '%"note":"%';

-- CreateTable
CREATE TABLE "order_holds" (
    "location_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "until" DATETIME NOT NULL,

    PRIMARY KEY ("location_id", "order_id")
) WITHOUT ROWID;

-- CreateTable
CREATE TABLE "words_after_end" (
    "location_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "at" DATETIME NOT NULL,

    PRIMARY KEY ("location_id", "order_id", "at")
) WITHOUT ROWID;

-- CreateTable
CREATE TABLE "forgetting" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "receipts_to" INTEGER NOT NULL
);

-- CreateIndex
CREATE INDEX "orders_forget_from_idx" ON "orders"("forget_from");
