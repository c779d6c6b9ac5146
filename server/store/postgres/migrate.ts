/**
 * Applies the migrations in prisma/postgres/migrations, each in one transaction with its row in _prisma_migrations: a
 * kill at any moment leaves it applied or not begun. Of several servers that start at once one does, and the others wait.
 * The table, and the lock, are Prisma's own, so that `prisma migrate` agrees with it.
 */
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import type pg from 'pg'
import { missingOf, readMigrations } from '../migrations.ts'
import { connected, schemaOf } from './connection.ts'

export const postgresMigrations = path.resolve('prisma/postgres/migrations')

/** The number of the lock that Prisma's engine takes. */
const prismaLock = 72_707_369

const migrationsTable = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL, "checksum" VARCHAR(64) NOT NULL, "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL, "logs" TEXT, "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(), "applied_steps_count" INTEGER NOT NULL DEFAULT 0)`

/**
 * Brings the database to the newest schema.
 * @returns the names of the migrations that were applied now
 * @throws when it was migrated by a newer Passline, an applied migration was edited, or we may not make tables
 */
export function migratePostgres(databaseUrl: string, folder: string): Promise<string[]> {
  return connected(databaseUrl, 'care', async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [prismaLock])
    const missing = missingOf(readMigrations(folder), await appliedTo(client, schemaOf(databaseUrl)))
    for (const { name, sql, checksum } of missing) {
      await client.query('BEGIN')
      await client.query(sql)
      await client.query(
        `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, started_at, applied_steps_count)
          VALUES ($1, $2, $3, now(), now(), 1)`,
        [randomUUID(), checksum, name],
      )
      await client.query('COMMIT')
    }
    return missing.map(({ name }) => name)
  })
}

/** The checksums of the migrations that were applied, by name. Where all is done, no right is needed to make anything. */
async function appliedTo(client: pg.Client, schema: string): Promise<Map<string, string>> {
  const { rows: tables } = await client.query('SELECT FROM pg_tables WHERE schemaname = $1 AND tablename = $2', [
    schema,
    '_prisma_migrations',
  ])
  if (tables.length === 0) await client.query(migrationsTable)
  const { rows } = await client.query<{ migration_name: string; checksum: string }>(
    'SELECT migration_name, checksum FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  )
  return new Map(rows.map((row) => [row.migration_name, row.checksum]))
}
