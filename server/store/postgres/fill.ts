/**
 * Fills an empty database at a PostgreSQL server with tables from elsewhere, in one transaction: whatever ends it before
 * its commit leaves the database empty.
 */
import type pg from 'pg'
import type { Table, Value } from '../table.ts'
import { connected } from './connection.ts'
import { isAnswered, reasonOf } from './errors.ts'

/** Rows are sent until they are so long, characters: what is in memory at a time. */
const pieceLength = 1_048_576

/** A column as the server describes it. */
type Column = { table: string; column: string; type: string; sequence: string | null }

/** A table, and what it is there: the same columns in the same order. */
type Target = { table: Table; columns: readonly Column[] }

/**
 * Its tables are there and nobody else works on it; whoever tries to write meanwhile waits.
 * @param left names of tables that get no rows, and must hold none either
 * @returns how many rows each table got, in their order
 * @throws when a table holds a row already, or a row cannot be kept there
 */
export function fill(
  databaseUrl: string,
  tables: readonly Table[],
  left: readonly string[],
): Promise<Record<string, number>> {
  return connected(databaseUrl, 'care', async (client) => {
    let counts: Record<string, number>
    try {
      counts = await write(client, tables, left)
    } catch (error) {
      throw new Error(`${reasonOf(error)}: nothing was moved`)
    }
    try {
      await client.query('COMMIT')
    } catch (error) {
      if (isAnswered(error)) throw new Error(`${reasonOf(error)}: nothing was moved`)
      throw new Error(
        `${reasonOf(error)}, at the very end: either everything was moved, or nothing. Do it again: it is done if the new database is said to hold rows`,
      )
    }
    return counts
  })
}

async function write(
  client: pg.Client,
  tables: readonly Table[],
  left: readonly string[],
): Promise<Record<string, number>> {
  const names = tables.map(({ name }) => name)
  const columns = await readColumns(client, names)
  const targets = tables.map((table) => targetOf(table, columns))
  const parents = await readParents(client)
  await client.query('BEGIN')
  await assertEmpty(client, [...names, ...left])
  const counts = Object.fromEntries(names.map((name) => [name, 0]))
  for (const target of parentsFirst(targets, parents)) counts[target.table.name] = await copy(client, target)
  // Else the first questions are planned as if the tables were empty.
  await client.query(`ANALYZE ${listOf(names)}`)
  return counts
}

async function readColumns(client: pg.Client, names: readonly string[]): Promise<Column[]> {
  const { rows } = await client.query<Column>(
    `SELECT t.relname AS "table", c.attname AS "column", format_type(c.atttypid, c.atttypmod) AS type,
        pg_get_serial_sequence(quote_ident(t.relname), c.attname) AS sequence
      FROM pg_class t JOIN pg_attribute c ON c.attrelid = t.oid AND c.attnum > 0 AND NOT c.attisdropped
      WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind = 'r' AND t.relname = ANY($1)`,
    [names],
  )
  return rows
}

/** @throws when the two databases do not have the same columns */
function targetOf(table: Table, all: readonly Column[]): Target {
  const there = all.filter((column) => column.table === table.name)
  const columns = table.columns.flatMap((name) => there.filter(({ column }) => column === name))
  if (columns.length !== table.columns.length || columns.length !== there.length) {
    throw new Error(`the new database has no table ${table.name} with the same columns`)
  }
  return { table, columns }
}

/** Which tables a table refers to: their rows must stand before its own. */
async function readParents(client: pg.Client): Promise<Map<string, Set<string>>> {
  const { rows } = await client.query<{ child: string; parent: string }>(
    `SELECT child.relname AS child, parent.relname AS parent FROM pg_constraint c
      JOIN pg_class child ON child.oid = c.conrelid JOIN pg_class parent ON parent.oid = c.confrelid
      WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace AND c.conrelid <> c.confrelid`,
  )
  const parents = new Map<string, Set<string>>()
  for (const { child, parent } of rows) parents.set(child, (parents.get(child) ?? new Set()).add(parent))
  return parents
}

function parentsFirst(targets: readonly Target[], parents: ReadonlyMap<string, ReadonlySet<string>>): Target[] {
  const sorted: Target[] = []
  let waiting = [...targets]
  while (waiting.length > 0) {
    const names = new Set(waiting.map(({ table }) => table.name))
    const ready = waiting.filter(({ table }) => ![...(parents.get(table.name) ?? [])].some((name) => names.has(name)))
    if (ready.length === 0) throw new Error(`these tables refer to each other in a circle: ${[...names].join(', ')}`)
    sorted.push(...ready)
    waiting = waiting.filter((target) => !ready.includes(target))
  }
  return sorted
}

/** Keeps everybody from writing until the transaction ends, and makes sure that nobody has. */
async function assertEmpty(client: pg.Client, names: readonly string[]): Promise<void> {
  await client.query(`LOCK TABLE ${listOf(names)} IN EXCLUSIVE MODE`)
  const each = names.map((name) => `SELECT '${name}' AS name WHERE EXISTS (SELECT FROM "${name}")`)
  const { rows } = await client.query<{ name: string }>(each.join(' UNION ALL '))
  if (rows.length === 0) return
  throw new Error(`the new database must be empty, and holds rows already (${rows.map(({ name }) => name).join(', ')})`)
}

/** @returns how many rows */
async function copy(client: pg.Client, target: Target): Promise<number> {
  const { table, columns } = target
  const given = columns.map(({ column, type }) => `"${column}" ${type}`)
  const text = `INSERT INTO "${table.name}" (${listOf(table.columns)})
    SELECT * FROM json_to_recordset($1::json) AS given(${given.join(', ')})`
  let count = 0
  try {
    for (const piece of pieces(target)) {
      await client.query({ name: `fill ${table.name}`, text, values: [`[${piece.join(',')}]`] })
      count += piece.length
    }
    for (const { column, sequence } of columns) {
      if (sequence !== null) await continueNumbers(client, table, column, sequence)
    }
  } catch (error) {
    throw new Error(`${table.name}: ${reasonOf(error)}`)
  }
  return count
}

/** The rows as objects in JSON, so many at a time as go to the server at once. */
function* pieces(target: Target): Generator<string[]> {
  let piece: string[] = []
  let length = 0
  for (const row of target.table.rows()) {
    const json = jsonOf(row, target)
    piece.push(json)
    length += json.length
    if (length < pieceLength) continue
    yield piece
    piece = []
    length = 0
  }
  if (piece.length > 0) yield piece
}

function jsonOf(row: readonly Value[], { table, columns }: Target): string {
  const object: Record<string, string | null> = {}
  columns.forEach(({ column, type }, index) => {
    const value = row[index] ?? null
    const problem = problemOf(value, type)
    if (problem) throw new Error(`${column} of ${nameOf(row, table)} ${problem}`)
    object[column] = textOf(value)
  })
  return JSON.stringify(object)
}

/** A value as the server reads it, whatever the type of the column. */
function textOf(value: Value): string | null {
  if (value === null) return null
  return value instanceof Uint8Array ? `\\x${Buffer.from(value).toString('hex')}` : String(value)
}

/** What the server would refuse without saying where, or take for something else. */
function problemOf(value: Value, type: string): string | null {
  if (value === null) return null
  if (value instanceof Uint8Array !== (type === 'bytea')) return `is not of the type ${type}`
  if (typeof value !== 'string') return null
  if (value.includes('\0')) return 'holds the character NUL, which PostgreSQL keeps in no text'
  // The server drops what stands after the figures.
  if (type.startsWith('timestamp') && !/(Z|\+00:00)$/.test(value)) return 'is a moment that is not in UTC'
  return null
}

/** Which row it is, for who has to find it. */
function nameOf(row: readonly Value[], { columns, key }: Table): string {
  const values = key.map((column) => String(row[columns.indexOf(column)] ?? null))
  return `the row ${values.map((value) => JSON.stringify(value)).join(', ')}`
}

/** The next row that is given a number gets the next one. */
async function continueNumbers(client: pg.Client, table: Table, column: string, sequence: string): Promise<void> {
  await client.query(
    `SELECT setval($1::regclass, greatest(max("${column}"), $2, 1), max("${column}") IS NOT NULL OR $2 > 0)
      FROM "${table.name}"`,
    [sequence, table.lastNumber.toString()],
  )
}

function listOf(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ')
}
