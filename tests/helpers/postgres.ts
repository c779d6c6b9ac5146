/**
 * PostgreSQL for tests: the server that TEST_POSTGRES_URL names, else a private one, whose programs are installed if they
 * are missing. One for each test process; each test has a database of its own.
 */
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { startPostgres } from '#prisma/private-postgres.ts'
import { ensurePostgres } from '#tests/debian.mjs'
import type { Row } from './stored.ts'

let server: Promise<string> | undefined

/** The address of a server where databases may be made. */
function serverUrl(): Promise<string> {
  const given = process.env.TEST_POSTGRES_URL
  // Tests of what survives a fault have a server of their own, which waits for its disk.
  server ??= given
    ? Promise.resolve(given)
    : privateServer({ fsync: 'off', max_connections: '200' }).then(({ url }) => url)
  return server
}

/** A server of its own for a test that does something to it. */
export async function privateServer(settings: Record<string, string> = {}, place?: string) {
  ensurePostgres()
  return startPostgres(settings, place)
}

export type NewDatabase = { url: string; name: string; at: string }

/** A new database at a server; without one, at the one that all tests of this process share. */
export async function newDatabase(server?: string): Promise<NewDatabase> {
  const at = server ?? (await serverUrl())
  const name = `passline_${randomUUID().replaceAll('-', '')}`
  await ask(at, `CREATE DATABASE ${name}`)
  const own = new URL(at)
  own.pathname = `/${name}`
  return { url: own.href, name, at }
}

/** Removes such a database, whoever is connected to it. */
export async function dropDatabase({ at, name }: NewDatabase): Promise<void> {
  await ask(at, `DROP DATABASE ${name} WITH (FORCE)`)
}

/** Asks on a connection of its own. */
export async function ask(url: string, sql: string, ...parameters: unknown[]): Promise<Row[]> {
  const client = await openSession(url)
  try {
    return (await client.query<Row>(sql, parameters)).rows
  } finally {
    await client.end()
  }
}

/** Another session at the database. */
export async function openSession(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  // Tests end connections in every way.
  client.on('error', () => {})
  await client.connect()
  return client
}
