/**
 * Applies the migrations in prisma/sqlite/migrations, each in one transaction with its row in _prisma_migrations:
 * a kill at any moment leaves it applied or not begun. The table is Prisma's own, so `prisma migrate` agrees with it.
 */
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { type Migration, missingOf, readMigrations } from '../migrations.ts'
import { filePragmas, sqliteAdapter } from './connection.ts'

export const migrationsFolder = path.resolve('prisma/sqlite/migrations')

const migrationsTable = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL, "finished_at" DATETIME, "migration_name" TEXT NOT NULL,
  "logs" TEXT, "rolled_back_at" DATETIME, "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
  "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0);`

/**
 * Brings the database file to the newest schema, making it if there is none.
 * @returns the names of the migrations that were applied now
 * @throws when the file was migrated by a newer Passline, or an applied migration was edited
 */
export async function migrate(file: string, folder: string): Promise<string[]> {
  const adapter = await sqliteAdapter(file).connect()
  try {
    // Some changes make a table anew and drop the old one, which would take along what refers to it. Inside of a
    // transaction, where the migrations turn this off themselves, SQLite does not listen.
    await adapter.executeScript(`${filePragmas} PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;`)
    await adapter.executeScript(migrationsTable)
    const rows = await adapter.queryRaw({
      sql: 'SELECT migration_name, checksum FROM _prisma_migrations WHERE rolled_back_at IS NULL',
      args: [],
      argTypes: [],
    })
    const applied = new Map(rows.rows.map(([name, checksum]) => [String(name), String(checksum)]))
    const missing = missingOf(readMigrations(folder), applied)
    for (const migration of missing) await adapter.executeScript(scriptOf(migration))
    return missing.map((migration) => migration.name)
  } finally {
    await adapter.dispose()
  }
}

function scriptOf({ name, sql, checksum }: Migration): string {
  return `BEGIN IMMEDIATE;
${sql}
INSERT INTO "_prisma_migrations" (id, checksum, migration_name, finished_at, started_at, applied_steps_count)
  VALUES ('${randomUUID()}', '${checksum}', '${name}', strftime('%s','now') * 1000, strftime('%s','now') * 1000, 1);
COMMIT;`
}
