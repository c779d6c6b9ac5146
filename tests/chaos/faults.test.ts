/**
 * Faults of the disk under a server that runs: senders are told 503 in time, health and screens say so, nothing is
 * half written, and service resumes by itself when the fault ends.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { renameSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { io } from 'socket.io-client'
import type { BeatAnswer } from '#domain/protocol.ts'
import { fileDisk, memoryDisk } from '#tests/helpers/disk.ts'
import { dataFolder, startServer } from '#tests/helpers/program.ts'
import { send } from '#tests/helpers/send.ts'
import { type ServerProcess, serverProcess } from '#tests/helpers/server-process.ts'
import { holdLock, stored } from '#tests/helpers/stored.ts'
import { created, updated } from '#tests/helpers/webhooks.ts'
import { assertWhole } from '#tests/helpers/whole.ts'

/** The promise is two seconds; a machine that is busy with other tests gets another one. */
const toldWithinMs = 3_000

/** A sender and a screen of a server. */
async function around(server: ServerProcess) {
  const url = server.url.replace('localhost', '127.0.0.1')
  const headers = { authorization: `Bearer ${server.token}` }
  const post = (body: unknown) => send(url, { headers, body: JSON.stringify(body) })
  const get = (place: string) => send(url, { method: 'GET', path: place })
  const screen = await server.addScreen('kitchen', 'north')
  const socket = io(url, { transports: ['websocket'], auth: { token: screen.token }, forceNew: true })
  const connected = new Promise<void>((resolve) => socket.once('connect', resolve))
  await connected
  await socket.emitWithAck('follow', {})
  const heard: number[] = []
  socket.on('change', ({ seq }) => heard.push(seq))
  /** When the fault that lasts was first met. */
  let metAt: number | null = null
  let beats = 0
  async function storing(): Promise<BeatAnswer['storing']> {
    beats += 1
    const beat = { n: beats, positions: {}, painted: {}, hidden: 0, sound: 'on', build: '' }
    return (await socket.emitWithAck('beat', beat)).storing
  }

  return {
    post,
    heard,
    /** From now on it may fail. */
    expectFault: () => {
      metAt = Date.now()
    },
    /** Each is told to come again, in time; then everybody says since when. */
    async assertFailing(...bodies: unknown[]): Promise<void> {
      const startedAt = Date.now()
      metAt ??= startedAt
      for (const { status, headers, text } of await Promise.all(bodies.map(post))) {
        assert.equal(status, 503, text)
        assert.equal(headers['retry-after'], '1')
      }
      const tookMs = Date.now() - startedAt
      assert.ok(tookMs < toldWithinMs, `told after ${tookMs} ms`)
      assert.equal((await get('/api/ready')).status, 503)
      const health = (await get('/api/health')).json as { alive: boolean; storing: { failingSince: string } }
      const since = Date.parse(health.storing.failingSince)
      assert.ok(health.alive && since >= metAt - 1 && since <= Date.now(), health.storing.failingSince)
      assert.deepEqual(await storing(), { failingSince: health.storing.failingSince })
    },
    /** Nobody sends: the server finds out by itself. */
    async resumed(): Promise<void> {
      while ((await storing()) !== true) await new Promise((resolve) => setImmediate(resolve))
      metAt = null
      assert.equal((await get('/api/ready')).status, 200)
    },
    async assertStored(...bodies: unknown[]): Promise<void> {
      for (const { status, text } of await Promise.all(bodies.map(post))) assert.equal(status, 200, text)
      assertWhole(server.databaseFile)
    },
    [Symbol.dispose]: () => {
      socket.disconnect()
    },
  }
}

const databaseIn = (folder: string) => ({
  DATABASE_URL: `file:${path.join(folder, 'data', 'passline.db')}`,
  LOG_LEVEL: 'fatal',
})

test('a full disk', async () => {
  using disk = memoryDisk(16)
  await using server = await serverProcess(databaseIn(disk.folder))
  using others = await around(server)
  await others.assertStored(updated('north', 'one'), created('north', 'key'))
  others.expectFault()
  disk.fill()
  // What the log had room for already may still be taken.
  for (;;) if ((await others.post(updated('north', 'filling', { status: `${Math.random()}` }))).status === 503) break
  await others.assertFailing(updated('north', 'two'), updated('south', 'one'), created('north', 'key-2'))
  const head = () => stored(server.databaseFile, `SELECT head FROM locations WHERE id = 'north'`)[0]?.head
  const before = head()
  await others.assertFailing(updated('north', 'three'))
  assert.equal(head(), before)
  disk.empty()
  await others.resumed()
  await others.assertStored(updated('north', 'two'), updated('south', 'one'), created('north', 'key-2'))
})

test('a disk that does not answer: what it keeps after all is published, and told as repeated', async () => {
  using disk = fileDisk(64)
  await using server = await serverProcess(databaseIn(disk.folder))
  using others = await around(server)
  await others.assertStored(updated('north', 'one'))
  disk.freeze()
  try {
    await others.assertFailing(updated('north', 'two'), updated('north', 'three'))
    await others.assertFailing(updated('north', 'four'))
  } finally {
    disk.thaw()
  }
  await others.resumed()
  const sent = await others.post(updated('north', 'two'))
  assert.equal((sent.json as { outcome: string }).outcome, 'repeated')
  await others.assertStored(updated('north', 'three'), updated('north', 'four'))
  const [location] = stored(server.databaseFile, 'SELECT head FROM locations')
  while (others.heard.length < Number(location?.head)) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(others.heard, [1, 2, 3, 4], 'every change was published, in order')
})

test('a disk that can only be read after an error of its own: nothing is lost, and a start on the mended disk goes on', async () => {
  using disk = fileDisk(64)
  await using server = await serverProcess(databaseIn(disk.folder))
  {
    using others = await around(server)
    await others.assertStored(updated('north', 'one'), updated('south', 'one'))
    disk.breakDown()
    await others.assertFailing(updated('north', 'two'), updated('north', 'three'))
  }
  await server.stop()
  disk.mend()
  await server.start()
  using others = await around(server)
  assertWhole(server.databaseFile)
  assert.deepEqual((await others.post(updated('north', 'two'))).json, { outcome: 'changed', seq: 2 })
  await others.assertStored(updated('north', 'three'))
})

test('a disk that can only be read is told at the start', async () => {
  using disk = memoryDisk(16)
  using data = dataFolder(databaseIn(disk.folder))
  const remount = (how: string) => assert.equal(spawnSync('mount', ['-o', `remount,${how}`, disk.folder]).status, 0)
  {
    await using _first = await startServer(data.environment)
  }
  remount('ro')
  await assert.rejects(
    startServer(data.environment),
    /the server ended with 1: Passline could not start: .*read-?only/i,
  )
  remount('rw')
  await using _again = await startServer(data.environment)
})

test('a database file that was taken away, and is put back', async () => {
  await using server = await serverProcess({ LOG_LEVEL: 'fatal' })
  using others = await around(server)
  await others.assertStored(updated('north', 'one'))
  const elsewhere = `${server.databaseFile}.elsewhere`
  renameSync(server.databaseFile, elsewhere)
  await others.assertFailing(updated('north', 'two'), updated('south', 'one'))
  renameSync(elsewhere, server.databaseFile)
  await others.resumed()
  await others.assertStored(updated('north', 'two'), updated('south', 'one'))
})

test('a database that another process has locked', async () => {
  await using server = await serverProcess({ LOG_LEVEL: 'fatal' })
  using others = await around(server)
  await others.assertStored(updated('north', 'one'))
  const lock = holdLock(server.databaseFile)
  // Those that come while the first ones wait do not wait in line for their own turn.
  const first = others.assertFailing(updated('north', 'two'), updated('north', 'three'))
  const more = Array.from({ length: 20 }, (_, number) => updated('north', `more ${number}`))
  await Promise.all([first, others.assertFailing(...more)])
  lock.release()
  await others.resumed()
  await others.assertStored(updated('north', 'two'), ...more)
})
