/** All that stands in a database file, table by table, as its own catalogue has them: a new table is never forgotten. */
import Database from 'better-sqlite3'
import type { Table, Value } from '../table.ts'

/** Another process may be mending the log that a killed server left. */
const busyTimeoutMs = 5_000

/** Names that begin so are SQLite's own; with a line, those of tools: Prisma's migrations, what Litestream keeps. */
const ofOthers = ['sqlite_', '_']

type Column = { table: string; column: string; key: bigint }

/**
 * Opens a database to read the whole of it, as it is at one moment. One table is read at a time.
 * @throws when it cannot be read
 */
export function readTables(file: string): { tables: Table[]; close: () => void } {
  const database = new Database(file, { readonly: true, fileMustExist: true, timeout: busyTimeoutMs })
  try {
    database.defaultSafeIntegers()
    database.exec('BEGIN')
    const columns = database
      .prepare<[], Column>(
        `SELECT t.name AS "table", c.name AS "column", c.pk AS key
          FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' ORDER BY t.name, c.cid`,
      )
      .all()
      .filter(({ table }) => !ofOthers.some((beginning) => table.startsWith(beginning)))
    const names = [...new Set(columns.map(({ table }) => table))]
    const tables = names.map((name) => {
      return tableOf(
        database,
        name,
        columns.filter(({ table }) => table === name),
      )
    })
    return { tables, close: () => database.close() }
  } catch (error) {
    database.close()
    throw error
  }
}

function tableOf(database: Database.Database, name: string, described: readonly Column[]): Table {
  const columns = described.map(({ column }) => column)
  const last = database.prepare<[string], bigint>('SELECT seq FROM sqlite_sequence WHERE name = ?').pluck()
  return {
    name,
    columns,
    key: described.filter(({ key }) => key > 0n).map(({ column }) => column),
    lastNumber: last.get(name) ?? 0n,
    rows: () =>
      database
        .prepare<[], Value[]>(`SELECT ${columns.map((column) => `"${column}"`).join(', ')} FROM "${name}"`)
        .raw()
        .iterate(),
  }
}
