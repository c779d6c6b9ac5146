/**
 * The whole database as one file. It is copied by the process that is asked for it, never by the server: in a
 * write-ahead log a reader holds up nobody, and neither the event loop nor the writing thread has a part in it. Until
 * the copy is done the log only grows.
 */
import { randomUUID } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import Database from 'better-sqlite3'

export type Backup = { file: string; bytes: number; changes: number }

/** Another process may be mending the log that a killed server left. */
const busyTimeoutMs = 5_000

/**
 * Copies a database, as it is at one moment, to a new file: for its owner alone, checked, and on disk when it gets its
 * name.
 * @throws when `from` is no database of Passline or is damaged, or `to` exists or cannot be written
 */
export function backUp(from: string, to: string): Backup {
  if (existsSync(to)) throw new Error(`${to} exists already`)
  const partial = `${to}.partial-${randomUUID().slice(0, 8)}`
  try {
    copyDatabase(from, partial)
    const changes = countChanges(partial)
    flush(partial)
    if (existsSync(to)) throw new Error(`${to} exists already`)
    renameSync(partial, to)
    flush(path.dirname(to))
    return { file: to, bytes: statSync(to).size, changes }
  } finally {
    removeDatabase(partial)
  }
}

/** Copies without what was freed, and without a log beside it. @param to does not exist */
export function copyDatabase(from: string, to: string): void {
  // SQLite takes an empty file, which is for its owner alone from its beginning.
  closeSync(openSync(to, 'wx', 0o600))
  reading(from, (database) => database.prepare('VACUUM INTO ?').run(to))
}

/**
 * Reads the whole of a database.
 * @returns how many changes it holds
 * @throws when it is no database of Passline, or is damaged
 */
export function countChanges(file: string): number {
  return reading(file, (database) => {
    const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE name IN ('_prisma_migrations', 'changes')`)
    if (tables.all().length < 2) throw new Error(`${file} is no database of Passline`)
    const found = database.pragma('integrity_check', { simple: true })
    if (found !== 'ok') throw new Error(`${file} is damaged: ${found}`)
    return Number(database.prepare('SELECT count(*) FROM changes').pluck().get())
  })
}

function reading<Result>(file: string, read: (database: Database.Database) => Result): Result {
  if (!existsSync(file)) throw new Error(`there is no ${file}`)
  try {
    const database = new Database(file, { readonly: true, timeout: busyTimeoutMs })
    try {
      return read(database)
    } finally {
      database.close()
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'SQLITE_NOTADB') throw new Error(`${file} is no database of Passline`)
    if (code === 'SQLITE_CORRUPT') throw new Error(`${file} is damaged`)
    throw error
  }
}

/** Waits until a file, or what stands in a folder, is on disk. */
export function flush(place: string): void {
  const descriptor = openSync(place, 'r')
  fsyncSync(descriptor)
  closeSync(descriptor)
}

/** Removes a database and what SQLite keeps beside it; there may be none. */
export function removeDatabase(file: string): void {
  for (const rest of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${rest}`, { force: true })
}
