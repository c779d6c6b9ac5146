/** From the embedded database to PostgreSQL: every row arrives as it was, or none does; and work goes on there. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import type { Snapshot } from '#domain/board.ts'
import type { OrderView } from '#domain/order-view.ts'
import { simulate } from '#domain/simulation/simulation.ts'
import { move } from '#server/store/move.ts'
import { migratePostgres, postgresMigrations } from '#server/store/postgres/migrate.ts'
import { migrate, migrationsFolder } from '#server/store/sqlite/migrate.ts'
import { type Browser, browser, goodPassword, passwordLinkOf, signedIn, totp } from '#tests/helpers/browser.ts'
import { commitProxy } from '#tests/helpers/commit-proxy.ts'
import { postgresDatabase } from '#tests/helpers/databases.ts'
import { driverOf, guestsOrder } from '#tests/helpers/people.ts'
import { ask, openSession } from '#tests/helpers/postgres.ts'
import { freePort } from '#tests/helpers/process.ts'
import { dataFolder, run, startProgram } from '#tests/helpers/program.ts'
import {
  assertSameRows,
  fillEmptyTables,
  postgresColumns,
  readSqlite,
  sqliteColumns,
  tablesWithRows,
} from '#tests/helpers/same-rows.ts'
import { act, beat, readLocation } from '#tests/helpers/screens.ts'
import { send } from '#tests/helpers/send.ts'
import { serverProcess } from '#tests/helpers/server-process.ts'
import { stored } from '#tests/helpers/stored.ts'
import { type TestServer, testServer } from '#tests/helpers/test-server.ts'
import { updated } from '#tests/helpers/webhooks.ts'

const hour = 3_600_000
const places = ['north', 'south']
const owner = { role: 'owner', locations: [] } as const
const olive = 'olive@example.com'
const mia = 'mia@example.com'

/** About servers that run: not moved. */
const left = new Set(['leases'])

const total = (counts: Record<string, number>) => Object.values(counts).reduce((sum, count) => sum + count, 0)

/** A migrated database file with a little in it, and the settings of a command that finds it. */
async function smallDatabase() {
  const data = dataFolder()
  const { databaseFile } = data
  mkdirSync(path.dirname(databaseFile))
  await migrate(databaseFile, migrationsFolder)
  const change = (sql: string) => new Database(databaseFile).exec(sql).close()
  fillEmptyTables(databaseFile)
  return { ...data, change }
}

/** What a command says that must fail. */
async function refusal(environment: Record<string, string>, ...parameters: string[]): Promise<string> {
  const { code, stdout, stderr } = await run('passline', ['move', ...parameters], environment)
  assert.deepEqual([code, stdout], [1, ''], stderr)
  return stderr
}

async function boardOf(server: { url: string }, token: string, place: string): Promise<Snapshot<OrderView>> {
  const { status, json } = await readLocation(server, token, place)
  assert.equal(status, 200)
  return json as Snapshot<OrderView>
}

/** Boards without what each start makes anew. */
async function boardsOf(server: { url: string }, token: string) {
  const boards = await Promise.all(places.map((place) => boardOf(server, token, place)))
  return boards.map(({ epoch: _epoch, serverTime: _serverTime, ...board }) => board)
}

function signedPost(server: { url: string }, secret: string, order: string) {
  const body = JSON.stringify(updated('north', order))
  const signature = createHmac('sha256', secret).update(body).digest('hex')
  const headers = { 'content-type': 'application/json', 'stream-webhook-signature': signature }
  return send(server.url, { body, headers })
}

/** A browser of before, at another address. */
function sameBrowser(before: Browser, url: string): Browser {
  const own = browser(url)
  for (const [name, value] of before.cookies) own.cookies.set(name, value)
  return own
}

/** A day and more of two locations: everything that a server writes, by itself. */
async function busyServer() {
  let at = Date.now() - 29 * hour
  const server = await testServer({ now: () => at })
  const { passline } = server
  let count = 0
  for (const { body } of simulate({ seed: 7, locations: places, startAt: at, ordersPerMinute: 2 })) {
    await server.post(body)
    count += 1
    if (count === 300) break
  }
  await server.post(guestsOrder('forgotten', '111aaa').body)
  await passline.stop()
  at += 25 * hour
  await server.restart()
  const again = server.passline
  const turn = async () => {
    at += hour
    await again.live.usualGaps.turn()
  }
  await turn()
  await server.post(updated('north', 'yesterday'))
  await turn()
  at = Date.now()
  await again.sweeper.sweepAll()
  await again.forgetting.forgetAll()
  await inTheEnd(server)
  return server
}

/** What is there when the server is moved. */
async function inTheEnd(server: TestServer): Promise<void> {
  const own = await signedIn(server, olive, owner)
  await signedIn(server, mia, { role: 'manager', locations: ['north'] })
  await passwordLinkOf(server, mia)
  const { driver_details } = driverOf('222bbb')
  await server.post(guestsOrder('kept', '333ccc').body)
  await server.post(updated('north', 'kept', { delivery_status: 'enroute_to_pickup', driver_details }))
  await server.post(updated('south', 'noodles 🍜', { status: 'ready_for_pickup' }))
  await server.post(updated('north', 'done', { status: 'completed', driver_details }))
  await server.post(updated('north', 'done', { status: 'completed', delivery_status: 'delivered', driver_details }))
  for (const [command, given] of [
    ['location/set', { id: 'north', name: 'Núñez “North” 🍜', openingHours: '{"mon":[["11:00","23:30"]]}' }],
    ['order/hold', { locations: ['north'], order: 'kept' }],
  ] as const) {
    assert.equal((await own.post(`/api/manage/${command}`, given)).status, 200, command)
  }
  const screen = await server.screen('kitchen', places)
  const { gap } = (await beat(screen.socket)).locations.north ?? {}
  assert.ok(gap)
  const seen = { path: `/api/locations/north/gaps/${gap.id}/seen`, body: '{}' }
  const headers = { authorization: `Bearer ${screen.token}`, 'content-type': 'application/json' }
  assert.equal((await send(server.url, { ...seen, headers })).status, 200)
  const bumped = await act(server, screen.token, ['south', 'noodles 🍜', 'handed-over'], { actionId: 'a1', seenSeq: 1 })
  assert.ok(bumped.status < 500, bumped.text)
  const refused = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' }
  for (const body of [Buffer.from([0x7b, 0x00, 0xff, 0x5c]), '{"type":"order.updated","object":{"a":"\\u0000"}}']) {
    assert.equal((await send(server.url, { headers: refused, body })).status, 400)
  }
}

test('both databases have the same tables with the same columns, and each of them is moved', async () => {
  using source = await smallDatabase()
  await using place = await postgresDatabase()
  await migratePostgres(place.url, postgresMigrations)
  const named = (columns: { table: string; column: string }[]) =>
    columns.map(({ table, column }) => `${table}.${column}`)
  assert.deepEqual(named(sqliteColumns(source.databaseFile)), named(await postgresColumns(place.url)))
  const { tables } = await move(source.databaseFile, place.url)
  const all = [...new Set(sqliteColumns(source.databaseFile).map(({ table }) => table))]
  assert.deepEqual(
    Object.keys(tables).sort(),
    all.filter((name) => !left.has(name)),
  )
  assert.deepEqual([...new Set(Object.values(tables))], [1])
  assert.deepEqual(
    await assertSameRows(source.databaseFile, place.url, left),
    Object.fromEntries(all.map((name) => [name, left.has(name) ? 0 : 1])),
  )
})

test('every row arrives as it was, and a server on the new database goes on with all of it', async () => {
  await using place = await postgresDatabase()
  await using before = await busyServer()
  const { databaseFile } = before
  const { store } = before.passline
  const second = await signedIn(before, 'second@example.com', owner)
  const begun = await second.post('/api/manager/begin-second-factor', { password: goodPassword })
  const uri = String(begun.json.uri)
  const code = totp(uri, Date.now() - 30_000)
  assert.equal((await second.post('/api/manager/confirm-second-factor', { code })).status, 200)
  await store.credentials.add('South', ['south'])
  const { signingSecret } = await store.credentials.addSigning('Stream', [])
  assert.equal((await signedPost(before, signingSecret, 'signed')).status, 200)
  const screen = await store.screens.add({ name: 'Kitchen', role: 'kitchen', locations: places })
  const boards = await boardsOf(before, screen.token)
  await before.passline.stop()
  fillEmptyTables(databaseFile)

  const { rows, tables } = await move(databaseFile, place.url)
  const counts = await assertSameRows(databaseFile, place.url, left)
  const moved = Object.fromEntries(Object.entries(counts).filter(([table]) => !left.has(table)))
  assert.deepEqual([rows, Object.fromEntries(Object.entries(tables).sort())], [total(moved), moved])
  for (const [table, count] of Object.entries(moved)) assert.ok(count > 0, table)
  assert.ok((counts.changes ?? 0) > 100 && (counts.order_holds ?? 0) === 1 && (counts.refusals ?? 0) === 2)

  await using after = await testServer({
    settings: { DATABASE_URL: place.url, PASSLINE_DATA_FOLDER: path.dirname(databaseFile) },
  })
  assert.deepEqual(await boardsOf(after, screen.token), boards)
  const repeated = await signedPost(after, signingSecret, 'signed')
  assert.match(repeated.text, /"outcome":"repeated"/)
  const headers = { authorization: `Bearer ${before.token}` }
  const { json } = await after.post(updated('north', 'the next one'), headers)
  assert.deepEqual(json, { outcome: 'changed', seq: (boards[0]?.seq ?? 0) + 1 })
  for (const table of ['receipts', 'changes', 'audit_entries']) {
    const ids = (await ask(place.url, `SELECT id FROM ${table} ORDER BY id DESC LIMIT 3`)).map(({ id }) => Number(id))
    const [last] = stored(databaseFile, `SELECT max(id) AS id FROM ${table}`)
    const added = ids.filter((id) => id > Number(last?.id))
    assert.deepEqual(
      added,
      added.map((_, index) => Number(last?.id) + added.length - index),
      table,
    )
    if (table !== 'audit_entries') assert.ok(added.length > 0, table)
  }
  assert.equal((await sameBrowser(second, after.url).post('/api/manage/screen/list')).status, 200)
  const own = browser(after.url)
  assert.equal((await own.post('/api/manager/sign-in', { email: mia, password: goodPassword })).status, 200)
  const next = browser(after.url)
  await next.post('/api/manager/sign-in', { email: 'second@example.com', password: goodPassword })
  assert.equal((await next.post('/api/manager/second-step', { code: totp(uri) })).status, 200)
  const exported = await next.post('/api/manage/order/export', { locations: ['north'], order: 'kept' })
  assert.match(JSON.stringify(exported.json), /Zaphod 222bbb/)
})

test('values at their limits arrive as they were, and numbers go on after the highest that was given', async () => {
  using source = await smallDatabase()
  await using place = await postgresDatabase()
  const highest = 2n ** 53n + 1n
  const texts = [
    '',
    '"',
    '\\',
    '\\u0000',
    '\\x41',
    '{"a":"\\u0000"}',
    'null',
    'a\nb\u2028c',
    '🍜\u{10ffff}',
    "it's",
    '{}',
  ]
  const database = new Database(source.databaseFile)
  const receipt = database.prepare(
    `INSERT INTO receipts (id, at, credential_id, type, outcome, seq, body) VALUES (?, ?, 'c', ?, 'ignored', ?, ?)`,
  )
  receipt.run(highest, '2026-02-28T23:59:59.999Z', 'order', null, null)
  texts.forEach((text, index) => {
    receipt.run(100 + index, '2026-10-25T01:30:00.001+00:00', text, -2_147_483_648, text)
  })
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
  for (const [id, body] of [
    [2n ** 62n, bytes],
    [2n ** 62n + 1n, Buffer.alloc(0)],
    [2n ** 62n + 2n, null],
  ] as const) {
    database
      .prepare(`INSERT INTO refusals VALUES (?, '2026-01-01T00:00:00.000Z', 'c', 'r', 'x', '{"error":{}}', ?)`)
      .run(id, body)
  }
  const usual = database.prepare('INSERT INTO usual_hours (location_id, hour, webhooks) VALUES (?, ?, ?)')
  ;[0.1 + 0.2, 25.999999999999996, 7, -0.5].forEach((webhooks, index) => {
    usual.run('north', index, webhooks)
  })
  database.exec(`INSERT INTO audit_entries (id, at, "by", action, about)
    VALUES (500, '2026-01-01T00:00:00.000Z', 'x', 'x', '{}'); DELETE FROM audit_entries WHERE id = 500`)
  // What Litestream keeps in the file is nobody else's.
  database.exec('CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)')
  database.close()
  await move(source.databaseFile, place.url)
  await assertSameRows(source.databaseFile, place.url, left)
  const next = async (table: string) => {
    const rows = await ask(place.url, `SELECT nextval(pg_get_serial_sequence('${table}', 'id')) AS id`)
    return rows[0]?.id
  }
  assert.deepEqual(
    [await next('receipts'), await next('changes'), await next('audit_entries')],
    [String(highest + 1n), '2', '501'],
  )
})

test('many rows are moved with little memory', async () => {
  using source = await smallDatabase()
  await using place = await postgresDatabase()
  const count = 60_000
  source.change(`WITH RECURSIVE numbers (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n <= ${count})
    INSERT INTO receipts (id, at, credential_id, type, outcome, body)
      SELECT n, '2026-01-01T00:00:00.000Z', 'c', 'order.updated', 'ignored', hex(zeroblob(1000)) FROM numbers`)
  const { code, stdout, stderr } = await run('passline', ['move', place.url, '--json'], {
    ...source.environment,
    NODE_OPTIONS: '--max-old-space-size=48',
  })
  assert.deepEqual([code, stderr], [0, ''])
  assert.equal((JSON.parse(stdout) as { tables: Record<string, number> }).tables.receipts, count + 1)
})

test('a database that holds anything is refused, as is one that is none; the file stays as it is', async () => {
  using source = await smallDatabase()
  const before = readSqlite(source.databaseFile)
  await using place = await postgresDatabase()
  await migratePostgres(place.url, postgresMigrations)
  await ask(place.url, `INSERT INTO presence VALUES (1, now())`)
  assert.equal(
    await refusal(source.environment, place.url),
    'the new database must be empty, and holds rows already (presence): nothing was moved\n',
  )
  assert.deepEqual(await tablesWithRows(place.url), ['presence'])
  const nobody = `postgres://127.0.0.1:${await freePort()}/passline`
  assert.match(await refusal(source.environment, nobody), /^the new database cannot be used: connect ECONNREFUSED/)
  assert.match(await refusal({ ...source.environment, DATABASE_URL: place.url }, place.url), /is from the embedded/)
  assert.deepEqual(readSqlite(source.databaseFile), before)

  using nothing = dataFolder()
  assert.match(await refusal(nothing.environment, place.url), /^there is no .*passline\.db\n$/)
  assert.ok(!existsSync(path.dirname(nothing.databaseFile)))
  for (const wrong of [[], ['data.db'], ['file:other.db'], ['postgres://[/x'], [place.url, 'more']]) {
    assert.equal((await run('passline', ['move', ...wrong], source.environment)).code, 2, wrong.join(' '))
  }
})

test('what PostgreSQL cannot keep is named, and nothing is moved', async () => {
  using source = await smallDatabase()
  await using place = await postgresDatabase()
  const screen = (id: string, name: string, createdAt: string) =>
    source.change(`INSERT INTO screens (id, name, role, token_hash, every_location, created_at)
      VALUES ('${id}', ${name}, 'kitchen', '${id}', true, '${createdAt}')`)
  screen('scr_nul', `'a' || char(0) || 'b'`, '2026-01-01T00:00:00.000Z')
  assert.equal(
    await refusal(source.environment, place.url),
    'screens: name of the row "scr_nul" holds the character NUL, which PostgreSQL keeps in no text: nothing was moved\n',
  )
  source.change(`DELETE FROM screens WHERE id = 'scr_nul'`)
  screen('scr_far', `'a'`, '2026-01-01T00:00:00.000+02:00')
  assert.match(
    await refusal(source.environment, place.url),
    /screens: created_at of the row "scr_far" is a moment that is not in UTC: nothing was moved/,
  )
  source.change(`DELETE FROM screens WHERE id = 'scr_far'; CREATE TABLE notes (id INTEGER PRIMARY KEY)`)
  assert.equal(
    await refusal(source.environment, place.url),
    'the new database has no table notes with the same columns: nothing was moved\n',
  )
  assert.deepEqual(await tablesWithRows(place.url), [])
})

test('a connection that ends in the middle, or at the commit, leaves all of it there or nothing', async () => {
  using source = await smallDatabase()
  const { databaseFile } = source
  await using place = await postgresDatabase()
  await migratePostgres(place.url, postgresMigrations)
  await ask(
    place.url,
    `CREATE FUNCTION fall() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'`,
  )
  await ask(place.url, 'CREATE TRIGGER fall BEFORE INSERT ON words_after_end FOR EACH ROW EXECUTE FUNCTION fall()')
  await assert.rejects(move(databaseFile, place.url), /^Error: words_after_end: .*terminat.*: nothing was moved$/)
  assert.deepEqual(await tablesWithRows(place.url), [])
  await ask(place.url, 'DROP TRIGGER fall ON words_after_end')

  await using proxy = await commitProxy(place.url)
  proxy.breakNext('before')
  await assert.rejects(move(databaseFile, proxy.url), /at the very end: either everything was moved, or nothing/)
  assert.deepEqual(await tablesWithRows(place.url), [])
  proxy.breakNext('after')
  await assert.rejects(move(databaseFile, proxy.url), /at the very end: either everything was moved, or nothing/)
  await assertSameRows(databaseFile, place.url, left)
  await assert.rejects(move(databaseFile, place.url), /holds rows already/)
  assert.equal(proxy.broken(), 2)
})

test('a command that is killed in the middle leaves nothing, and works the second time', async () => {
  using source = await smallDatabase()
  await using place = await postgresDatabase()
  await migratePostgres(place.url, postgresMigrations)
  const before = readSqlite(source.databaseFile)
  await ask(
    place.url,
    `CREATE FUNCTION halt() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END'`,
  )
  await ask(place.url, 'CREATE TRIGGER halt BEFORE INSERT ON words_after_end FOR EACH ROW EXECUTE FUNCTION halt()')
  const session = await openSession(place.url)
  await session.query('SELECT pg_advisory_lock(1)')
  const sessions = async (state: string) => {
    const asked = `SELECT FROM pg_stat_activity WHERE application_name = 'passline' AND ${state} AND datname = current_database()`
    return (await session.query(asked)).rowCount
  }
  const moving = startProgram('passline', ['move', place.url], source.environment)
  while ((await sessions(`wait_event = 'advisory'`)) === 0);
  moving.child.kill('SIGKILL')
  await moving.ended
  await session.query('SELECT pg_advisory_unlock(1)')
  while ((await sessions('true')) !== 0);
  await session.end()
  assert.deepEqual(await tablesWithRows(place.url), [])
  assert.deepEqual(readSqlite(source.databaseFile), before)
  assert.equal((await run('passline', ['move', place.url], source.environment)).code, 0)
  await assertSameRows(source.databaseFile, place.url, left)
})

test('the command refuses beside a running server; without it the next one goes on with another address', async () => {
  await using place = await postgresDatabase()
  await using before = await serverProcess()
  const screen = await before.addScreen('kitchen', ...places)
  for (const location of places) await before.post(updated(location, 'one'))
  await assert.rejects(before.passline('move', place.url), /a server has the database open; stop it first/)
  const boards = await boardsOf(before, screen.token)
  await before.stop()
  const folder = path.dirname(before.databaseFile)
  const { rows, tables, next } = await before.passline('move', place.url)
  const counts = await assertSameRows(before.databaseFile, place.url, left)
  assert.deepEqual([rows, { ...(tables as object) }], [total(counts), tables])
  assert.ok(String(next).includes(`PASSLINE_DATA_FOLDER=${folder},`), String(next))
  await using after = await serverProcess({ DATABASE_URL: place.url, PASSLINE_DATA_FOLDER: folder })
  assert.deepEqual(await boardsOf(after, screen.token), boards)
  assert.equal((await after.post(updated('north', 'one'))).outcome, 'repeated')
  assert.deepEqual(await after.post(updated('north', 'two')), { outcome: 'changed', seq: 2 })
})
