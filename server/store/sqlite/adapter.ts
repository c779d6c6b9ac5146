/**
 * Prisma's adapter for better-sqlite3, with two savings that the speed of the ingest rests on:
 * a statement is compiled once for each connection, and the many rows of a batch go to their tables in one call, each
 * row bound to its statement as it is: a quarter of what it costs SQLite to read the same rows with json_each.
 */
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import type Database from 'better-sqlite3'

type Statement = Database.Statement<unknown[]>

const mark = '/* each row */\n'
const between = ';\n'

/** At the beginning of a statement of `forEachRow`: that it changes nothing is no fault. */
export const mayFindNothing = '/* may find nothing */ '

/** For each of several statements a list of rows, each a list of the values of that statement's own parameters. */
export type RowsOfEach = readonly (readonly (readonly unknown[])[])[]

/**
 * Rows on their way to the adapter. Prisma turns parameters into JSON and back, which costs as much as storing the rows
 * of a batch does: they wait here, and the parameter is the number under which.
 */
const onTheirWay = new Map<string, RowsOfEach>()
let lastNumber = 0

/**
 * One statement out of several, run once for each row: for `runForEachRow`. As any statement it happens whole or not at
 * all: where no transaction is open, it is one.
 */
export function forEachRow(statements: readonly string[]): string {
  return mark + statements.join(between)
}

/**
 * Runs a statement of `forEachRow` with a client of this adapter.
 * @param run executes the statement with its one parameter
 * @throws when a row writes nothing; only a deletion, and what says so (`mayFindNothing`), may find nothing
 */
export async function runForEachRow(rows: RowsOfEach, run: (parameter: string) => Promise<unknown>): Promise<void> {
  lastNumber += 1
  const number = String(lastNumber)
  onTheirWay.set(number, rows)
  try {
    await run(number)
  } finally {
    onTheirWay.delete(number)
  }
}

export class SqliteAdapter extends PrismaBetterSqlite3 {
  override async connect() {
    const adapter = await super.connect()
    const { client } = adapter as unknown as { client: Database.Database }
    rememberStatements(client)
    return adapter
  }
}

const maximumStatements = 500

function rememberStatements(database: Database.Database): void {
  const compile = database.prepare.bind(database)
  const known = new Map<string, ReturnType<typeof usable>>()
  const asTransaction = database.transaction((work: () => number) => work())
  const atomically = (work: () => number) => (database.inTransaction ? work() : asTransaction(work))
  const prepare = (sql: string) => {
    const statement =
      known.get(sql) ?? (sql.startsWith(mark) ? rowByRow(sql, compile, atomically) : usable(compile(sql)))
    // Statements of a fixed text are few; what writes lists into its text must not fill the memory.
    if (known.size >= maximumStatements) known.clear()
    known.set(sql, statement)
    return statement
  }
  Object.assign(database, { prepare })
}

/** A statement as far as Prisma's adapter uses it. A bound one of better-sqlite3 could not be bound again. */
function usable(statement: Statement) {
  return {
    run: () => statement.run(),
    bind: (values: unknown[]) => ({
      reader: statement.reader,
      columns: () => statement.columns(),
      run: (): { changes: number } => statement.run(values),
      raw: () => ({ all: () => statement.raw().all(values) }),
    }),
  }
}

function rowByRow(
  sql: string,
  compile: (sql: string) => Statement,
  atomically: (work: () => number) => number,
): ReturnType<typeof usable> {
  const statements = sql.slice(mark.length).split(between).map(compile)
  const [first] = statements
  if (!first) throw new Error('there is no statement to run for each row')
  return {
    ...usable(first),
    bind: ([number]: unknown[]) => ({
      ...usable(first).bind([]),
      run: () => {
        const rows = onTheirWay.get(String(number))
        if (!rows) throw new Error('the rows of this statement are not here: it is for runForEachRow')
        return { changes: atomically(() => runAll(statements, rows)) }
      },
    }),
  }
}

function runAll(statements: readonly Statement[], rows: RowsOfEach): number {
  let changes = 0
  statements.forEach((statement, index) => {
    const mayChangeNothing = statement.source.startsWith('DELETE') || statement.source.startsWith(mayFindNothing)
    for (const row of rows[index] ?? []) {
      const done = statement.run(row as unknown[]).changes
      if (done === 0 && !mayChangeNothing) throw new Error('a row wrote nothing')
      changes += done
    }
  })
  return changes
}
