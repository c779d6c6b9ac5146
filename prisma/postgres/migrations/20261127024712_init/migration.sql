-- CreateTable
CREATE TABLE "locations" (
    "id" TEXT NOT NULL,
    "name" TEXT,
    "time_zone" TEXT NOT NULL,
    "day_start_minutes" INTEGER NOT NULL DEFAULT 240,
    "prep_time_minutes" INTEGER,
    "head" INTEGER NOT NULL DEFAULT 0,
    "checksum" BIGINT NOT NULL DEFAULT 0,
    "last_webhook_at" TIMESTAMP(3),
    "created_at" TIMESTAMP(3) NOT NULL,
    "opening_hours" TEXT,
    "language" TEXT,
    "wait_limits" TEXT,

    CONSTRAINT "locations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "usual_hours" (
    "location_id" TEXT NOT NULL,
    "hour" INTEGER NOT NULL,
    "webhooks" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "usual_hours_pkey" PRIMARY KEY ("location_id","hour")
);

-- CreateTable
CREATE TABLE "presence" (
    "id" INTEGER NOT NULL,
    "alive_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "presence_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "gaps" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "from_at" TIMESTAMP(3) NOT NULL,
    "to_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "gaps_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "gaps_seen" (
    "gap_id" TEXT NOT NULL,
    "location_id" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "by" TEXT NOT NULL,

    CONSTRAINT "gaps_seen_pkey" PRIMARY KEY ("gap_id","location_id")
);

-- CreateTable
CREATE TABLE "orders" (
    "location_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "left_seq" INTEGER,
    "first_seen_at" TIMESTAMP(3) NOT NULL,
    "sweep_at" TIMESTAMP(3),
    "forget_from" TIMESTAMP(3),
    "facts" TEXT NOT NULL,

    CONSTRAINT "orders_pkey" PRIMARY KEY ("location_id","id")
);

-- CreateTable
CREATE TABLE "order_holds" (
    "location_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "until" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "order_holds_pkey" PRIMARY KEY ("location_id","order_id")
);

-- CreateTable
CREATE TABLE "words_after_end" (
    "location_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "words_after_end_pkey" PRIMARY KEY ("location_id","order_id","at")
);

-- CreateTable
CREATE TABLE "forgetting" (
    "id" INTEGER NOT NULL,
    "receipts_to" BIGINT NOT NULL,

    CONSTRAINT "forgetting_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "order_items" (
    "location_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "items" TEXT NOT NULL,

    CONSTRAINT "order_items_pkey" PRIMARY KEY ("location_id","order_id")
);

-- CreateTable
CREATE TABLE "assignments" (
    "location_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "said" TEXT NOT NULL,

    CONSTRAINT "assignments_pkey" PRIMARY KEY ("location_id","order_id","number")
);

-- CreateTable
CREATE TABLE "customers" (
    "location_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "name" TEXT,
    "phone" TEXT,

    CONSTRAINT "customers_pkey" PRIMARY KEY ("location_id","order_id","id")
);

-- CreateTable
CREATE TABLE "changes" (
    "id" BIGSERIAL NOT NULL,
    "location_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "by" TEXT NOT NULL,
    "facts" TEXT NOT NULL,

    CONSTRAINT "changes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "receipts" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "credential_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "location_id" TEXT,
    "order_id" TEXT,
    "outcome" TEXT NOT NULL,
    "seq" INTEGER,
    "body" TEXT,

    CONSTRAINT "receipts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "actions" (
    "location_id" TEXT NOT NULL,
    "action_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "screen_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "answer" TEXT NOT NULL,

    CONSTRAINT "actions_pkey" PRIMARY KEY ("location_id","action_id")
);

-- CreateTable
CREATE TABLE "refusals" (
    "id" BIGINT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "credential_id" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "error" TEXT NOT NULL,
    "body" BYTEA,

    CONSTRAINT "refusals_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "credentials" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMP(3) NOT NULL,
    "revoked_at" TIMESTAMP(3),

    CONSTRAINT "credentials_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "credential_secrets" (
    "id" TEXT NOT NULL,
    "credential_id" TEXT NOT NULL,
    "token_hash" TEXT,
    "sealed" BYTEA,
    "created_at" TIMESTAMP(3) NOT NULL,
    "last_used_at" TIMESTAMP(3),
    "revoked_at" TIMESTAMP(3),

    CONSTRAINT "credential_secrets_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "credential_locations" (
    "credential_id" TEXT NOT NULL,
    "location_id" TEXT NOT NULL,

    CONSTRAINT "credential_locations_pkey" PRIMARY KEY ("credential_id","location_id")
);

-- CreateTable
CREATE TABLE "screens" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "link_hash" TEXT,
    "link_expires_at" TIMESTAMP(3),
    "every_location" BOOLEAN NOT NULL,
    "created_at" TIMESTAMP(3) NOT NULL,
    "paired_at" TIMESTAMP(3),
    "revoked_at" TIMESTAMP(3),
    "is_watched" BOOLEAN NOT NULL DEFAULT true,
    "guests_can_see" BOOLEAN NOT NULL DEFAULT false,
    "added_by" TEXT,
    "off_until" TIMESTAMP(3),
    "last_beat_at" TIMESTAMP(3),

    CONSTRAINT "screens_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "screen_locations" (
    "screen_id" TEXT NOT NULL,
    "location_id" TEXT NOT NULL,

    CONSTRAINT "screen_locations_pkey" PRIMARY KEY ("screen_id","location_id")
);

-- CreateTable
CREATE TABLE "pairing_codes" (
    "id" TEXT NOT NULL,
    "code_hash" TEXT NOT NULL,
    "device_hash" TEXT NOT NULL,
    "expires_at" TIMESTAMP(3) NOT NULL,
    "screen_id" TEXT,

    CONSTRAINT "pairing_codes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "managers" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "email_verified" BOOLEAN NOT NULL DEFAULT false,
    "image" TEXT,
    "created_at" TIMESTAMP(3) NOT NULL,
    "updated_at" TIMESTAMP(3) NOT NULL,
    "two_factor_enabled" BOOLEAN DEFAULT false,
    "role" TEXT NOT NULL,

    CONSTRAINT "managers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "manager_locations" (
    "manager_id" TEXT NOT NULL,
    "location_id" TEXT NOT NULL,

    CONSTRAINT "manager_locations_pkey" PRIMARY KEY ("manager_id","location_id")
);

-- CreateTable
CREATE TABLE "manager_sessions" (
    "id" TEXT NOT NULL,
    "token" TEXT NOT NULL,
    "expires_at" TIMESTAMP(3) NOT NULL,
    "created_at" TIMESTAMP(3) NOT NULL,
    "updated_at" TIMESTAMP(3) NOT NULL,
    "ip_address" TEXT,
    "user_agent" TEXT,
    "user_id" TEXT NOT NULL,

    CONSTRAINT "manager_sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "manager_accounts" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "provider_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "access_token" TEXT,
    "refresh_token" TEXT,
    "id_token" TEXT,
    "access_token_expires_at" TIMESTAMP(3),
    "refresh_token_expires_at" TIMESTAMP(3),
    "scope" TEXT,
    "password" TEXT,
    "created_at" TIMESTAMP(3) NOT NULL,
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "manager_accounts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "manager_verifications" (
    "id" TEXT NOT NULL,
    "identifier" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "expires_at" TIMESTAMP(3) NOT NULL,
    "created_at" TIMESTAMP(3) NOT NULL,
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "manager_verifications_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "manager_two_factors" (
    "id" TEXT NOT NULL,
    "secret" TEXT NOT NULL,
    "backup_codes" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "verified" BOOLEAN DEFAULT true,
    "failed_verification_count" INTEGER DEFAULT 0,
    "locked_until" TIMESTAMP(3),

    CONSTRAINT "manager_two_factors_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_entries" (
    "id" SERIAL NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "by" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "about" TEXT NOT NULL,

    CONSTRAINT "audit_entries_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "orders_location_id_left_seq_idx" ON "orders"("location_id", "left_seq");

-- CreateIndex
CREATE INDEX "orders_forget_from_idx" ON "orders"("forget_from");

-- CreateIndex
CREATE UNIQUE INDEX "credential_secrets_token_hash_key" ON "credential_secrets"("token_hash");

-- CreateIndex
CREATE INDEX "credential_secrets_credential_id_idx" ON "credential_secrets"("credential_id");

-- CreateIndex
CREATE UNIQUE INDEX "screens_token_hash_key" ON "screens"("token_hash");

-- CreateIndex
CREATE UNIQUE INDEX "screens_link_hash_key" ON "screens"("link_hash");

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

-- AddForeignKey
ALTER TABLE "gaps_seen" ADD CONSTRAINT "gaps_seen_gap_id_fkey" FOREIGN KEY ("gap_id") REFERENCES "gaps"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "credential_secrets" ADD CONSTRAINT "credential_secrets_credential_id_fkey" FOREIGN KEY ("credential_id") REFERENCES "credentials"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "credential_locations" ADD CONSTRAINT "credential_locations_credential_id_fkey" FOREIGN KEY ("credential_id") REFERENCES "credentials"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "screen_locations" ADD CONSTRAINT "screen_locations_screen_id_fkey" FOREIGN KEY ("screen_id") REFERENCES "screens"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "manager_locations" ADD CONSTRAINT "manager_locations_manager_id_fkey" FOREIGN KEY ("manager_id") REFERENCES "managers"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "manager_sessions" ADD CONSTRAINT "manager_sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "managers"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "manager_accounts" ADD CONSTRAINT "manager_accounts_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "managers"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "manager_two_factors" ADD CONSTRAINT "manager_two_factors_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "managers"("id") ON DELETE CASCADE ON UPDATE CASCADE;
