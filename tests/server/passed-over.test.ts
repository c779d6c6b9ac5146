/** What becomes of updates of a location to which another server is writing, and of those that wait beside them. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import Database from 'better-sqlite3'
import { nextTurn } from '#server/next-turn.ts'
import type { CommittedChange } from '#server/store/batch.ts'
import { noRows } from '#server/store/batch-rows.ts'
import { noLocations, type Wanted } from '#server/store/found.ts'
import { openBatchThread } from '#server/store/postgres/batch-thread.ts'
import { connect, drop } from '#server/store/postgres/connection.ts'
import { lockAndRead } from '#server/store/postgres/lock-and-read.ts'
import { createWrittenOrders } from '#server/store/postgres/written-orders.ts'
import { tellWithinMs } from '#server/store/queue.ts'
import type { WriteThread } from '#server/store/write-thread.ts'
import { migratedPostgres, postgresDatabase } from '#tests/helpers/databases.ts'
import { hears } from '#tests/helpers/hears.ts'
import { openSession } from '#tests/helpers/postgres.ts'
import { stored } from '#tests/helpers/stored.ts'
import { testServer } from '#tests/helpers/test-server.ts'
import { testWriter } from '#tests/helpers/test-writer.ts'
import { assertSequences, assertSequencesIn, readContents } from '#tests/helpers/whole.ts'

before(async () => {
  // The first server of a process loads its pages, which holds up the loop for longer than a sender waits.
  await using _first = await testServer()
})

/** A writer beside others, of which the wrapped thread makes believe. */
const writerBesideOthers = (wrap: (thread: WriteThread) => WriteThread) => testWriter(wrap, false)

const storedAs = (answer: number) => ({ kind: 'stored', answer })
const late = { kind: 'not-stored', reason: 'late' }

/** Who waits for a lock. */
const waiters = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`

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
  return {
    url: place.url,
    writer,
    record: (at: string, order: string) => writer.record(hears(order, 'a', 'order.updated', at)),
    /** Stops the server. */
    stop: () => server[Symbol.asyncDispose](),
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
  await place.release()
  assert.deepEqual(await Promise.all(north), [2, 3, 4].map(storedAs))
  assert.equal(place.writer.failure(), null)
  assertSequencesIn(await place.contents())
})

test('a location that is held for longer than any batch takes does not hold up others, and is told of in time', async () => {
  await using place = await oneHeld()
  const startedAt = performance.now()
  const north = ['one', 'two'].map((order) => place.record('north', order))
  let south = 1
  let isTold = false
  const told = Promise.all(north).then((answers) => {
    isTold = true
    return answers
  })
  while (!isTold) {
    south += 1
    assert.deepEqual(await place.record('south', `order ${south}`), storedAs(south))
  }
  assert.deepEqual(await told, [late, late])
  assert.ok(performance.now() - startedAt < 3_000)
  assert.equal(place.writer.failure(), null, 'what the database is asked for, it does')
  await place.release()
  assert.deepEqual(await place.record('north', 'three'), storedAs(2))
  const { receipts, ...rest } = await place.contents()
  const ofNorth = receipts.filter(({ location_id }) => location_id === 'north').map(({ order_id }) => order_id)
  assert.deepEqual(ofNorth, ['first', 'three'], 'what was told late is not stored later')
  assertSequencesIn({ receipts, ...rest })
})

test('a server that stops tells what it cannot store, and stops', async () => {
  await using place = await oneHeld()
  const north = place.record('north', 'one')
  const south = place.record('south', 'one')
  await place.stop()
  assert.deepEqual(await Promise.all([north, south]), [late, storedAs(2)])
})

test('a location that another server is making, and does not come to an end with, holds up no other', async () => {
  await using place = await oneHeld()
  const other = await connect(place.url, 'batches')
  await other.query('BEGIN')
  const wanted = { awaited: null, newLocationTimeZone: 'UTC', orders: [], actions: [] }
  await lockAndRead(other, { ...wanted, locations: [['new', 0]] }, createWrittenOrders())
  const recorded = ['new', 'south', 'another'].map((at) => place.record(at, 'one'))
  assert.deepEqual(await Promise.all(recorded), [late, storedAs(2), storedAs(1)])
  assert.equal(place.writer.failure(), null)
  await other.query('COMMIT')
  assert.deepEqual(await place.record('new', 'one'), storedAs(1))
  drop(other)
})

/** A batch thread on a database whose location north another session holds, and a batch of north and south for it. */
async function threadBesideNorth() {
  const place = await migratedPostgres()
  await place.rows(`INSERT INTO locations (id, time_zone, created_at) VALUES ('north', 'UTC', now())`)
  const session = await openSession(place.url)
  await session.query(`BEGIN; SELECT FROM locations WHERE id = 'north' FOR NO KEY UPDATE`)
  const thread = openBatchThread(place.url, async () => ({ kind: 'left' }))
  const wanted = {
    locations: ['north', 'south'].map((id) => [id, 0] as const),
    awaited: 'north',
    newLocationTimeZone: 'UTC',
    orders: [],
    actions: [],
  }
  return {
    url: place.url,
    session,
    /** @returns how it ended, and what it went without */
    transact: async (until: number) => {
      let passedOver: string[] = []
      const ended = await thread.transact(wanted, until, 0, (found) => {
        passedOver = [...found.passedOver]
        const rows = noRows()
        for (const { id } of found.locations) rows.locations.push([1, 0, '2026-01-01T12:00:00.000Z', id, 0])
        return { rows, orders: new Map() }
      })
      return { ended, passedOver }
    },
    [Symbol.asyncDispose]: async () => {
      await thread.close()
      await session.end()
      await place[Symbol.asyncDispose]()
    },
  }
}

test('what came late is stored though a location was waited for in vain', async () => {
  await using place = await threadBesideNorth()
  assert.deepEqual(await place.transact(Date.now()), { ended: { kind: 'committed' }, passedOver: ['north'] })
})

test('a batch whose connection is ended while it waits for a location is begun anew', async () => {
  await using place = await threadBesideNorth()
  const other = await openSession(place.url)
  let ended = place.transact(Date.now() + 1_500)
  for (;;) {
    const { rows } = await other.query<{ pid: number }>(waiters)
    if (rows[0]) {
      await other.query(`SELECT pg_terminate_backend(${rows[0].pid})`)
      break
    }
    // It waits for so short a time that we may miss it.
    if (await Promise.race([ended, nextTurn()])) ended = place.transact(Date.now() + 1_500)
  }
  await other.end()
  await place.session.query('COMMIT')
  assert.deepEqual(await ended, { ended: { kind: 'committed' }, passedOver: [] })
})

/** A thread that passes over north when asked to, for the transaction of this number, from 1. */
const passingNorth =
  (isHeld: (number: number, wanted: Wanted) => boolean) =>
  (thread: WriteThread): WriteThread => {
    let number = 0
    return {
      ...thread,
      transact: (wanted, until, chain, decide) => {
        number += 1
        const isNow = isHeld(number, wanted)
        return thread.transact(wanted, until, chain, (found) =>
          decide(isNow ? { ...found, passedOver: new Set(['north']) } : found),
        )
      },
    }
  }

const placeAndSeq = ({ locationId, seq }: CommittedChange) => [locationId, seq]

test('what is passed over is waited for when its turn comes, also where another server writes all the time', async () => {
  const awaited: (string | null)[] = []
  await using place = await writerBesideOthers(
    passingNorth((_, wanted) => {
      awaited.push(wanted.awaited)
      return wanted.awaited === null
    }),
  )
  const { writer, published } = place
  const recorded = ['one', 'two'].map((order) => writer.record(hears(order, 'a')))
  assert.deepEqual(await writer.record(hears('one', 'a', 'order.updated', 'south')), storedAs(1))
  recorded.push(writer.record(hears('one', 'b')))
  assert.deepEqual(await Promise.all(recorded), [1, 2, 3].map(storedAs))
  assert.deepEqual([awaited[0], awaited.at(-1)], [null, 'north'])
  const north = [1, 2, 3].map((seq) => ['north', seq])
  assert.deepEqual(published.map(placeAndSeq), [['south', 1], ...north])
})

test('of a batch that is refused, and tried one by one, what is passed over comes before what was sent after it', async () => {
  // The first is the batch; the second is its first update, alone.
  await using place = await writerBesideOthers(passingNorth((number) => number === 2))
  const { writer, file, published } = place
  const other = new Database(file)
  other.exec(`CREATE TRIGGER poisoned AFTER INSERT ON receipts WHEN NEW.type = 'poison'
    BEGIN SELECT RAISE(ABORT, 'constraint of a test'); END;`)
  other.close()
  const jobs = [
    hears('one', 'a'),
    hears('one', 'a', 'poison', 'south'),
    hears('one', 'b'),
    hears('two', 'a', 'order.updated', 'south'),
  ]
  const recorded = await Promise.all(jobs.map((job) => writer.record(job)))
  assert.deepEqual(recorded, [storedAs(1), { kind: 'not-stored', reason: 'refused' }, storedAs(2), storedAs(1)])
  assert.deepEqual(
    stored(file, `SELECT body FROM receipts WHERE location_id = 'north' ORDER BY id`).map(({ body }) => body),
    ['a', 'b'],
  )
  assert.equal(published.length, 3)
  assertSequences(file)
})

test('a transaction that is begun anew may find other locations held than it did before: the last time counts', async () => {
  const sets = [noLocations, new Set(['north'])]
  for (const [first, last] of [sets, sets.toReversed()] as [ReadonlySet<string>, ReadonlySet<string>][]) {
    let isFirst = true
    await using place = await writerBesideOthers((thread) => ({
      ...thread,
      transact: (wanted, until, chain, decide) =>
        thread.transact(wanted, until, chain, (found) => {
          if (!isFirst) return decide(found)
          isFirst = false
          decide({ ...found, passedOver: first })
          return decide({ ...found, passedOver: last })
        }),
    }))
    const { writer, published } = place
    const jobs = [hears('one', 'a'), hears('one', 'a', 'order.updated', 'south')]
    assert.deepEqual(await Promise.all(jobs.map((job) => writer.record(job))), [storedAs(1), storedAs(1)])
    const inOrder = last.size > 0 ? ['south', 'north'] : ['north', 'south']
    assert.deepEqual(
      published.map(({ locationId }) => locationId),
      inOrder,
    )
    assertSequences(place.file)
  }
})

test('where nothing can be had it is not tried all the time', async () => {
  let transactions = 0
  await using place = await writerBesideOthers(
    passingNorth(() => {
      transactions += 1
      return true
    }),
  )
  assert.deepEqual(await place.writer.record(hears('one', 'a')), late)
  assert.ok(transactions > 10 && transactions < 200, `${transactions} in ${tellWithinMs} ms`)
})

test('those of a refused batch that are still to be tried are told late as well, and not stored then', async () => {
  let release = () => {}
  const isReleased = new Promise<void>((resolve) => {
    release = resolve
  })
  await using place = await testWriter((thread) => ({
    ...thread,
    transact: async (wanted, until, chain, decide) => {
      if (wanted.orders.length > 1) return { kind: 'refused', reason: 'one of them' }
      const ended = await thread.transact(wanted, until, chain, decide)
      // The disk takes its time for the first of them.
      if (wanted.orders.some(([, id]) => id === 'one')) await isReleased
      return ended
    },
  }))
  const { writer, file } = place
  const jobs = ['one', 'two', 'three'].map((order) => writer.record(hears(order, 'a')))
  const answers = await Promise.all(jobs)
  release()
  assert.deepEqual(answers, [late, late, late])
  assert.deepEqual(await writer.record(hears('four', 'a')), storedAs(2))
  assert.deepEqual(
    stored(file, 'SELECT order_id FROM receipts ORDER BY id').map(({ order_id }) => order_id),
    ['one', 'four'],
  )
})
