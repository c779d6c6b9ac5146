/** What the store does, whichever database it is on. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '#domain/decide.ts'
import type { StatusUpdate } from '#domain/order-update.ts'
import type { Job } from '#server/store/batch.ts'
import type { TestDatabase } from '#tests/helpers/databases.ts'
import { send } from '#tests/helpers/send.ts'
import { type TestServer, testServer } from '#tests/helpers/test-server.ts'
import { created, driverArrived, updated } from '#tests/helpers/webhooks.ts'
import { assertSequencesIn, readContents } from '#tests/helpers/whole.ts'

async function act(server: TestServer, token: string, place: string, body: unknown) {
  const response = await fetch(`${server.url}/api/locations/${place}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  assert.equal(response.status, 200, await response.text())
}

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

/** How many rows stand in the tables that an update may reach. */
async function countsOf({ rows }: TestDatabase) {
  const count = async (table: string) => Number((await rows(`SELECT count(*) AS count FROM ${table}`))[0]?.count)
  return {
    receipts: await count('receipts'),
    refusals: await count('refusals'),
    orders: await count('orders'),
    changes: await count('changes'),
  }
}

/** @param open a database of its own for a test */
export function storeContract(open: () => Promise<TestDatabase>): void {
  test('what belongs to people stands in their own rows and raw bodies alone', async () => {
    await using place = await open()
    await using server = await testServer({ settings: place.settings })
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
    for (const table of await place.tables()) {
      for (const row of await place.rows(`SELECT * FROM "${table}"`)) {
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

  test('many concurrent updates of few orders leave no gap, a right head and a right checksum', async () => {
    await using place = await open()
    await using server = await testServer({ settings: place.settings })
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
    assertSequencesIn(await readContents(place))
    const { receipts, changes } = await countsOf(place)
    assert.equal(receipts, 300)
    assert.equal(changes, answers.filter(({ outcome }) => outcome === 'changed').length)
    assert.ok(changes > 21)
  })

  test('ids of two orders of one batch never run into each other', async () => {
    await using place = await open()
    await using server = await testServer({ settings: place.settings })
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
    await using place = await open()
    await using server = await testServer({ settings: place.settings })
    const { writer } = server.passline.store
    const refused = jobOf('north', 'bad', 'x', (order) => ({ ...order, id: null }))
    const surprised = jobOf('north', 'worse', 'x', () => {
      throw new Error('a surprise')
    })
    const jobs = [
      jobOf('north', 'one', 'x'),
      refused,
      jobOf('north', 'two', 'x'),
      surprised,
      jobOf('south', 'one', 'x'),
    ]
    const recorded = await Promise.all(jobs.map((job) => writer.record(job)))
    assert.deepEqual(
      recorded.map(({ kind }) => kind),
      ['stored', 'not-stored', 'stored', 'not-stored', 'stored'],
    )
    assert.equal(writer.failure(), null)
    assert.deepEqual((await server.post(updated('north', 'three'))).json, { outcome: 'changed', seq: 3 })
    assertSequencesIn(await readContents(place))
  })

  test('a batch is decided in the order of receipt, each job on what the one before it left', async () => {
    await using place = await open()
    await using server = await testServer({ settings: place.settings })
    const { writer } = server.passline.store
    const statuses = ['a', 'b', 'b', 'c', 'a']
    const recorded = await Promise.all(statuses.map((status) => writer.record(jobOf('north', 'one', status))))
    assert.deepEqual(
      recorded.map((one) => one.kind === 'stored' && one.answer),
      [1, 2, 2, 3, 4],
    )
    assert.equal((await server.passline.store.boards.order('north', 'one'))?.status, 'a')
    assertSequencesIn(await readContents(place))
  })

  test('a lock that is held too long fails what waits and nothing that comes after', async () => {
    await using place = await open()
    await using server = await testServer({ settings: place.settings })
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

    const lock = await place.holdLock()
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
    await lock.release()

    // Nobody sends: the server finds out by itself.
    while (writer.failure() !== null) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(await storing(), true)
    assert.equal(await readiness(), 200)
    assert.deepEqual((await server.post(updated('north', 'two'))).json, { outcome: 'changed', seq: 2 })
    assertSequencesIn(await readContents(place))
  })

  test('a lock that is held for a moment only makes an update wait', async () => {
    await using place = await open()
    await using server = await testServer({ settings: place.settings })
    await server.post(updated('north', 'one'))
    const lock = await place.holdLock()
    const posted = server.post(updated('north', 'two'))
    // Others are answered while the writer waits: a lock never blocks the process for long.
    assert.equal((await send(server.url, { method: 'GET', path: '/api/health' })).status, 200)
    await lock.release()
    assert.deepEqual((await posted).json, { outcome: 'changed', seq: 2 })
    assert.equal(server.passline.store.writer.failure(), null)
  })

  test('a commit that was tried again and again is stored once', async () => {
    await using place = await open()
    await using server = await testServer({ settings: place.settings })
    await server.post(updated('north', 'one'))
    for (let round = 0; round < 3; round += 1) {
      const lock = await place.holdLock()
      const posts = Array.from({ length: 10 }, (_, index) => server.post(updated('north', `${round}/${index}`)))
      await send(server.url, { method: 'GET', path: '/api/health' })
      await lock.release()
      for (const { status, json } of await Promise.all(posts)) {
        assert.deepEqual([status, (json as { outcome: string }).outcome], [200, 'changed'])
      }
    }
    assert.deepEqual(await countsOf(place), { receipts: 31, refusals: 0, orders: 31, changes: 31 })
    assertSequencesIn(await readContents(place))
  })
}
