-- CreateTable
CREATE TABLE "pairing_codes" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "code_hash" TEXT NOT NULL,
    "device_hash" TEXT NOT NULL,
    "expires_at" DATETIME NOT NULL,
    "screen_id" TEXT
);

-- CreateTable
CREATE TABLE "managers" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "email_verified" BOOLEAN NOT NULL DEFAULT false,
    "image" TEXT,
    "created_at" DATETIME NOT NULL,
    "updated_at" DATETIME NOT NULL,
    "two_factor_enabled" BOOLEAN DEFAULT false,
    "role" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "manager_locations" (
    "manager_id" TEXT NOT NULL,
    "location_id" TEXT NOT NULL,

    PRIMARY KEY ("manager_id", "location_id"),
    CONSTRAINT "manager_locations_manager_id_fkey" FOREIGN KEY ("manager_id") REFERENCES "managers" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "manager_sessions" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "token" TEXT NOT NULL,
    "expires_at" DATETIME NOT NULL,
    "created_at" DATETIME NOT NULL,
    "updated_at" DATETIME NOT NULL,
    "ip_address" TEXT,
    "user_agent" TEXT,
    "user_id" TEXT NOT NULL,
    CONSTRAINT "manager_sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "managers" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "manager_accounts" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "account_id" TEXT NOT NULL,
    "provider_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "access_token" TEXT,
    "refresh_token" TEXT,
    "id_token" TEXT,
    "access_token_expires_at" DATETIME,
    "refresh_token_expires_at" DATETIME,
    "scope" TEXT,
    "password" TEXT,
    "created_at" DATETIME NOT NULL,
    "updated_at" DATETIME NOT NULL,
    CONSTRAINT "manager_accounts_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "managers" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "manager_verifications" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "identifier" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "expires_at" DATETIME NOT NULL,
    "created_at" DATETIME NOT NULL,
    "updated_at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "manager_two_factors" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "secret" TEXT NOT NULL,
    "backup_codes" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "verified" BOOLEAN DEFAULT true,
    "failed_verification_count" INTEGER DEFAULT 0,
    "locked_until" DATETIME,
    CONSTRAINT "manager_two_factors_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "managers" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "audit_entries" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "at" DATETIME NOT NULL,
    "by" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "about" TEXT NOT NULL
);

-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_screens" (
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
    "guests_can_see" BOOLEAN NOT NULL DEFAULT false,
    "off_until" DATETIME,
    "last_beat_at" DATETIME
);
INSERT INTO "new_screens" ("created_at", "every_location", "id", "is_watched", "last_beat_at", "link_expires_at", "link_hash", "name", "off_until", "paired_at", "revoked_at", "role", "token_hash") SELECT "created_at", "every_location", "id", "is_watched", "last_beat_at", "link_expires_at", "link_hash", "name", "off_until", "paired_at", "revoked_at", "role", "token_hash" FROM "screens";
DROP TABLE "screens";
ALTER TABLE "new_screens" RENAME TO "screens";
CREATE UNIQUE INDEX "screens_token_hash_key" ON "screens"("token_hash");
CREATE UNIQUE INDEX "screens_link_hash_key" ON "screens"("link_hash");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;

-- CreateIndex
CREATE UNIQUE INDEX "pairing_codes_code_hash_key" ON "pairing_codes"("code_hash");

-- CreateIndex
CREATE UNIQUE INDEX "pairing_codes_device_hash_key" ON "pairing_codes"("device_hash");

-- CreateIndex
CREATE INDEX "pairing_codes_expires_at_idx" ON "pairing_codes"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "managers_email_key" ON "managers"("email");

-- CreateIndex
CREATE UNIQUE INDEX "manager_sessions_token_key" ON "manager_sessions"("token");

-- CreateIndex
CREATE INDEX "manager_sessions_user_id_idx" ON "manager_sessions"("user_id");

-- CreateIndex
CREATE INDEX "manager_accounts_user_id_idx" ON "manager_accounts"("user_id");

-- CreateIndex
CREATE INDEX "manager_verifications_identifier_idx" ON "manager_verifications"("identifier");

-- CreateIndex
CREATE INDEX "manager_two_factors_user_id_idx" ON "manager_two_factors"("user_id");
