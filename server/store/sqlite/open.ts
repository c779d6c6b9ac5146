/** Opens the embedded database. */
import type { Logger } from 'pino'
import { databaseFile } from '../database-address.ts'
import type { OpenedDatabase } from '../opened.ts'
import { openReader } from './connection.ts'
import { lockDatabase } from './lock.ts'
import { migrate, migrationsFolder } from './migrate.ts'
import { sqliteSql } from './sql.ts'
import { openWritten } from './written.ts'

/**
 * For this process alone, migrating it first. Its folder is there.
 * @throws when another process has it open, or it cannot be opened or migrated
 */
export async function openSqlite(databaseUrl: string, now: () => number, log: Logger): Promise<OpenedDatabase> {
  const file = databaseFile(databaseUrl)
  const lock = lockDatabase(file)
  if (!lock) throw new Error(`another Passline has the database open: ${file}`)
  try {
    const applied = await migrate(file, migrationsFolder)
    if (applied.length > 0) log.info({ applied }, 'the database was migrated')
    const reader = openReader(file)
    const written = openWritten(file, reader)
    return { reader, sql: sqliteSql, written, readHistory: null, now, release: lock.release }
  } catch (error) {
    lock.release()
    throw error
  }
}
