-- Small rows that are found by their key alone are kept in it (WITHOUT ROWID): one tree to write, not two.
-- Changes and receipts take the next free number without AUTOINCREMENT, whose table would be a page of each commit.

-- CreateTable
CREATE TABLE "locations" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT,
    "time_zone" TEXT NOT NULL,
    "day_start_minutes" INTEGER NOT NULL DEFAULT 240,
    "prep_time_minutes" INTEGER,
    "head" INTEGER NOT NULL DEFAULT 0,
    "checksum" BIGINT NOT NULL DEFAULT 0,
    "last_webhook_at" DATETIME,
    "created_at" DATETIME NOT NULL,
    "opening_hours" TEXT
);

-- CreateTable
CREATE TABLE "usual_hours" (
    "location_id" TEXT NOT NULL,
    "hour" INTEGER NOT NULL,
    "webhooks" REAL NOT NULL,

    PRIMARY KEY ("location_id", "hour")
) WITHOUT ROWID;

-- CreateTable
CREATE TABLE "presence" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "alive_at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "gaps" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "from_at" DATETIME NOT NULL,
    "to_at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "gaps_seen" (
    "gap_id" TEXT NOT NULL,
    "location_id" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "by" TEXT NOT NULL,

    PRIMARY KEY ("gap_id", "location_id"),
    CONSTRAINT "gaps_seen_gap_id_fkey" FOREIGN KEY ("gap_id") REFERENCES "gaps" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "orders" (
    "location_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "left_seq" INTEGER,
    "first_seen_at" DATETIME NOT NULL,
    "sweep_at" DATETIME,
    "facts" TEXT NOT NULL,

    PRIMARY KEY ("location_id", "id")
);

-- CreateTable
CREATE TABLE "order_items" (
    "location_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "items" TEXT NOT NULL,

    PRIMARY KEY ("location_id", "order_id")
);

-- CreateTable
CREATE TABLE "assignments" (
    "location_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "said" TEXT NOT NULL,

    PRIMARY KEY ("location_id", "order_id", "number")
) WITHOUT ROWID;

-- CreateTable
CREATE TABLE "customers" (
    "location_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "name" TEXT,
    "phone" TEXT,

    PRIMARY KEY ("location_id", "order_id", "id")
) WITHOUT ROWID;

-- CreateTable
CREATE TABLE "changes" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "location_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "at" DATETIME NOT NULL,
    "by" TEXT NOT NULL,
    "facts" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "receipts" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "at" DATETIME NOT NULL,
    "credential_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "location_id" TEXT,
    "order_id" TEXT,
    "outcome" TEXT NOT NULL,
    "seq" INTEGER,
    "body" TEXT
);

-- CreateTable
CREATE TABLE "actions" (
    "location_id" TEXT NOT NULL,
    "action_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "screen_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "answer" TEXT NOT NULL,

    PRIMARY KEY ("location_id", "action_id")
) WITHOUT ROWID;

-- CreateTable
CREATE TABLE "refusals" (
    "id" BIGINT NOT NULL PRIMARY KEY,
    "at" DATETIME NOT NULL,
    "credential_id" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "error" TEXT NOT NULL,
    "body" BLOB
);

-- CreateTable
CREATE TABLE "credentials" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL,
    "revoked_at" DATETIME
);

-- CreateTable
CREATE TABLE "credential_locations" (
    "credential_id" TEXT NOT NULL,
    "location_id" TEXT NOT NULL,

    PRIMARY KEY ("credential_id", "location_id"),
    CONSTRAINT "credential_locations_credential_id_fkey" FOREIGN KEY ("credential_id") REFERENCES "credentials" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "screens" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "link_hash" TEXT,
    "link_expires_at" DATETIME,
    "every_location" BOOLEAN NOT NULL,
    "created_at" DATETIME NOT NULL,
    "paired_at" DATETIME,
    "revoked_at" DATETIME,
    "is_watched" BOOLEAN NOT NULL DEFAULT true,
    "off_until" DATETIME,
    "last_beat_at" DATETIME
);

-- CreateTable
CREATE TABLE "screen_locations" (
    "screen_id" TEXT NOT NULL,
    "location_id" TEXT NOT NULL,

    PRIMARY KEY ("screen_id", "location_id"),
    CONSTRAINT "screen_locations_screen_id_fkey" FOREIGN KEY ("screen_id") REFERENCES "screens" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "orders_location_id_left_seq_idx" ON "orders"("location_id", "left_seq");

-- CreateIndex
CREATE UNIQUE INDEX "credentials_token_hash_key" ON "credentials"("token_hash");

-- CreateIndex
CREATE UNIQUE INDEX "screens_token_hash_key" ON "screens"("token_hash");

-- CreateIndex
CREATE UNIQUE INDEX "screens_link_hash_key" ON "screens"("link_hash");
