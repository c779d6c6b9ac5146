/** What is forgotten, found and handed out of the past, whichever database it is in. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPersonalData } from '#server/personal-data.ts'
import type { TestDatabase } from '#tests/helpers/databases.ts'
import { driverOf, guestsOrder, serverWithClock } from '#tests/helpers/people.ts'
import { act } from '#tests/helpers/screens.ts'
import { created, updated } from '#tests/helpers/webhooks.ts'

const day = 24

/** Those of the texts that stand in any row. */
async function standingIn(place: TestDatabase, texts: readonly string[]): Promise<string[]> {
  const rows: string[] = []
  for (const table of await place.tables()) {
    for (const row of await place.rows(`SELECT * FROM "${table}"`)) {
      rows.push(...Object.values(row).map((value) => (Buffer.isBuffer(value) ? value.toString() : String(value))))
    }
  }
  return texts.filter((text) => rows.some((row) => row.includes(text)))
}

async function countOf(place: TestDatabase, table: string): Promise<number> {
  return Number((await place.rows(`SELECT count(*) AS count FROM ${table}`))[0]?.count)
}

/** @param open a database of its own for a test */
export function pastContract(open: () => Promise<TestDatabase>): void {
  test('people are forgotten a day after the end, and facts with what is left after ninety', async () => {
    await using place = await open()
    await using clock = await serverWithClock(place.settings)
    const { server } = clock
    const { token } = await server.screen('counter', ['north'])
    const [first, second] = [driverOf('111aaa'), driverOf('222bbb')]
    const guests = guestsOrder('key-1', '333ccc')
    const { json } = await server.post(guests.body)
    const guestsId = (json as { order: { provider_id: string } }).order.provider_id
    const amended = guestsOrder('key-1', '444ddd', { order_id: guestsId })
    await server.post(
      updated('north', 'one', { delivery_status: 'enroute_to_pickup', driver_details: first.driver_details }),
    )
    await server.post(
      updated('north', 'one', { delivery_status: 'arrived_at_pickup', driver_details: second.driver_details }),
    )
    await act(server, token, ['north', 'one', 'here'], { actionId: 'here', seenSeq: 2, note: 'blue Kia 555eee' })
    await server.post('{"type":"order.updated","object":{"Marvin 777ggg":"\\u0000"}}')
    await server.post('no JSON of Marvin 888hhh', { 'content-type': 'text/plain' })
    await server.post(updated('north', 'one', { status: 'completed', delivery_status: 'completed' }))
    await server.post(updated('north', guestsId, { status: 'completed' }))
    const values = [
      ...first.values,
      ...second.values,
      ...guests.values,
      'blue Kia 555eee',
      'Marvin 777ggg',
      'Marvin 888hhh',
    ]
    await clock.pass(1 / 60)
    assert.deepEqual(await standingIn(place, values), values, 'the search finds what is there')
    const before = await clock.order('one')
    await clock.pass(day)
    assert.deepEqual(await standingIn(place, [...values, ...amended.values]), [])
    const after = await clock.order('one')
    assert.ok(before && after?.erasedAt)
    assert.deepEqual(
      [after.status, after.firstSeenAt, after.endedAt],
      [before.status, before.firstSeenAt, before.endedAt],
    )
    const refusals = await place.rows('SELECT code, error FROM refusals ORDER BY id')
    assert.deepEqual(
      refusals.map(({ code, error }) => [code, JSON.parse(String(error))]),
      refusals.map(({ code }) => [code, { error: { code } }]),
    )
    assert.equal(refusals.length, 2)

    await server.post(updated('north', 'young', { status: 'in_progress' }))
    const [head] = await place.rows('SELECT head, checksum FROM locations')
    await clock.pass(89 * day)
    await server.post(updated('north', 'young', { status: 'ready_for_pickup' }))
    await clock.pass(2 * day)
    await clock.pass(1 / 60)
    assert.equal(await clock.order('one'), null)
    for (const table of ['refusals', 'actions', 'assignments', 'customers'])
      assert.equal(await countOf(place, table), 0, table)
    const left = await place.rows('SELECT id FROM orders ORDER BY id')
    assert.deepEqual(
      left.map(({ id }) => id),
      ['young'],
    )
    const [later] = await place.rows('SELECT head FROM locations')
    assert.ok(Number(later?.head) > Number(head?.head))
  })

  test('an order on hold keeps its people while others lose theirs, and erasing one leaves the others', async () => {
    await using place = await open()
    await using clock = await serverWithClock(place.settings)
    const { server } = clock
    const people = { kept: driverOf('111aaa'), other: driverOf('222bbb'), erased: driverOf('333ccc') }
    for (const [order, { driver_details }] of Object.entries(people)) {
      await server.post(updated('north', order, { delivery_status: 'enroute_to_pickup', driver_details }))
      await server.post({
        type: 'order.sang',
        object: { location_id: 'north', order_id: order, singer: `Ford ${order}` },
      })
    }
    await clock.pass(1)
    for (const order of Object.keys(people)) await server.post(updated('north', order, { status: 'completed' }))
    const data = createPersonalData({ store: server.passline.store, now: clock.now })
    const keyOf = (orderId: string) => ({ locationId: 'north', orderId })
    const erased = await data.erase(keyOf('erased'))
    assert.ok('result' in erased, JSON.stringify(erased))
    const gone = [...people.erased.values, 'Ford erased']
    const there = [...people.kept.values, ...people.other.values, 'Ford kept', 'Ford other']
    assert.deepEqual(await standingIn(place, [...gone, ...there]), there)

    assert.ok('result' in (await data.hold(keyOf('kept'))))
    await clock.pass(day)
    assert.deepEqual(await standingIn(place, [...people.kept.values, ...people.other.values]), people.kept.values)
    const handed = await data.export(keyOf('kept'))
    assert.ok('result' in handed)
    const { changes, receipts, order } = handed.result as {
      changes: unknown[]
      receipts: { body: string }[]
      order: object
    }
    assert.equal(receipts.length, 2)
    assert.ok(changes.length >= 3)
    for (const value of people.kept.values) assert.ok(JSON.stringify([order, receipts]).includes(value), value)

    assert.ok('result' in (await data.release(keyOf('kept'))))
    await clock.pass(1 / 60)
    assert.deepEqual(await standingIn(place, people.kept.values), [])
  })

  test('what comes about an order after its end is forgotten with it', async () => {
    await using place = await open()
    await using clock = await serverWithClock(place.settings)
    await clock.server.post(updated('north', 'one', { status: 'completed' }))
    const late = driverOf('111aaa')
    await clock.pass(day / 2)
    await clock.server.post(updated('north', 'one', { status: 'completed', driver_details: late.driver_details }))
    assert.notDeepEqual(await standingIn(place, late.values), [])
    await clock.pass(day + 1)
    assert.deepEqual(await standingIn(place, late.values), [])
    assert.equal(await countOf(place, 'words_after_end'), 0)
  })

  test('orders are found by their id and by how their number ends, whatever the case, and the newest first', async () => {
    await using place = await open()
    await using clock = await serverWithClock(place.settings)
    const { boards } = clock.server.passline.store
    const ids: string[] = []
    for (const [index, dsp_order_number] of ['AB-12x', 'xy-12X', 'CD-7'].entries()) {
      const { json } = await clock.server.post(created('north', `key-${index}`, { dsp_order_number }))
      ids.push((json as { order: { provider_id: string } }).order.provider_id)
    }
    await clock.server.post(updated('north', ids[1] ?? '', { status: 'completed', delivery_status: 'completed' }))
    await clock.pass(1)
    const found = async (text: string) => (await boards.find('north', text)).map(({ id }) => id)
    assert.deepEqual(await found('12X'), [ids[1], ids[0]])
    assert.deepEqual(await found('cd-7'), [ids[2]])
    assert.deepEqual(await found(ids[0] ?? ''), [ids[0]])
    assert.deepEqual(await boards.find('north', 'nothing like it'), [])
  })

  test('what changed above a cursor, those that left included, is read with the head in one moment', async () => {
    await using place = await open()
    await using clock = await serverWithClock(place.settings)
    const { boards } = clock.server.passline.store
    for (const order of ['one', 'two', 'three']) await clock.server.post(updated('north', order))
    await clock.server.post(updated('north', 'two', { status: 'completed', delivery_status: 'completed' }))
    const all = await boards.read('north', null)
    assert.equal(all.head.seq, 4)
    const changed = await boards.read('north', 2)
    assert.deepEqual(changed.orders?.map(({ id }) => id).toSorted(), ['three', 'two'])
    assert.deepEqual((await boards.read('north', Number.MAX_SAFE_INTEGER)).orders, [], 'nothing is above that')
    assert.deepEqual(await boards.read('nowhere', null), {
      head: { seq: 0, checksum: 0, lastWebhookAt: null },
      orders: [],
    })
    assert.equal((await boards.heads(['north', 'nowhere'])).get('north')?.lastWebhookAt?.getTime(), clock.now())
    await clock.pass(day)
    assert.ok((await boards.read('north', 4)).orders?.every(({ leftBoard }) => leftBoard !== null))
  })

  test('what others than Stream write is kept: screens, senders, managers, locations, hours, gaps and the audit', async () => {
    await using place = await open()
    await using clock = await serverWithClock(place.settings)
    const { server } = clock
    const { store } = server.passline
    await server.post(updated('north', 'one'))
    await store.locations.set('north', { name: 'North', openingHours: { mon: [['11:00', '23:30']] }, language: 'es' })
    const { id, link } = await store.screens.add({ name: 'Pass', role: 'kitchen', locations: ['north'] })
    assert.equal((await store.screens.pairByLink(link))?.id, id)
    await store.screens.noteBeats(new Map([[id, clock.now()]]))
    const pairing = await store.pairingCodes.begin()
    const screenId = await store.pairingCodes.confirm(pairing.code, { name: 'TV', role: 'pickup', locations: 'every' })
    assert.equal((await store.pairingCodes.ask(pairing.device)).kind, 'paired')
    assert.equal(
      await store.pairingCodes.confirm(pairing.code, { name: 'TV', role: 'pickup', locations: 'every' }),
      null,
    )
    const credential = await store.credentials.addSigning('Stream', ['north'])
    assert.ok((await store.credentials.rotate(credential.id)) !== 'unknown')
    const owner = await store.managers.add({ email: 'O@example.com', name: 'O', role: 'owner', locations: [] }, 'hash')
    assert.equal(await store.managers.remove(owner.id), 'last-owner')
    await store.watchkeeping.keepUsualHours([{ locationId: 'north', hour: 5, webhooks: 1.5 }])
    await store.watchkeeping.keepUsualHours([{ locationId: 'north', hour: 5, webhooks: 2.5 }])
    const gap = await store.watchkeeping.addGap('off', clock.now() - 1000, clock.now())
    await store.watchkeeping.seeGap(gap.id, 'north', clock.now(), screenId ?? '')
    await store.watchkeeping.seeGap(gap.id, 'north', clock.now(), screenId ?? '')
    await store.audit.note({ by: 'command line', action: 'test', about: { a: 1 } })
    await server.restart()

    const again = server.passline.store
    const [north] = await again.boards.locations()
    assert.deepEqual(
      [north?.name, north?.openingHours, north?.language],
      ['North', { mon: [['11:00', '23:30']] }, 'es'],
    )
    const screens = await again.screens.all()
    assert.deepEqual(screens.map(({ name }) => name).toSorted(), ['Pass', 'TV'])
    assert.equal(screens.find((one) => one.id === id)?.notedBeatAt, clock.now())
    assert.deepEqual(screens.find((one) => one.id === screenId)?.locations, ['north'])
    const signing = (await again.credentials.list()).find((one) => one.id === credential.id)
    assert.deepEqual(
      signing?.secrets.map(({ kind }) => kind),
      ['signing', 'signing'],
    )
    assert.equal(await again.credentials.hasSigners(), true)
    assert.deepEqual((await again.managers.findByEmail('o@EXAMPLE.com'))?.role, 'owner')
    assert.deepEqual(await again.watchkeeping.usualHours(), [{ locationId: 'north', hour: 5, webhooks: 2.5 }])
    const [seen] = await again.watchkeeping.gapsSince(0)
    assert.deepEqual([seen?.fromAt, [...(seen?.seenAt ?? [])]], [clock.now() - 1000, ['north']])
    assert.deepEqual((await again.audit.list(1))[0]?.about, { a: 1 })
  })

  test('refusals take a bounded room: the oldest go, and the newest stay whole', async () => {
    await using place = await open()
    await using clock = await serverWithClock(place.settings)
    const bytes = 1_000_000
    const bodies = Array.from({ length: 70 }, (_, number) => `${number} ${'x'.repeat(bytes)}`)
    for (const body of bodies) assert.equal((await clock.server.post(body)).status, 400)
    const { refusals } = clock.server.passline.store
    const ids = await refusals.ids()
    assert.ok(ids.length >= 64 && ids.length < 70, `${ids.length} refusals`)
    assert.equal(String((await refusals.find(ids.at(-1) ?? ''))?.body), bodies.at(-1))
    assert.equal(String((await refusals.find(ids[0] ?? ''))?.body), bodies[bodies.length - ids.length])
  })
}
