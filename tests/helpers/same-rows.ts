/** What stands in the two databases, told in the same words, so that it can be compared. */
import assert from 'node:assert/strict'
import Database from 'better-sqlite3'
import { ask } from './postgres.ts'

/** Of each table its rows, sorted, each as the texts of its values. */
type Contents = Map<string, string[]>

type Column = { table: string; column: string; type: string }

const isOurs = (name: string) => !name.startsWith('_') && !name.startsWith('sqlite_')

export async function postgresColumns(url: string): Promise<Column[]> {
  const rows = await ask(
    url,
    `SELECT table_name AS "table", column_name AS "column", data_type AS type FROM information_schema.columns
      WHERE table_schema = 'public' ORDER BY table_name COLLATE "C", column_name COLLATE "C"`,
  )
  return (rows as Column[]).filter(({ table }) => isOurs(table))
}

export function sqliteColumns(file: string): Column[] {
  const database = new Database(file, { readonly: true })
  try {
    return database
      .prepare<[], Column>(
        `SELECT t.name AS "table", c.name AS "column", c.type FROM sqlite_schema t JOIN pragma_table_info(t.name) c
          WHERE t.type = 'table' ORDER BY t.name, c.name`,
      )
      .all()
      .filter(({ table }) => isOurs(table))
  } finally {
    database.close()
  }
}

function inTables(columns: readonly Column[]): Map<string, Column[]> {
  const tables = new Map<string, Column[]>()
  for (const column of columns) tables.set(column.table, [...(tables.get(column.table) ?? []), column])
  return tables
}

const listOf = (texts: readonly string[]) => texts.join(', ')
const sorted = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).sort()

async function readPostgres(url: string): Promise<Contents> {
  const contents: Contents = new Map()
  for (const [table, columns] of inTables(await postgresColumns(url))) {
    const values = columns.map(({ column, type }) => {
      if (type === 'bytea') return `'bytes ' || encode("${column}", 'hex') AS "${column}"`
      if (type.startsWith('timestamp')) return `to_char("${column}", 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "${column}"`
      return type === 'boolean' ? `"${column}"::int::text AS "${column}"` : `"${column}"::text AS "${column}"`
    })
    contents.set(table, sorted(await ask(url, `SELECT ${listOf(values)} FROM "${table}"`)))
  }
  return contents
}

/** @param postgres tells which texts are moments; without it they are told as they stand there */
export function readSqlite(file: string, postgres: readonly Column[] = []): Contents {
  const database = new Database(file, { readonly: true })
  database.defaultSafeIntegers()
  const moments = new Set(
    postgres.filter(({ type }) => type.startsWith('timestamp')).map(({ table, column }) => `${table}.${column}`),
  )
  const textOf = (place: string, value: unknown) => {
    if (value === null) return null
    if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`
    return moments.has(place) ? new Date(String(value)).toISOString() : String(value)
  }
  try {
    const contents: Contents = new Map()
    for (const [table, columns] of inTables(sqliteColumns(file))) {
      const names = listOf(columns.map(({ column }) => `"${column}"`))
      const rows = database.prepare<[], Record<string, unknown>>(`SELECT ${names} FROM "${table}"`).all()
      const told = rows.map((row) =>
        Object.fromEntries(Object.entries(row).map(([column, value]) => [column, textOf(`${table}.${column}`, value)])),
      )
      contents.set(table, sorted(told))
    }
    return contents
  } finally {
    database.close()
  }
}

/**
 * Fails unless all tables hold the same rows.
 * @param left tables that were to be left empty
 * @returns how many rows each table holds
 */
export async function assertSameRows(
  file: string,
  url: string,
  left: ReadonlySet<string>,
): Promise<Record<string, number>> {
  const expected = readSqlite(file, await postgresColumns(url))
  for (const name of left) if (expected.has(name)) expected.set(name, [])
  const found = await readPostgres(url)
  assert.deepEqual([...found.keys()], [...expected.keys()])
  for (const [table, rows] of found) assert.deepEqual(rows, expected.get(table), table)
  return Object.fromEntries([...found].map(([table, rows]) => [table, rows.length]))
}

/** The tables that hold any row. */
export async function tablesWithRows(url: string): Promise<string[]> {
  return [...(await readPostgres(url))].filter(([, rows]) => rows.length > 0).map(([table]) => table)
}

/** Gives every table that holds nothing one row, whatever its columns: what the tables to come will be filled with. */
export function fillEmptyTables(file: string): void {
  const textOf = (column: string) => `'“${column}” 🍜'`
  const database = new Database(file)
  try {
    database.pragma('foreign_keys = OFF')
    for (const [table, columns] of inTables(sqliteColumns(file))) {
      if (database.prepare(`SELECT 1 FROM "${table}" LIMIT 1`).get()) continue
      const parents = database
        .prepare<[], { from: string; table: string; to: string }>(
          `SELECT "from", "table", "to" FROM pragma_foreign_key_list('${table}')`,
        )
        .all()
      const values = columns.map(({ column, type }) => {
        const parent = parents.find(({ from }) => from === column)
        // A parent that holds nothing yet gets this very row.
        if (parent) return `coalesce((SELECT "${parent.to}" FROM "${parent.table}" LIMIT 1), ${textOf(parent.to)})`
        return { TEXT: textOf(column), DATETIME: `'2026-03-01T09:08:07.065+00:00'`, BLOB: `x'00ff5c'` }[type] ?? '1'
      })
      const names = listOf(columns.map(({ column }) => `"${column}"`))
      database.exec(`INSERT INTO "${table}" (${names}) VALUES (${listOf(values)})`)
    }
  } finally {
    database.close()
  }
}
