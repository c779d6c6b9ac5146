import assert from 'node:assert/strict'
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { describingAdapter } from '#prisma/describing-adapter.ts'
import { applyMissing, sqlTowardsSchema } from '#prisma/schema-engine.ts'
import { migratePostgres, postgresMigrations } from '#server/store/postgres/migrate.ts'
import { ask, dropDatabase, newDatabase } from '#tests/helpers/postgres.ts'

const schemaFolder = path.dirname(postgresMigrations)

/** An empty database, and a folder with the migrations and more of them. */
async function scratch(more: Record<string, string> = {}) {
  const database = await newDatabase()
  const folder = mkdtempSync(path.join(tmpdir(), 'passline-migrations-'))
  const migrations = path.join(folder, 'migrations')
  cpSync(postgresMigrations, migrations, { recursive: true })
  for (const [name, sql] of Object.entries(more)) {
    mkdirSync(path.join(migrations, name))
    writeFileSync(path.join(migrations, name, 'migration.sql'), sql)
  }
  return {
    url: database.url,
    migrations,
    [Symbol.asyncDispose]: async () => {
      await dropDatabase(database)
      rmSync(folder, { recursive: true })
    },
  }
}

const tablesOf = async (url: string) =>
  (await ask(url, `SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`)).map((row) =>
    String(row.tablename),
  )

test('the migrations for PostgreSQL lead to the tables that models.prisma describes', async () => {
  await using place = await scratch()
  const adapter = describingAdapter(place.url)
  assert.doesNotMatch(await sqlTowardsSchema(schemaFolder, adapter), /empty migration/, 'it finds what is missing')
  await migratePostgres(place.url, postgresMigrations)
  assert.match(await sqlTowardsSchema(schemaFolder, adapter), /empty migration/)
})

test('what grows without end at PostgreSQL has 64 bits', async () => {
  await using place = await scratch()
  await migratePostgres(place.url, postgresMigrations)
  const columns = await ask(
    place.url,
    `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
      WHERE data_type = 'bigint' AND table_schema = 'public' ORDER BY name`,
  )
  const names = columns.map(({ name }) => name)
  for (const name of ['changes.id', 'receipts.id', 'refusals.id', 'forgetting.receipts_to'])
    assert.ok(names.includes(name))
})

test('at PostgreSQL Prisma’s own engine finds nothing to apply after ours, and ours nothing after Prisma’s', async () => {
  await using ours = await scratch()
  await migratePostgres(ours.url, postgresMigrations)
  assert.deepEqual(await applyMissing(schemaFolder, describingAdapter(ours.url)), [])
  await using theirs = await scratch()
  assert.notDeepEqual(await applyMissing(schemaFolder, describingAdapter(theirs.url)), [])
  assert.deepEqual(await migratePostgres(theirs.url, postgresMigrations), [])
})

test('of servers that start at once one migrates, and all find the same', async () => {
  await using place = await scratch()
  const applied = await Promise.all(Array.from({ length: 4 }, () => migratePostgres(place.url, postgresMigrations)))
  const all = applied.flat()
  assert.ok(all.length > 0)
  assert.equal(new Set(all).size, all.length, 'each was applied once')
})

test('at PostgreSQL a migration that fails leaves nothing of itself, and the ones before it', async () => {
  const name = '29990101000000_broken'
  await using place = await scratch({ [name]: 'CREATE TABLE half (id INTEGER); INSERT INTO nowhere VALUES (1);' })
  await assert.rejects(migratePostgres(place.url, place.migrations), /nowhere/)
  const tables = await tablesOf(place.url)
  assert.ok(tables.includes('orders') && !tables.includes('half'))
  writeFileSync(path.join(place.migrations, name, 'migration.sql'), 'CREATE TABLE half (id INTEGER);')
  assert.deepEqual(await migratePostgres(place.url, place.migrations), [name])
})

test('at PostgreSQL a migration that was edited is refused by name, and so is a newer database', async () => {
  const name = '29990101000000_more'
  await using place = await scratch({ [name]: 'CREATE TABLE more (id INTEGER);' })
  await migratePostgres(place.url, place.migrations)
  await assert.rejects(
    migratePostgres(place.url, postgresMigrations),
    /newer migration than this Passline: 29990101000000_more/,
  )
  appendFileSync(path.join(place.migrations, name, 'migration.sql'), '\n-- and a word')
  await assert.rejects(
    migratePostgres(place.url, place.migrations),
    /29990101000000_more was edited after it was applied/,
  )
})

test('who may not make tables can start on a database that is migrated', async () => {
  await using place = await scratch()
  await migratePostgres(place.url, postgresMigrations)
  const role = `reader_${Date.now()}`
  await ask(place.url, `CREATE ROLE ${role} LOGIN`)
  try {
    await ask(place.url, 'REVOKE CREATE ON SCHEMA public FROM PUBLIC')
    await ask(place.url, `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`)
    const own = new URL(place.url)
    own.username = role
    assert.deepEqual(await migratePostgres(own.href, postgresMigrations), [])
    await assert.rejects(ask(own.href, 'CREATE TABLE nothing (id INTEGER)'), /permission denied/)
  } finally {
    await ask(place.url, `DROP OWNED BY ${role}`)
    await ask(place.url, `DROP ROLE ${role}`)
  }
})
