/**
 * The embedded database: one file, one writing client whose only user is the writer, one read-only client.
 *
 * The adapter locks transactions, not plain queries: another request's query would run inside whatever transaction
 * is open on its client, and die with its rollback. So nothing but the writer ever touches the writing client.
 */
import { statfsSync, statSync } from 'node:fs'
import path from 'node:path'
import { PrismaClient } from '#prisma/generated/sqlite/client.ts'
import type { Client } from '../database.ts'
import { SqliteAdapter } from './adapter.ts'

/** A wait for a lock blocks every screen: keep it short, and try again without blocking. */
const busyTimeoutMs = 100

/**
 * How many pages the log grows to before they are copied into the file: 16 MiB. A page that is written again and
 * again is copied once, so a longer log costs less in all, and holds commits up for longer at a time.
 */
const checkpointPages = 4_096

export function sqliteAdapter(file: string, options: { readonly?: boolean } = {}): SqliteAdapter {
  return new SqliteAdapter({ url: `file:${file}`, timeout: busyTimeoutMs, ...options })
}

/** Settings that hold for a connection, and those that hold for the file once its first table exists. */
export const filePragmas = 'PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;'

/**
 * A client that writes. What it promises is read back: WAL, and FULL synchronisation at each commit.
 * @throws when the file cannot be opened, or does not keep its promises
 */
export async function openWriter(file: string): Promise<Client> {
  const client = new PrismaClient({ adapter: sqliteAdapter(file) })
  try {
    await client.$queryRawUnsafe('PRAGMA journal_mode = WAL')
    await client.$executeRawUnsafe('PRAGMA synchronous = FULL')
    await client.$queryRawUnsafe('PRAGMA secure_delete = ON')
    await client.$queryRawUnsafe(`PRAGMA wal_autocheckpoint = ${checkpointPages}`)
    const [journal] = await client.$queryRawUnsafe<{ journal_mode: string }[]>('PRAGMA journal_mode')
    const [synchronous] = await client.$queryRawUnsafe<{ synchronous: bigint }[]>('PRAGMA synchronous')
    if (journal?.journal_mode !== 'wal' || Number(synchronous?.synchronous) !== 2) {
      throw new Error(`the database at ${file} does not offer write-ahead logging with full synchronisation`)
    }
    return client
  } catch (error) {
    await client.$disconnect()
    throw error
  }
}

/** A client that cannot write, for everybody but the writer. */
export function openReader(file: string): Client {
  return new PrismaClient({ adapter: sqliteAdapter(file, { readonly: true }) })
}

/** Which file stands at this path: as long as it is the same, commits go to it. */
export function fileIdentity(file: string): string {
  const { dev, ino } = statSync(file)
  return `${dev}:${ino}`
}

/** What is free on the disk of this file; unknown is enough. */
export function freeBytes(file: string): number {
  try {
    const { bavail, bsize } = statfsSync(path.dirname(file))
    return bavail * bsize
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
