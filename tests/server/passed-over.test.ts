/** What becomes of updates of a location to which another server is writing, and of those that wait beside them. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { nextTurn } from '#server/next-turn.ts'
import { noLocations } from '#server/store/found.ts'
import type { WriteThread } from '#server/store/write-thread.ts'
import { postgresDatabase } from '#tests/helpers/databases.ts'
import { hears } from '#tests/helpers/hears.ts'
import { openSession } from '#tests/helpers/postgres.ts'
import { testServer } from '#tests/helpers/test-server.ts'
import { testWriter } from '#tests/helpers/test-writer.ts'
import { assertSequencesIn, readContents } from '#tests/helpers/whole.ts'

before(async () => {
  // The first server of a process loads its pages, which holds up the loop for longer than a sender waits.
  await using _first = await testServer()
})

const storedAs = (answer: number) => ({ kind: 'stored', answer })

/** A server on a database of its own that knows two locations, of which another session holds the first. */
async function oneHeld() {
  const place = await postgresDatabase()
  const server = await testServer({ settings: place.settings })
  const { writer } = server.passline.store
  for (const at of ['north', 'south'])
    assert.deepEqual(await writer.record(hears('first', 'a', 'order.updated', at)), storedAs(1))
  const session = await openSession(place.url)
  await session.query('BEGIN')
  await session.query(`SELECT FROM locations WHERE id = 'north' FOR NO KEY UPDATE`)
  const waits = `SELECT 1 AS one FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
  return {
    writer,
    record: (at: string, order: string) => writer.record(hears(order, 'a', 'order.updated', at)),
    /** Resolves when a batch waits for who holds it. */
    isWaitedFor: async () => {
      while ((await place.rows(waits)).length === 0) await nextTurn()
    },
    release: () => session.query('COMMIT'),
    contents: () => readContents(place),
    [Symbol.asyncDispose]: async () => {
      await session.end()
      await server[Symbol.asyncDispose]()
      await place[Symbol.asyncDispose]()
    },
  }
}

test('others are stored meanwhile, and who waits is stored in the order of sending when the location is free', async () => {
  await using place = await oneHeld()
  // Of one turn, and so of one batch.
  const north = ['one', 'two'].map((order) => place.record('north', order))
  assert.deepEqual(await place.record('south', 'one'), storedAs(2))
  north.push(place.record('north', 'three'))
  await place.isWaitedFor()
  await place.release()
  assert.deepEqual(await Promise.all(north), [2, 3, 4].map(storedAs))
  assert.equal(place.writer.failure(), null)
  assertSequencesIn(await place.contents())
})

test('a location that is held for longer than any batch takes does not hold up others, and is told of in time', async () => {
  await using place = await oneHeld()
  const startedAt = performance.now()
  const north = place.record('north', 'one')
  let south = 0
  let isTold = false
  const told = north.then(() => {
    isTold = true
  })
  while (!isTold) {
    south += 1
    assert.deepEqual(await place.record('south', `order ${south}`), storedAs(south + 1))
  }
  await told
  assert.deepEqual(await north, { kind: 'not-stored', reason: 'late' })
  assert.ok(performance.now() - startedAt < 3_000)
  assert.equal(place.writer.failure(), null, 'what the database is asked for, it does')
  await place.release()
  assert.deepEqual(await place.record('north', 'one'), storedAs(2))
  assertSequencesIn(await place.contents())
})

test('what was passed over four times is waited for: its turn comes, also where another server writes all the time', async () => {
  const awaited: string[][] = []
  const held = new Set(['north'])
  const passing = (thread: WriteThread): WriteThread => ({
    ...thread,
    transact: (wanted, until, chain, decide) => {
      awaited.push([...wanted.awaited])
      const passedOver = wanted.awaited.has('north') ? noLocations : held
      return thread.transact(wanted, until, chain, (found) => decide({ ...found, passedOver }))
    },
  })
  await using place = await testWriter(passing)
  const { writer, published } = place
  const recorded = ['one', 'two'].map((order) => writer.record(hears(order, 'a')))
  assert.deepEqual(await writer.record(hears('one', 'a', 'order.updated', 'south')), storedAs(1))
  recorded.push(writer.record(hears('one', 'b')))
  assert.deepEqual(await Promise.all(recorded), [1, 2, 3].map(storedAs))
  assert.deepEqual(awaited.slice(0, 5), [[], [], [], [], ['north']])
  assert.deepEqual(
    published.map(({ locationId, seq }) => [locationId, seq]),
    [
      ['south', 1],
      ['north', 1],
      ['north', 2],
      ['north', 3],
    ],
  )
})
