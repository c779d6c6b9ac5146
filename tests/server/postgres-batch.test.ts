import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newOrder, type Order } from '#domain/order.ts'
import { createLog } from '#server/log.ts'
import { nextTurn } from '#server/next-turn.ts'
import { keyOf } from '#server/store/batch.ts'
import { addOrder, type BatchRows, noRows } from '#server/store/batch-rows.ts'
import { noLocations } from '#server/store/found.ts'
import { columnsOf, type WrittenTable } from '#server/store/postgres/batch-tables.ts'
import { openBatchThread } from '#server/store/postgres/batch-thread.ts'
import { followDatabaseClock } from '#server/store/postgres/clock.ts'
import { connect, drop } from '#server/store/postgres/connection.ts'
import { lockAndRead, waitFor } from '#server/store/postgres/lock-and-read.ts'
import { tidyPostgres } from '#server/store/postgres/tidy.ts'
import { writeRows } from '#server/store/postgres/write-rows.ts'
import { createWrittenOrders } from '#server/store/postgres/written-orders.ts'
import { migratedPostgres, postgresDatabase } from '#tests/helpers/databases.ts'
import { openSession } from '#tests/helpers/postgres.ts'

const at = '2026-01-01T12:00:00.123Z'
const later = '2026-01-01T13:00:00.456Z'
const key = ['north', 'one']

/** Longer than any test waits for a lock. */
const longMs = 60_000

/** A row for every table there is. */
const rowOfEach: { [Table in WrittenTable]: BatchRows[Table][number] } = {
  orders: [...key, 1, null, at, later, at, '{"assignments":[]}'],
  items: [...key, '[]'],
  forgottenAssignments: [...key, 1],
  assignments: [...key, 0, '{"note":"Ring \\"twice\\" – 二"}'],
  amendedCustomers: key,
  customers: [...key, 'guest', 0, 'Trillian', null],
  forgetFrom: [later, ...key],
  holds: [...key, later],
  endedHolds: ['north', 'two'],
  wordsAfterEnd: [...key, at],
  changes: [...key, 1, at, 'stream', '{}'],
  receipts: [at, 'c', 'order.updated', ...key, 'changed', 1, '{"a":"\\\\ñ"}'],
  actions: ['north', 'action', 'one', 'screen', 'here', at, '{}'],
  refusals: [
    600,
    at,
    'c',
    'request',
    'wrong_shape',
    '{"error":{"code":"wrong_shape","message":"no"}}',
    Buffer.from([0, 255, 10]),
  ],
  oldRefusals: [64 * 1024 * 1024],
  presence: [at],
  secretUses: [at, 'nobody'],
  locations: [1, 4_294_967_295, at, 'north', 0],
  receiptBodies: [999],
  refusalBodies: ['600'],
  heardWordsAfterEnd: ['north', 'two'],
  oldOrders: ['north', 'two', 1],
  oldItems: ['north', 'two'],
  oldAssignments: ['north', 'two'],
  oldCustomers: ['north', 'two'],
  oldChanges: [999],
  oldReceipts: [998],
  oldActions: ['north', 'other'],
  agedRefusals: ['1'],
  receiptsTo: [5_000_000_000],
}

test('a batch of rows of every kind is six statements at most, however many rows it has', async () => {
  await using place = await migratedPostgres()
  const client = await connect(place.url, 'batches')
  let statements = 0
  const query = client.query.bind(client)
  const counting = Object.assign(Object.create(client), {
    query: (...parameters: Parameters<typeof query>) => {
      statements += 1
      return query(...parameters)
    },
  }) as typeof client
  await client.query('BEGIN')
  const wanted = {
    locations: [['north', Date.parse(at)]] as const,
    awaited: null,
    newLocationTimeZone: 'UTC',
    orders: [['north', 'one']] as const,
    actions: [['north', 'action']] as const,
  }
  const { found } = await lockAndRead(counting, wanted, createWrittenOrders())
  assert.deepEqual(found, {
    passedOver: noLocations,
    locations: [{ id: 'north', head: 0, checksum: 0, prepTimeMinutes: null }],
    orders: [],
    actions: [],
  })
  const rows = noRows()
  for (const table of Object.keys(columnsOf) as WrittenTable[]) rows[table].push([...rowOfEach[table]])
  for (let number = 0; number < 200; number += 1) rows.receipts.push([...rowOfEach.receipts])
  assert.match((await writeRows(counting, rows)) ?? '', /^\d+$/)
  await client.query('COMMIT')
  assert.ok(statements <= 6, `${statements} statements`)

  await client.query('BEGIN')
  const { found: again } = await lockAndRead(client, wanted, createWrittenOrders())
  await client.query('COMMIT')
  drop(client)
  assert.deepEqual(again.locations, [{ id: 'north', head: 1, checksum: 4_294_967_295, prepTimeMinutes: null }])
  const [order] = again.orders
  assert.deepEqual([order?.id, order?.seq, order?.assignments, order?.items], ['one', 1, [], []])
  assert.equal(order?.note, 'Ring "twice" – 二')
  assert.deepEqual(order?.customers, [{ id: 'guest', name: 'Trillian', phone: null }])
  assert.deepEqual(again.actions, [{ location_id: 'north', action_id: 'action', answer: '{}' }])
  const one = async (sql: string) => Object.values((await place.rows(sql))[0] ?? {})
  const text = place.sql.momentText
  assert.deepEqual(await one(`SELECT ${text('forget_from')} AS one, ${text('sweep_at')} AS two FROM orders`), [
    later,
    later,
  ])
  assert.deepEqual(await one('SELECT count(*), max(body) FROM receipts'), ['201', '{"a":"\\\\ñ"}'])
  assert.deepEqual(await one('SELECT id, error, body FROM refusals'), ['600', '{"error":{"code":"wrong_shape"}}', null])
  assert.deepEqual(await one('SELECT receipts_to FROM forgetting'), ['5000000000'])
})

test('customers who are amended stay, change, come and go in one batch', async () => {
  await using place = await migratedPostgres()
  const client = await connect(place.url, 'batches')
  const write = async (...customers: BatchRows['customers']) => {
    const rows = noRows()
    rows.amendedCustomers.push(key)
    rows.customers.push(...customers)
    await client.query('BEGIN')
    await writeRows(client, rows)
    await client.query('COMMIT')
    return (await place.rows('SELECT id, name FROM customers ORDER BY id')).map(({ id, name }) => [id, name])
  }
  assert.deepEqual(await write([...key, 'a', 0, 'A', null], [...key, 'b', 1, 'B', null]), [
    ['a', 'A'],
    ['b', 'B'],
  ])
  assert.deepEqual(await write([...key, 'b', 0, 'Bee', null], [...key, 'c', 1, 'C', null]), [
    ['b', 'Bee'],
    ['c', 'C'],
  ])
  assert.deepEqual(await write(), [])
  drop(client)
})

test('an order that is spoken of again while it is removed stays with all that belongs to it', async () => {
  await using place = await migratedPostgres()
  const [removing, speaking] = [await connect(place.url, 'batches'), await connect(place.url, 'batches')]
  const wanted = {
    locations: [['north', 0]] as const,
    awaited: null,
    newLocationTimeZone: 'UTC',
    orders: [key as [string, string]],
    actions: [],
  }
  const first = noRows()
  for (const table of ['orders', 'items', 'customers', 'locations'] as const) first[table].push([...rowOfEach[table]])
  await speaking.query('BEGIN')
  await lockAndRead(speaking, wanted, createWrittenOrders())
  await writeRows(speaking, first)
  await speaking.query('COMMIT')

  await speaking.query('BEGIN')
  const { found } = await lockAndRead(speaking, wanted, createWrittenOrders())
  assert.equal(found.orders[0]?.seq, 1)
  const old = noRows()
  old.oldOrders.push([...key, 1])
  for (const table of ['oldItems', 'oldAssignments', 'oldCustomers'] as const) old[table].push(key)
  await removing.query('BEGIN')
  const removed = writeRows(removing, old).then(() => removing.query('COMMIT'))
  const spoken = noRows()
  spoken.orders.push([...key, 2, null, at, later, null, '{"assignments":[]}'])
  spoken.locations.push([2, 0, at, 'north', 1])
  await writeRows(speaking, spoken)
  await speaking.query('COMMIT')
  await removed
  const rows = await place.rows(
    'SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM order_items) + (SELECT count(*) FROM customers) AS count',
  )
  assert.equal(Number(rows[0]?.count), 3)
  drop(removing)
  drop(speaking)
})

test('wiping says that all is wiped only when nobody can see what was removed', async () => {
  await using place = await migratedPostgres()
  const client = await openSession(place.url)
  await client.query(
    `INSERT INTO customers SELECT 'north', 'one', n::text, n, 'Name ' || n FROM generate_series(1, 100) n`,
  )
  const other = await openSession(place.url)
  await other.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
  await other.query('SELECT count(*) FROM customers')
  await client.query('DELETE FROM customers')
  assert.deepEqual(await tidyPostgres(place.url), { kind: 'left' }, 'somebody may still see them')
  await other.query('COMMIT')
  assert.deepEqual(await tidyPostgres(place.url), { kind: 'committed' })
  await other.query(`SELECT pg_advisory_lock(hashtext('passline tidy'))`)
  assert.deepEqual(await tidyPostgres(place.url), { kind: 'left' }, 'another server does it')
  await other.end()
  await client.end()
})

test('the time is the database’s, however wrong this machine’s clock is', async () => {
  await using place = await postgresDatabase()
  const wrong = () => Date.now() - 3_600_000
  const clock = await followDatabaseClock(place.url, wrong, createLog('silent'), wrong)
  assert.ok(Math.abs(clock.now() - Date.now()) < 1_000)
  clock.stop()
})

test('a batch waits for who has its location, made it just now or long ago, and goes on from what is left', async () => {
  await using place = await migratedPostgres()
  const [one, other] = [await connect(place.url, 'batches'), await connect(place.url, 'batches')]
  const wanted = {
    locations: [['north', 0]] as const,
    awaited: null,
    newLocationTimeZone: 'UTC',
    orders: [],
    actions: [],
  }
  const lock = async (client: typeof one) => {
    assert.ok(await waitFor(client, 'north', longMs, () => 1_000))
    return (await lockAndRead(client, wanted, createWrittenOrders())).found.locations[0]?.head
  }
  for (const head of [0, 1]) {
    await one.query('BEGIN')
    assert.equal(await lock(one), head)
    await other.query('BEGIN')
    const waiting = lock(other)
    const isEarly = await Promise.race([waiting.then(() => true), isWaiting(place).then(() => false)])
    assert.equal(isEarly, false)
    const rows = noRows()
    rows.locations.push([head + 1, 0, at, 'north', head])
    await writeRows(one, rows)
    await one.query('COMMIT')
    assert.equal(await waiting, head + 1)
    await other.query('COMMIT')
  }
  const version = async () => (await place.rows('SELECT xmin::text AS version FROM locations'))[0]?.version
  const before = await version()
  await one.query('BEGIN')
  await lock(one)
  await one.query('COMMIT')
  assert.equal(await version(), before, 'to lock a location writes nothing')
  for (const client of [one, other]) drop(client)
})

/** Two connections that lock locations as batches do, on a database that knows north, east and south. */
async function twoBatches() {
  const place = await migratedPostgres()
  const clients = [await connect(place.url, 'batches'), await connect(place.url, 'batches')] as const
  const lock = async (client: (typeof clients)[number], ids: readonly string[], awaited: string | null = null) => {
    const locations = ids.map((id) => [id, 0] as const)
    const wanted = { locations, awaited, newLocationTimeZone: 'UTC', orders: [], actions: [] }
    await client.query('BEGIN')
    if (awaited !== null) assert.ok(await waitFor(client, awaited, longMs, () => 1_000))
    const { found } = await lockAndRead(client, wanted, createWrittenOrders())
    return { has: found.locations.map(({ id }) => id).sort(), passedOver: [...found.passedOver].sort() }
  }
  await lock(clients[0], ['east', 'north', 'south'])
  await clients[0].query('COMMIT')
  return {
    place,
    one: clients[0],
    other: clients[1],
    lock,
    /** Fails when the work ends before it has waited for somebody. */
    waits: async (work: Promise<unknown>) => {
      const isEarly = await Promise.race([work.then(() => true), isWaiting(place).then(() => false)])
      assert.equal(isEarly, false)
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) drop(client)
      await place[Symbol.asyncDispose]()
    },
  }
}

test('locations that another batch has, or is just making, are passed over, and one that is new is made', async () => {
  await using batches = await twoBatches()
  const { one, other, lock } = batches
  await lock(one, ['north', 'south', 'new'])
  const rest = { has: ['east', 'west'], passedOver: ['new', 'north', 'south'] }
  assert.deepEqual(await lock(other, ['new', 'south', 'east', 'north', 'west']), rest)
  await one.query('COMMIT')
  await other.query('COMMIT')
  const all = ['new', 'north', 'west']
  assert.deepEqual(await lock(one, all), { has: all, passedOver: [] })
})

test('one location is waited for, and no other', async () => {
  await using batches = await twoBatches()
  const { place, one, other, lock, waits } = batches
  await lock(one, ['north'])
  const third = await openSession(place.url)
  await third.query(`BEGIN; SELECT FROM locations WHERE id = 'south' FOR NO KEY UPDATE`)
  const waiting = lock(other, ['south', 'east', 'north'], 'north')
  await waits(waiting)
  await one.query('COMMIT')
  assert.deepEqual(await waiting, { has: ['east', 'north'], passedOver: ['south'] })
  const { rows } = await other.query('SHOW lock_timeout')
  assert.deepEqual(rows, [{ lock_timeout: '1s' }], 'as it was before it waited')
  await third.end()
})

test('who has waited for a location has it, also when it was just being made', async () => {
  await using batches = await twoBatches()
  const { place, one, other, lock, waits } = batches
  for (const location of ['north', 'new']) {
    await lock(one, [location])
    await other.query('BEGIN')
    const waiting = waitFor(other, location, longMs, () => longMs)
    await waits(waiting)
    await one.query('COMMIT')
    assert.equal(await waiting, true)
    const free = `SELECT id FROM locations WHERE id = '${location}' FOR NO KEY UPDATE SKIP LOCKED`
    assert.deepEqual(await place.rows(free), [])
    await other.query('COMMIT')
    assert.equal((await place.rows(free)).length, 1)
  }
})

test('who keeps a location for longer than any batch takes, or one that it makes, is not waited for any longer', async () => {
  await using batches = await twoBatches()
  const { one, other, lock } = batches
  await lock(one, ['north', 'new'])
  for (const location of ['north', 'new']) {
    await other.query('BEGIN; SET LOCAL lock_timeout = 0')
    assert.equal(await waitFor(other, location, 10, () => 1_000), false)
    await other.query('ROLLBACK')
  }
})

/** Resolves when a connection waits for a lock that another has. */
async function isWaiting({ rows }: Awaited<ReturnType<typeof migratedPostgres>>): Promise<void> {
  const waits = `SELECT 1 AS one FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
  while ((await rows(waits)).length === 0) await nextTurn()
}

const guest = (name: string) => [{ id: 'guest', name, phone: null }]

test('an order that we wrote last is not read again, and one that others have written since is', async () => {
  await using place = await migratedPostgres()
  const threads = [1, 2].map(() => openBatchThread(place.url, async () => ({ kind: 'left' })))
  const [ours, others] = threads
  const wanted = {
    locations: [['north', 0]] as const,
    newLocationTimeZone: 'UTC',
    orders: [['north', 'one']] as const,
  }
  /** One batch, which finds the order and writes another. @returns what it found */
  const batch = async (
    thread = ours,
    write: (found: Order | null, seq: number) => Order | null = () => null,
    awaited: string | null = null,
  ) => {
    let found: Order | null = null
    const ended = await thread?.transact({ ...wanted, awaited, actions: [] }, Date.now() + 1_000, 0, (all) => {
      found = all.orders[0] ?? null
      const head = all.locations[0]?.head ?? 0
      const order = write(found, head + 1)
      if (order === null) return null
      const rows = noRows()
      addOrder(rows, order, found)
      rows.locations.push([head + 1, 0, at, 'north', head])
      return { rows, orders: new Map([[keyOf('north', 'one'), order]]) }
    })
    assert.ok(ended?.kind === 'committed' || ended?.kind === 'left', JSON.stringify(ended))
    return found as Order | null
  }
  const first = { ...newOrder('north', 'one', 1, 1), customers: guest('Ford') }
  assert.equal(await batch(ours, () => first), null)
  assert.equal(await batch(), first, 'the order itself, not one like it')
  const other = await batch(others)
  assert.deepEqual(other, first)
  assert.notEqual(other, first)
  await batch(others, (found, seq) => found && { ...found, seq, customers: guest('Arthur') })
  assert.deepEqual(await batch(), { ...first, seq: 2, customers: guest('Arthur') })

  const third = { ...first, seq: 3, note: 'ours again' }
  await batch(ours, () => third)
  await place.rows(`UPDATE orders SET facts = '{"assignments":[]}' WHERE id = 'one'`)
  assert.notEqual(await batch(), third, 'whoever wrote it, and whatever number it has')
  const fourth = { ...third, seq: 4 }
  await batch(ours, () => fourth, 'north')
  assert.equal(await batch(), fourth, 'also where its location was to be waited for')
  await place.rows('DELETE FROM orders')
  assert.equal(await batch(), null)
  await Promise.all(threads.map((thread) => thread.close()))
})

test('what a batch touches is found by its key, also in tables that are short, and that nobody has counted', async () => {
  await using place = await migratedPostgres()
  const batches = 20
  const names = ['locations', 'orders', 'order_items', 'assignments', 'customers', 'changes', 'words_after_end']
  const looked = async () => {
    const [row] = await place.rows(`SELECT sum(seq_scan)::int AS whole, sum(idx_scan)::int AS "byKey",
        sum(n_tup_ins) FILTER (WHERE relname = 'orders')::int AS orders
      FROM pg_stat_user_tables WHERE relname IN (${names.map((name) => `'${name}'`).join()})`)
    return { whole: Number(row?.whole), byKey: Number(row?.byKey), orders: Number(row?.orders) }
  }
  const before = await looked()
  const threads = [1, 2].map(() => openBatchThread(place.url, async () => ({ kind: 'left' })))
  for (let number = 1; number <= batches; number += 1) {
    // Each finds an order that another connection wrote, and makes one; and a location that is there, and a new one.
    const [known, made] = [`order ${number - 1}`, `order ${number}`]
    const wanted = {
      locations: ['north', 'south', made].map((id) => [id, 0] as const),
      awaited: null,
      newLocationTimeZone: 'UTC',
      actions: [],
    }
    const orders = [known, made].map((id) => ['north', id] as const)
    const ended = await threads[number % 2]?.transact(
      { ...wanted, orders },
      Date.now() + 1_000,
      0,
      ({ orders: found }) => {
        assert.equal(found.length, number === 1 ? 0 : 1)
        const rows = noRows()
        const order = { ...newOrder('north', made, number, number), customers: guest('Ford') }
        addOrder(rows, order, null)
        for (const one of found) addOrder(rows, { ...one, customers: guest('Arthur') }, one)
        rows.changes.push(['north', made, number, at, 'stream', '{}'])
        rows.locations.push([number, 0, at, 'north', number - 1])
        return { rows, orders: new Map([[keyOf('north', made), order]]) }
      },
    )
    assert.equal(ended?.kind, 'committed', JSON.stringify(ended))
  }
  await Promise.all(threads.map((thread) => thread.close()))
  // A connection tells what it has done when it ends, which takes its time.
  let after = await looked()
  while (after.orders < before.orders + batches) after = await looked()
  assert.equal(after.whole - before.whole, 0, 'no table was read as a whole')
  assert.ok(after.byKey - before.byKey >= batches)
})

test('what asking takes, and what a clock of milliseconds leaves out, is no difference', async () => {
  await using place = await postgresDatabase()
  for (let look = 0; look < 60; look++) {
    const clock = await followDatabaseClock(place.url, () => 0, createLog('silent'))
    clock.stop()
    assert.equal(clock.now(), 0)
  }
})
