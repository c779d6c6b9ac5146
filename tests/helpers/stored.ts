/** What stands in a database file, read by a connection of its own that cannot write. */
import Database from 'better-sqlite3'

export type Row = Record<string, unknown>

/** The rows of a query over a database file that a server may have open. */
export function stored(databaseFile: string, sql: string, ...parameters: unknown[]): Row[] {
  const database = new Database(databaseFile, { readonly: true, fileMustExist: true })
  try {
    return database.prepare<unknown[], Row>(sql).all(...parameters)
  } finally {
    database.close()
  }
}

/** How many rows a table has. */
export function countOf(databaseFile: string, table: string): number {
  return Number(stored(databaseFile, `SELECT count(*) AS count FROM "${table}"`)[0]?.count)
}

/** How many rows stand in the tables that an update may reach. */
export function countsOf(databaseFile: string) {
  const count = (table: string) => countOf(databaseFile, table)
  return {
    receipts: count('receipts'),
    refusals: count('refusals'),
    orders: count('orders'),
    changes: count('changes'),
  }
}

/** Holds the database's lock from a connection of its own. */
export function holdLock(databaseFile: string) {
  const other = new Database(databaseFile, { timeout: 0 })
  other.exec('BEGIN IMMEDIATE')
  return { release: () => other.close() }
}
