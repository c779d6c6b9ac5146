import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { decide } from '#domain/decide.ts'
import type { StatusUpdate } from '#domain/order-update.ts'
import { applyMissing, sqlTowardsSchema } from '#prisma/schema-engine.ts'
import { noRows } from '#server/store/batch-rows.ts'
import { boardQueries, createBoards } from '#server/store/boards.ts'
import { openReader, openWriter, sqliteAdapter } from '#server/store/sqlite/connection.ts'
import { migrate, migrationsFolder } from '#server/store/sqlite/migrate.ts'
import { sqliteSql } from '#server/store/sqlite/sql.ts'
import { writeRows } from '#server/store/sqlite/transaction.ts'
import type { Job } from '#server/store/writer.ts'
import { run } from '#tests/helpers/program.ts'
import { send } from '#tests/helpers/send.ts'
import { countsOf, holdLock, stored } from '#tests/helpers/stored.ts'
import { type TestServer, testServer } from '#tests/helpers/test-server.ts'
import { created, driverArrived, updated } from '#tests/helpers/webhooks.ts'
import { assertSequences } from '#tests/helpers/whole.ts'

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

test('what belongs to people stands in their own rows and raw bodies alone', async () => {
  await using server = await testServer()
  const people = {
    customer: 'Zelda Customerly',
    second: 'Yorick Guestly',
    phone: '+15550001111',
    driver: 'Xaver Driverly',
    driverPhone: '+15550002222',
    driverCode: '990017',
    photo: 'https://photos.example/xaver.jpg',
    plate: 'PLT-7788',
    passcode: 'QX-5519',
    handoff: 'Ring at the blue door of Wanda',
    nextDriver: 'Vivian Nextly',
    note: 'For Ulla Noteworthy',
  }
  const announced = await server.post(
    created('north', 'key-1', {
      customers: [
        { id: 'c1', name: people.customer, phone: people.phone },
        { id: 'c2', name: people.second },
      ],
      special_instructions: people.note,
      line_items: [{ provider_id: 'tea', name: 'Tea', quantity: 1, customer_id: 'c2' }],
    }),
  )
  const { order } = announced.json as { order: { provider_id: string } }
  const details = {
    source: 'uber',
    name: people.driver,
    phone: { number: people.driverPhone, code: people.driverCode },
    picture_url: people.photo,
    vehicle_info: { make: 'Fiat', model: 'Panda', color: 'red', license_plate: people.plate },
    handoff_instructions: people.handoff,
    passcode: people.passcode,
  }
  const { socket, token } = await server.screen('counter', ['north'])
  await server.post(driverArrived('north', order.provider_id, { driver_details: details }))
  await act(server, token, `north/orders/${order.provider_id}/hand-over`, {
    actionId: 'a',
    seenSeq: 2,
    passcode: people.passcode,
  })
  await server.post(updated('north', order.provider_id, { delivery_status: 'failed_to_pickup' }))
  await server.post(
    driverArrived('north', order.provider_id, { driver_details: { ...details, name: people.nextDriver } }),
  )
  await server.post(driverArrived('north', order.provider_id, { driver_details: [people.driver] }))
  socket.disconnect()

  const found = new Map<string, Set<string>>()
  const tables = stored(server.databaseFile, `SELECT name FROM sqlite_schema WHERE type = 'table'`).map((row) =>
    String(row.name),
  )
  for (const table of tables) {
    for (const row of stored(server.databaseFile, `SELECT * FROM "${table}"`)) {
      for (const [column, value] of Object.entries(row)) {
        const text = Buffer.isBuffer(value) ? value.toString() : String(value)
        for (const [who, word] of Object.entries(people)) {
          if (text.includes(word)) found.set(who, (found.get(who) ?? new Set()).add(`${table}.${column}`))
        }
      }
    }
  }
  const allowed = new Set(['assignments.said', 'customers.name', 'customers.phone', 'receipts.body', 'refusals.body'])
  for (const [who, columns] of found) {
    assert.deepEqual(
      [...columns].filter((column) => !allowed.has(column)),
      [],
      who,
    )
  }
  assert.deepEqual([...found.keys()].sort(), Object.keys(people).sort(), 'every one of them was kept somewhere')
})

async function act(server: TestServer, token: string, place: string, body: unknown) {
  const response = await fetch(`${server.url}/api/locations/${place}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  assert.equal(response.status, 200, await response.text())
}

test('many concurrent updates of few orders leave no gap, a right head and a right checksum', async () => {
  await using server = await testServer()
  const steps = [
    'pending',
    'enroute_to_pickup',
    'arrived_at_pickup',
    'enroute_to_dropoff',
    'arrived_at_dropoff',
    'completed',
  ]
  const posts = Array.from({ length: 300 }, (_, index) =>
    server.post(
      updated(`location ${index % 3}`, `order ${index % 7}`, {
        status: `word ${(index * 7) % 11}`,
        delivery_status: steps[(index * 5) % steps.length],
      }),
    ),
  )
  const answers = (await Promise.all(posts)).map(({ status, json }) => {
    assert.equal(status, 200)
    return json as { outcome: string; seq: number }
  })
  assertSequences(server.databaseFile)
  const { receipts, changes } = countsOf(server.databaseFile)
  assert.equal(receipts, 300)
  assert.equal(changes, answers.filter(({ outcome }) => outcome === 'changed').length)
  assert.ok(changes > 21)
})

const said: StatusUpdate = {
  type: 'order.updated',
  locationId: '',
  orderId: '',
  status: 'in_progress',
  deliveryStatus: undefined,
  driver: undefined,
}

/** A job that hears a status of an order; `spoil` may break what it leaves behind. */
function jobOf(
  locationId: string,
  orderId: string,
  status: string,
  spoil: (order: object) => object = (order) => order,
): Job<number> {
  const at = Date.UTC(2026, 0, 1)
  return {
    about: { locationId, orderId },
    at,
    bytes: 100,
    isWebhook: true,
    decide: ({ order, moment }) => {
      const decision = decide(order, { ...said, locationId, orderId, status }, moment)
      if (decision.outcome !== 'changed') return { step: { kind: 'unchanged' }, answer: decision.order.seq }
      const changed = spoil(decision.order) as typeof decision.order
      return { step: { kind: 'changed', order: changed, by: 'stream', facts: {} }, answer: changed.seq }
    },
  }
}

test('ids of two orders of one batch never run into each other', async () => {
  await using server = await testServer()
  const { writer, boards } = server.passline.store
  const jobs = [jobOf('a', 'b\nc', 'one'), jobOf('a\nb', 'c', 'two')]
  const recorded = await Promise.all(jobs.map((job) => writer.record(job)))
  assert.deepEqual(recorded, [
    { kind: 'stored', answer: 1 },
    { kind: 'stored', answer: 1 },
  ])
  assert.equal((await boards.order('a', 'b\nc'))?.status, 'one')
  assert.equal((await boards.order('a\nb', 'c'))?.status, 'two')
})

test('one job that the database refuses, and one that fails by itself, do not fail the others of their batch', async () => {
  await using server = await testServer()
  const { writer } = server.passline.store
  const refused = jobOf('north', 'bad', 'x', (order) => ({ ...order, id: null }))
  const surprised = jobOf('north', 'worse', 'x', () => {
    throw new Error('a surprise')
  })
  const jobs = [jobOf('north', 'one', 'x'), refused, jobOf('north', 'two', 'x'), surprised, jobOf('south', 'one', 'x')]
  const recorded = await Promise.all(jobs.map((job) => writer.record(job)))
  assert.deepEqual(
    recorded.map(({ kind }) => kind),
    ['stored', 'not-stored', 'stored', 'not-stored', 'stored'],
  )
  assert.equal(writer.failure(), null)
  assert.deepEqual((await server.post(updated('north', 'three'))).json, { outcome: 'changed', seq: 3 })
  assertSequences(server.databaseFile)
})

test('a batch is decided in the order of receipt, each job on what the one before it left', async () => {
  await using server = await testServer()
  const { writer } = server.passline.store
  const statuses = ['a', 'b', 'b', 'c', 'a']
  const recorded = await Promise.all(statuses.map((status) => writer.record(jobOf('north', 'one', status))))
  assert.deepEqual(
    recorded.map((one) => one.kind === 'stored' && one.answer),
    [1, 2, 2, 3, 4],
  )
  assert.equal((await server.passline.store.boards.order('north', 'one'))?.status, 'a')
  assertSequences(server.databaseFile)
})

test('a lock that is held too long fails what waits and nothing that comes after', async () => {
  await using server = await testServer()
  const { writer } = server.passline.store
  assert.equal((await server.post(updated('north', 'one'))).status, 200)
  const { socket } = await server.screen('kitchen', ['north'])
  const beat = { n: 1, positions: {}, painted: {}, hidden: 0, sound: 'on', build: '' } as const
  const storing = async () => {
    const answer = await socket.emitWithAck('beat', beat)
    return 'error' in answer ? answer : answer.storing
  }
  const readiness = async () => (await send(server.url, { method: 'GET', path: '/api/ready' })).status
  assert.equal(await storing(), true)
  assert.equal(await readiness(), 200)

  const lock = holdLock(server.databaseFile)
  const startedAt = Date.now()
  const refused = await Promise.all([server.post(updated('north', 'two')), server.post(created('north', 'key-1'))])
  for (const { status, headers, json } of refused) {
    assert.equal(status, 503)
    assert.equal(headers.get('retry-after'), '1')
    assert.equal((json as { error: { code: string } }).error.code, 'not_stored')
  }
  assert.ok('posValidation' in (refused[1].json as object))
  const since = writer.failure()?.since ?? 0
  assert.ok(since >= startedAt && since <= Date.now())
  assert.deepEqual(await storing(), { failingSince: new Date(since).toISOString() })
  assert.equal(await readiness(), 503)
  lock.release()

  // Nobody sends: the server finds out by itself.
  while (writer.failure() !== null) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(await storing(), true)
  assert.equal(await readiness(), 200)
  assert.deepEqual((await server.post(updated('north', 'two'))).json, { outcome: 'changed', seq: 2 })
  assertSequences(server.databaseFile)
})

test('a lock that is held for a moment only makes an update wait', async () => {
  await using server = await testServer()
  await server.post(updated('north', 'one'))
  const lock = holdLock(server.databaseFile)
  const posted = server.post(updated('north', 'two'))
  // Others are answered while the writer waits: a lock never blocks the process for long.
  assert.equal((await send(server.url, { method: 'GET', path: '/api/health' })).status, 200)
  lock.release()
  assert.deepEqual((await posted).json, { outcome: 'changed', seq: 2 })
  assert.equal(server.passline.store.writer.failure(), null)
})

test('a commit that was tried again and again is stored once', async () => {
  await using server = await testServer()
  await server.post(updated('north', 'one'))
  for (let round = 0; round < 3; round += 1) {
    const lock = holdLock(server.databaseFile)
    const posts = Array.from({ length: 10 }, (_, index) => server.post(updated('north', `${round}/${index}`)))
    await send(server.url, { method: 'GET', path: '/api/health' })
    lock.release()
    for (const { status, json } of await Promise.all(posts)) {
      assert.deepEqual([status, (json as { outcome: string }).outcome], [200, 'changed'])
    }
  }
  assert.deepEqual(countsOf(server.databaseFile), { receipts: 31, refusals: 0, orders: 31, changes: 31 })
  assertSequences(server.databaseFile)
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
