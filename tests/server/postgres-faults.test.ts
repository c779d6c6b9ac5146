/** What becomes of updates when the PostgreSQL server, or the way to it, does not do its work. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import type { PrivatePostgres } from '#prisma/private-postgres.ts'
import { assertPromises, connect, drop } from '#server/store/postgres/connection.ts'
import { commitProxy } from '#tests/helpers/commit-proxy.ts'
import { postgresDatabase } from '#tests/helpers/databases.ts'
import { memoryDisk } from '#tests/helpers/disk.ts'
import { ask, openSession, privateServer } from '#tests/helpers/postgres.ts'
import { follow } from '#tests/helpers/screens.ts'
import { send } from '#tests/helpers/send.ts'
import { type TestServer, testServer } from '#tests/helpers/test-server.ts'
import { updated } from '#tests/helpers/webhooks.ts'
import { assertSequencesIn, readContents } from '#tests/helpers/whole.ts'

/** A server of these tests alone, which waits for its disk at each commit. */
let postgres: PrivatePostgres
before(async () => {
  postgres = await privateServer()
  // The first server of a process loads its pages, which holds up the loop for longer than a sender waits.
  await using _first = await testServer()
})
after(() => postgres.remove())

/** Two seconds, and what a busy machine takes to send and to hear. */
const toldWithinMs = 3_000

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

/** Posts an update that cannot be stored: it is told so in time, and health says it. */
async function assertTellsInTime(server: TestServer, order: string): Promise<void> {
  const startedAt = performance.now()
  const { status, headers } = await server.post(updated('north', order))
  const tookMs = performance.now() - startedAt
  assert.equal(status, 503)
  assert.equal(headers.get('retry-after'), '1')
  assert.ok(tookMs < toldWithinMs, `told after ${Math.round(tookMs)} ms`)
  while (server.passline.store.writer.failure() === null) await nextTurn()
  const health = (await send(server.url, { method: 'GET', path: '/api/health' })).text
  assert.match(health, /failingSince/)
  assert.equal((await send(server.url, { method: 'GET', path: '/api/ready' })).status, 503)
}

/** Nobody sends: the server finds out by itself that the fault has ended. */
async function assertResumes(server: TestServer, order: string, seq: number): Promise<void> {
  while (server.passline.store.writer.failure() !== null) await nextTurn()
  assert.deepEqual((await server.post(updated('north', order))).json, { outcome: 'changed', seq })
}

test('a database server that is away is told of within two seconds, and work resumes when it is back', async () => {
  await using place = await postgresDatabase(postgres.url)
  await using server = await testServer({ settings: place.settings })
  assert.equal((await server.post(updated('north', 'one'))).status, 200)
  await postgres.halt()
  await assertTellsInTime(server, 'two')
  await postgres.start()
  await assertResumes(server, 'two', 2)
  assertSequencesIn(await readContents(place))
})

test('what was answered is there after a crash of a database server that would not wait for its disk by itself', async () => {
  // What is not flushed at a commit stays in its memory for ten seconds, and is lost with it.
  const own = await privateServer({ synchronous_commit: 'off', wal_writer_delay: '10s' })
  try {
    await using place = await postgresDatabase(own.url)
    await using server = await testServer({ settings: place.settings })
    for (let seq = 1; seq <= 3; seq += 1) {
      assert.deepEqual((await server.post(updated('north', `order ${seq}`))).json, { outcome: 'changed', seq })
      await own.halt()
      await own.start()
      assert.equal((await readContents(place)).receipts.length, seq)
    }
  } finally {
    await own.remove()
  }
})

test('a database server that hangs is told of within two seconds, and work resumes when it goes on', async () => {
  await using place = await postgresDatabase(postgres.url)
  await using server = await testServer({ settings: place.settings })
  assert.equal((await server.post(updated('north', 'one'))).status, 200)
  const processes = processesOf(postgres.pid())
  for (const pid of processes) process.kill(pid, 'SIGSTOP')
  try {
    await assertTellsInTime(server, 'two')
  } finally {
    for (const pid of processes) process.kill(pid, 'SIGCONT')
  }
  while (server.passline.store.writer.failure() !== null) await nextTurn()
  // What was sent before it hung may be stored after all: then it is a repeat.
  const { json } = await server.post(updated('north', 'two'))
  assert.equal((json as { seq: number }).seq, 2)
  assertSequencesIn(await readContents(place))
})

/** A process and those that it made. */
function processesOf(pid: number): number[] {
  const parentOf = (process: string) => {
    try {
      return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${process}/status`, 'utf8'))?.[1])
    } catch {
      return 0
    }
  }
  return [
    pid,
    ...readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
      .map(Number),
  ]
}

test('a database that can only be read is told of, and work resumes when it can be written', async () => {
  await using place = await postgresDatabase(postgres.url)
  await using server = await testServer({ settings: place.settings })
  assert.equal((await server.post(updated('north', 'one'))).status, 200)
  const name = new URL(place.url).pathname.slice(1)
  const set = async (value: string) => {
    const session = await openSession(postgres.url)
    await session.query(`ALTER DATABASE ${name} SET default_transaction_read_only = ${value}`)
    await session.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, [name])
    await session.end()
  }
  await set('on')
  await assertTellsInTime(server, 'two')
  await set('off')
  await assertResumes(server, 'two', 2)
})

test('a disk of the database server that is full is told of, and work resumes when there is room', async () => {
  using disk = memoryDisk(192)
  const small = { max_wal_size: '32MB', min_wal_size: '32MB', shared_buffers: '16MB', autovacuum: 'off' }
  const own = await privateServer(small, disk.folder)
  try {
    await using place = await postgresDatabase(own.url)
    await using server = await testServer({ settings: place.settings })
    assert.equal((await server.post(updated('north', 'one'))).status, 200)
    // By another process: here it would hold up the server, too.
    const filling = spawn('sh', ['-c', 'cat /dev/zero >"$0"', path.join(disk.folder, 'filler')], { stdio: 'ignore' })
    await once(filling, 'exit')
    try {
      // What it has in hand lasts for a while: words that cannot be made shorter use it up.
      const words = () => ({ padding: randomBytes(48_000).toString('base64') })
      let number = 0
      while ((await server.post(updated('north', `large ${number}`, words()))).status === 200) number += 1
      const failure = server.passline.store.writer.failure()
      assert.match(failure?.reason ?? 'none', /No space left on device/)
    } finally {
      // Nothing could be removed either.
      disk.empty()
    }
    while (server.passline.store.writer.failure() !== null) await nextTurn()
    assert.equal((await server.post(updated('north', 'two'))).status, 200)
    assertSequencesIn(await readContents(place))
  } finally {
    await own.remove()
  }
})

test('connections that are ended while nothing is under way are not noticed', async () => {
  await using place = await postgresDatabase(postgres.url)
  await using server = await testServer({ settings: place.settings })
  for (let seq = 1; seq <= 3; seq += 1) {
    assert.deepEqual((await server.post(updated('north', `order ${seq}`))).json, { outcome: 'changed', seq })
    const [ended] = await ask(
      place.url,
      `SELECT count(pg_terminate_backend(pid)) AS count FROM pg_stat_activity
        WHERE application_name = 'passline' AND datname = current_database()`,
    )
    assert.ok(Number(ended?.count) > 0)
    assert.equal((await server.passline.store.boards.allOnBoard()).length, seq)
  }
  assert.equal(server.passline.store.writer.failure(), null)
})

test('a connection that is ended within its transaction leaves nothing of it, and the update is stored once', async () => {
  await using place = await postgresDatabase(postgres.url)
  await using server = await testServer({ settings: place.settings })
  await server.post(updated('north', 'one'))
  const lock = await place.holdLock()
  const posted = server.post(updated('north', 'two'))
  const waits = `SELECT count(pg_terminate_backend(pid)) AS count FROM pg_stat_activity
    WHERE application_name = 'passline' AND datname = current_database() AND wait_event_type = 'Lock'`
  while (Number((await ask(place.url, waits))[0]?.count) === 0) await nextTurn()
  await lock.release()
  assert.deepEqual((await posted).json, { outcome: 'changed', seq: 2 })
  const contents = await readContents(place)
  assertSequencesIn(contents)
  assert.equal(contents.receipts.length, 2)
})

for (const when of ['before', 'after'] as const) {
  test(`a line that breaks ${when} a commit: the update is stored once, answered and published`, async () => {
    await using place = await postgresDatabase(postgres.url)
    await using proxy = await commitProxy(place.url)
    await using server = await testServer({ settings: { ...place.settings, DATABASE_URL: proxy.url } })
    await server.post(updated('north', 'one'))
    const { socket } = await server.screen('kitchen', ['north'])
    await follow(socket)
    const told = new Promise<{ seq: number }>((resolve) => socket.once('change', resolve))
    proxy.breakNext(when)
    assert.deepEqual((await server.post(updated('north', 'two'))).json, { outcome: 'changed', seq: 2 })
    assert.equal(proxy.broken(), 1)
    assert.equal((await told).seq, 2)
    assert.equal(server.passline.store.writer.failure(), null)
    const contents = await readContents(place)
    assertSequencesIn(contents)
    assert.deepEqual(
      contents.receipts.map(({ order_id }) => order_id),
      ['one', 'two'],
    )
  })
}

test('a commit of which the server cannot be asked for a while is published when it can', async () => {
  await using place = await postgresDatabase(postgres.url)
  await using proxy = await commitProxy(place.url)
  await using server = await testServer({ settings: { ...place.settings, DATABASE_URL: proxy.url } })
  await server.post(updated('north', 'one'))
  const { socket } = await server.screen('kitchen', ['north'])
  await follow(socket)
  const told = new Promise<{ seq: number }>((resolve) => socket.once('change', resolve))
  proxy.breakNext('after')
  proxy.refuse(true)
  await assertTellsInTime(server, 'two')
  assert.equal(proxy.broken(), 1)
  proxy.refuse(false)
  assert.equal((await told).seq, 2)
  while (server.passline.store.writer.failure() !== null) await nextTurn()
  assert.deepEqual((await server.post(updated('north', 'two'))).json, { outcome: 'repeated', seq: 2 })
  assertSequencesIn(await readContents(place))
})

test('another write that waits for a lock for too long is told so in words, and the next one is done', async () => {
  await using place = await postgresDatabase(postgres.url)
  await using server = await testServer({ settings: place.settings })
  const { locations } = server.passline.store
  const lock = await place.holdLock()
  await assert.rejects(locations.set('north', { name: 'North' }), /the database is busy: another session holds a lock/)
  await lock.release()
  await locations.set('north', { name: 'North' })
  assert.equal((await server.passline.store.boards.locations())[0]?.name, 'North')
})

test('other writes that are in each other’s way are all done', async () => {
  await using place = await postgresDatabase(postgres.url)
  await using one = await testServer({ settings: place.settings })
  await one.post(updated('north', 'one'))
  const folder = path.join(place.settings.PASSLINE_DATA_FOLDER ?? '', 'other')
  await using other = await testServer({ settings: { ...place.settings, PASSLINE_DATA_FOLDER: folder } })
  const names = Array.from({ length: 20 }, (_, index) => index)
  await Promise.all(
    names.flatMap((index) => [
      one.passline.store.locations.set('north', { prepTimeMinutes: index }),
      other.passline.store.locations.set('north', { name: `North ${index}` }),
    ]),
  )
  const [north] = await one.passline.store.boards.locations()
  assert.deepEqual([north?.name, north?.prepTimeMinutes], ['North 19', 19])
})

test('a server that does not wait for its disk at each commit is refused, and ours are made to wait', async () => {
  await using place = await postgresDatabase(postgres.url)
  const session = await openSession(place.url)
  await assertPromises(session)
  await session.query('SET synchronous_commit = off')
  await assert.rejects(assertPromises(session), /synchronous_commit is off, and must be on/)
  await session.query(`ALTER DATABASE ${new URL(place.url).pathname.slice(1)} SET synchronous_commit = off`)
  await session.end()
  const connection = await connect(place.url, 'batches')
  await assertPromises(connection)
  drop(connection)
})
