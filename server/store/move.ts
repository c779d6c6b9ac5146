/** Everything that stands in the embedded database, moved to a PostgreSQL server: for who outgrows one file. */
import { assertPromises, connected } from './postgres/connection.ts'
import { reasonOf } from './postgres/errors.ts'
import { fill } from './postgres/fill.ts'
import { migratePostgres, postgresMigrations } from './postgres/migrate.ts'
import { migrate, migrationsFolder } from './sqlite/migrate.ts'
import { readTables } from './sqlite/read-tables.ts'

export type Moved = {
  /** How many rows in all. */
  rows: number
  /** By table. */
  tables: Record<string, number>
}

/**
 * Tables about the servers that run now: who starts on the new database makes rows of its own. `presence` is none of
 * them: from it the next server knows since when updates may be missing.
 */
const ofRunningServers = new Set(['leases'])

/**
 * Copies all rows, in one transaction of the new database; the file is only migrated, and read. The caller holds its lock.
 * @throws when the new database cannot be reached, holds anything, or cannot keep a row; then it is as empty as before
 */
export async function move(file: string, databaseUrl: string): Promise<Moved> {
  await connected(databaseUrl, 'care', assertPromises).catch((error) => {
    throw new Error(`the new database cannot be used: ${reasonOf(error)}`)
  })
  await migrate(file, migrationsFolder)
  await migratePostgres(databaseUrl, postgresMigrations)
  const { tables: all, close } = readTables(file)
  try {
    const left = all.filter(({ name }) => ofRunningServers.has(name))
    const tables = await fill(
      databaseUrl,
      all.filter((table) => !left.includes(table)),
      left.map(({ name }) => name),
    )
    return { rows: Object.values(tables).reduce((sum, count) => sum + count, 0), tables }
  } finally {
    close()
  }
}
