/** The two databases as tests see them, so that one suite holds for both. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { migratePostgres, postgresMigrations } from '#server/store/postgres/migrate.ts'
import { postgresSql } from '#server/store/postgres/sql.ts'
import type { Sql } from '#server/store/sql.ts'
import { sqliteSql } from '#server/store/sqlite/sql.ts'
import { ask, dropDatabase, newDatabase, openSession } from './postgres.ts'
import { holdLock, type Row, stored } from './stored.ts'

export type TestDatabase = AsyncDisposable & {
  /** Of a server on this database. */
  settings: Record<string, string>
  /** What is told differently here. */
  sql: Sql
  /** The rows of a query, with a `?` for each parameter, read on a connection of its own. */
  rows: (sql: string, ...parameters: unknown[]) => Promise<Row[]>
  /** The names of its tables. */
  tables: () => Promise<string[]>
  /** Holds what every write of updates needs, from another connection. */
  holdLock: () => Promise<{ release: () => Promise<void> }>
}

export async function sqliteDatabase(): Promise<TestDatabase> {
  const folder = mkdtempSync(path.join(tmpdir(), 'passline-database-'))
  const file = path.join(folder, 'passline.db')
  const rows = async (sql: string, ...parameters: unknown[]) => stored(file, sql, ...parameters)
  return {
    settings: { DATABASE_URL: `file:${file}` },
    sql: sqliteSql,
    rows,
    tables: async () =>
      (await rows(`SELECT name FROM sqlite_schema WHERE type = 'table'`)).map(({ name }) => String(name)),
    holdLock: async () => {
      const lock = holdLock(file)
      return {
        release: async () => {
          lock.release()
        },
      }
    },
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** @param serverUrl of a server of its own; else of the one that all tests of this process share */
export async function postgresDatabase(serverUrl?: string): Promise<TestDatabase & { url: string }> {
  const database = await newDatabase(serverUrl)
  const folder = mkdtempSync(path.join(tmpdir(), 'passline-database-'))
  const { url } = database
  const rows = (sql: string, ...parameters: unknown[]) => ask(url, postgresSql.statement(sql), ...parameters)
  return {
    url,
    settings: { DATABASE_URL: url, PASSLINE_DATA_FOLDER: folder },
    sql: postgresSql,
    rows,
    tables: async () =>
      (await rows(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`)).map((row) => String(row.tablename)),
    holdLock: async () => {
      const session = await openSession(url)
      await session.query('BEGIN')
      await session.query('LOCK TABLE locations IN EXCLUSIVE MODE')
      return { release: () => session.end() }
    },
    [Symbol.asyncDispose]: async () => {
      await dropDatabase(database)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** With the tables of this version, and no server on it. */
export async function migratedPostgres() {
  const place = await postgresDatabase()
  await migratePostgres(place.url, postgresMigrations)
  return place
}
