import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { applyMissing, sqlTowardsSchema } from '#prisma/schema-engine.ts'
import { noRows } from '#server/store/batch-rows.ts'
import { boardQueries, createBoards } from '#server/store/boards.ts'
import { openReader, openWriter, sqliteAdapter } from '#server/store/sqlite/connection.ts'
import { migrate, migrationsFolder } from '#server/store/sqlite/migrate.ts'
import { sqliteSql } from '#server/store/sqlite/sql.ts'
import { writeRows } from '#server/store/sqlite/transaction.ts'
import { run } from '#tests/helpers/program.ts'
import { countsOf, stored } from '#tests/helpers/stored.ts'
import { testServer } from '#tests/helpers/test-server.ts'
import { updated } from '#tests/helpers/webhooks.ts'

/** A folder of its own, with a path for a database file in it. */
function scratch() {
  const folder = mkdtempSync(path.join(tmpdir(), 'passline-store-'))
  return {
    folder,
    file: path.join(folder, 'passline.db'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

test('the writing connection keeps a write-ahead log, synchronises fully, and overwrites what it deletes', async () => {
  using place = scratch()
  await migrate(place.file, migrationsFolder)
  const client = await openWriter(place.file)
  const pragma = async (name: string) => {
    const [row] = await client.$queryRawUnsafe<Record<string, unknown>[]>(`PRAGMA ${name}`)
    return String(Object.values(row ?? {})[0])
  }
  assert.equal(await pragma('journal_mode'), 'wal')
  assert.equal(await pragma('synchronous'), '2')
  assert.equal(await pragma('secure_delete'), '1')
  assert.equal(await pragma('auto_vacuum'), '2')
  await client.$disconnect()
})

test('the rows of a batch are written whole or not at all', async () => {
  using place = scratch()
  await migrate(place.file, migrationsFolder)
  const client = await openWriter(place.file)
  const rows = noRows()
  rows.receipts.push(['2026-01-01T00:00:00.000Z', 'c', 'order.updated', 'north', 'one', 'changed', 1, '{}'])
  // No such location: its row writes nothing.
  rows.locations.push([1, 0, null, 'north', 0])
  await assert.rejects(writeRows(client, rows), /a row wrote nothing/)
  assert.deepEqual(stored(place.file, 'SELECT * FROM receipts'), [])
  rows.locations.pop()
  await writeRows(client, rows)
  assert.equal(countsOf(place.file).receipts, 1)
  await client.$disconnect()
})

test('a database that offers no write-ahead log is not written to', async () => {
  await assert.rejects(openWriter(':memory:'), /write-ahead logging with full synchronisation/)
})

test('the migrations lead to the tables that models.prisma describes', async () => {
  using place = scratch()
  await migrate(place.file, migrationsFolder)
  const schemaFolder = path.resolve('prisma/sqlite')
  assert.match(await sqlTowardsSchema(schemaFolder, sqliteAdapter(place.file)), /empty migration/)
})

test('Prisma’s own engine finds nothing to apply after ours, and ours nothing after Prisma’s', async () => {
  using place = scratch()
  await migrate(place.file, migrationsFolder)
  const schemaFolder = path.resolve('prisma/sqlite')
  assert.deepEqual(await applyMissing(schemaFolder, sqliteAdapter(place.file)), [])
  const other = path.join(place.folder, 'other.db')
  assert.notDeepEqual(await applyMissing(schemaFolder, sqliteAdapter(other)), [])
  // The engine keeps its file open, and locked, until the process ends.
  const copy = path.join(place.folder, 'copy.db')
  cpSync(other, copy)
  assert.deepEqual(await migrate(copy, migrationsFolder), [])
})

test('migrating twice changes nothing', async () => {
  using place = scratch()
  const first = await migrate(place.file, migrationsFolder)
  assert.ok(first.length > 0)
  const tables = () => stored(place.file, 'SELECT name, sql FROM sqlite_schema ORDER BY name')
  const rows = () => stored(place.file, 'SELECT * FROM _prisma_migrations')
  const before = [tables(), rows()]
  assert.deepEqual(await migrate(place.file, migrationsFolder), [])
  assert.deepEqual([tables(), rows()], before)
})

/** The migrations, and more of them. */
function withMigrations(folder: string, more: Record<string, string>): string {
  const migrations = path.join(folder, 'migrations')
  cpSync(migrationsFolder, migrations, { recursive: true })
  for (const [name, sql] of Object.entries(more)) {
    mkdirSync(path.join(migrations, name), { recursive: true })
    writeFileSync(path.join(migrations, name, 'migration.sql'), sql)
  }
  return migrations
}

test('a migration that was edited after it was applied is refused by name', async () => {
  using place = scratch()
  const migrations = withMigrations(place.folder, { '29990101000000_more': 'CREATE TABLE more (id INTEGER);' })
  await migrate(place.file, migrations)
  appendFileSync(path.join(migrations, '29990101000000_more', 'migration.sql'), '\n-- and a word')
  await assert.rejects(migrate(place.file, migrations), /29990101000000_more was edited after it was applied/)
})

test('the database of a newer Passline is refused by the name of what it knows', async () => {
  using place = scratch()
  const migrations = withMigrations(place.folder, { '29990101000000_more': 'CREATE TABLE more (id INTEGER);' })
  await migrate(place.file, migrations)
  await assert.rejects(migrate(place.file, migrationsFolder), /newer migration than this Passline: 29990101000000_more/)
})

test('a migration that fails leaves nothing of itself, and the ones before it', async () => {
  using place = scratch()
  const name = '29990101000000_broken'
  const migrations = withMigrations(place.folder, {
    [name]: 'CREATE TABLE half (id INTEGER); INSERT INTO nowhere VALUES (1);',
  })
  await assert.rejects(migrate(place.file, migrations), /nowhere|TableDoesNotExist/)
  assert.deepEqual(stored(place.file, `SELECT name FROM sqlite_schema WHERE name = 'half'`), [])
  writeFileSync(path.join(migrations, name, 'migration.sql'), 'CREATE TABLE half (id INTEGER);')
  assert.deepEqual(await migrate(place.file, migrations), [name])
})

test('a kill in the middle of a migration leaves it not begun, and the next start applies it', async () => {
  using place = scratch()
  const [first, second] = ['29990101000000_first', '29990101000001_second']
  const long = `CREATE TABLE second (n INTEGER);
    INSERT INTO second WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < 300000000) SELECT n FROM up;`
  const migrations = withMigrations(place.folder, { [first]: 'CREATE TABLE first (n INTEGER);', [second]: long })
  const script = `import { migrate, migrationsFolder } from '#server/store/sqlite/migrate.ts'
    await migrate(${JSON.stringify(place.file)}, ${JSON.stringify(migrations)})`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { stdio: 'inherit' })
  const exited = once(child, 'exit')
  const applied = () => {
    try {
      return stored(place.file, 'SELECT migration_name FROM _prisma_migrations').map((row) => row.migration_name)
    } catch {
      return []
    }
  }
  while (!applied().includes(first)) {
    assert.equal(child.exitCode, null, 'the migration ended before it was killed')
    await new Promise((resolve) => setImmediate(resolve))
  }
  child.kill('SIGKILL')
  assert.deepEqual(await exited, [null, 'SIGKILL'])
  assert.ok(!applied().includes(second))
  writeFileSync(path.join(migrations, second, 'migration.sql'), 'CREATE TABLE second (n INTEGER);')
  assert.deepEqual(await migrate(place.file, migrations), [second])
  assert.deepEqual(stored(place.file, 'SELECT * FROM second'), [])
})

test('orders of before forgetting are looked at from when they were first seen', async () => {
  using place = scratch()
  const migrations = path.join(place.folder, 'migrations')
  cpSync(migrationsFolder, migrations, { recursive: true })
  rmSync(path.join(migrations, '20261126173736_forgetting'), { recursive: true })
  await migrate(place.file, migrations)
  const database = new Database(place.file)
  database.exec(`INSERT INTO orders (location_id, id, seq, first_seen_at, facts)
    VALUES ('north', 'one', 1, '2026-01-01T00:00:00.000Z', '{"note":"Ring","assignments":[{"id":1,"here":{"at":1,"by":"counter","note":"blue Kia"}}]}')`)
  database.close()
  await migrate(place.file, migrationsFolder)
  const [order] = stored(place.file, 'SELECT first_seen_at, forget_from FROM orders')
  assert.deepEqual({ ...order }, { first_seen_at: '2026-01-01T00:00:00.000Z', forget_from: '2026-01-01T00:00:00.000Z' })
  const reader = openReader(place.file)
  const read = await createBoards(reader, sqliteSql).order('north', 'one')
  assert.deepEqual([read?.note, read?.assignments[0]?.here?.note], ['Ring', 'blue Kia'])
  await reader.$disconnect()
})

test('nothing is said to be stored once the database file is gone', async () => {
  await using server = await testServer()
  await server.post(updated('north', 'one'))
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${server.databaseFile}${suffix}`, { force: true })
  const { status, json } = await server.post(updated('north', 'two'))
  assert.equal(status, 503)
  assert.equal((json as { error: { code: string } }).error.code, 'not_stored')
  assert.notEqual(server.passline.store.writer.failure(), null)
})

test('nothing is said to be stored in a file that was put in the place of ours', async () => {
  await using server = await testServer()
  await server.post(updated('north', 'one'))
  const other = `${server.databaseFile}.other`
  await migrate(other, migrationsFolder)
  rmSync(server.databaseFile)
  cpSync(other, server.databaseFile)
  assert.equal((await server.post(updated('north', 'two'))).status, 503)
})

test('a second Passline on the same database is refused, and the first goes on', async () => {
  await using server = await testServer()
  const environment = { PORT: '0', HOST: '127.0.0.1', DATABASE_URL: `file:${server.databaseFile}` }
  const { code, stderr } = await run('main', [], environment)
  assert.equal(code, 1)
  assert.match(stderr, /another Passline has the database open: .*passline\.db/)
  assert.equal((await server.post(updated('north', 'one'))).status, 200)
})

test('a snapshot, and what changed above a cursor, cost by the board and not by its past', async () => {
  using place = scratch()
  await migrate(place.file, migrationsFolder)
  for (const [name, sql] of Object.entries(boardQueries(sqliteSql))) {
    const parameters = Array.from(sql.matchAll(/\?/g), () => 1)
    const plan = stored(place.file, `EXPLAIN QUERY PLAN ${sql}`, ...parameters).map((row) => String(row.detail))
    const orders = plan.filter((step) => /\borders\b/.test(step))
    assert.ok(orders.length > 0, name)
    for (const step of orders) assert.match(step, /^SEARCH orders USING INDEX orders_location_id_left_seq_idx /, name)
    assert.deepEqual(
      plan.filter((step) => /^SCAN (?!o\b)/.test(step)),
      [],
      name,
    )
  }
})
