-- CreateTable
CREATE TABLE "credential_secrets" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "credential_id" TEXT NOT NULL,
    "token_hash" TEXT,
    "sealed" BLOB,
    "created_at" DATETIME NOT NULL,
    "last_used_at" DATETIME,
    "revoked_at" DATETIME,
    CONSTRAINT "credential_secrets_credential_id_fkey" FOREIGN KEY ("credential_id") REFERENCES "credentials" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE UNIQUE INDEX "credential_secrets_token_hash_key" ON "credential_secrets"("token_hash");

-- CreateIndex
CREATE INDEX "credential_secrets_credential_id_idx" ON "credential_secrets"("credential_id");

-- Each credential keeps its token. The table stays: to make it anew would take the locations of each credential with it.
INSERT INTO "credential_secrets" ("id", "credential_id", "token_hash", "created_at", "revoked_at")
    SELECT "id", "id", "token_hash", "created_at", "revoked_at" FROM "credentials";
DROP INDEX "credentials_token_hash_key";
ALTER TABLE "credentials" DROP COLUMN "token_hash";
