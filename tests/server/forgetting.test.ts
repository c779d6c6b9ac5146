import assert from 'node:assert/strict'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import type { Backlog } from '#domain/board.ts'
import type { OrderView } from '#domain/order-view.ts'
import { passwordLinkOf, signedIn } from '#tests/helpers/browser.ts'
import { foundIn } from '#tests/helpers/database-bytes.ts'
import { figureOf, metricsOf } from '#tests/helpers/metrics.ts'
import { driverOf, guestsOrder, serverWithClock } from '#tests/helpers/people.ts'
import { act, follow, listen, readLocation } from '#tests/helpers/screens.ts'
import { send } from '#tests/helpers/send.ts'
import { countOf, countsOf, holdLock, stored } from '#tests/helpers/stored.ts'
import { testServer } from '#tests/helpers/test-server.ts'
import { created, streamExamples, updated } from '#tests/helpers/webhooks.ts'

const hour = 1
const day = 24 * hour

/** The texts of Stream's own examples that belong to a person. */
function personalTexts(json: unknown): string[] {
  const personal = new Set([
    'name',
    'phone',
    'number',
    'picture_url',
    'license_plate',
    'passcode',
    'handoff_instructions',
    'customer_name',
    'customer_phone',
  ])
  const texts: string[] = []
  const walk = (value: unknown, of: string[]) => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, inner] of Object.entries(value)) {
      const isOfPerson = of.some((one) => /driver|customer/.test(one)) || key.startsWith('customer_')
      if (typeof inner === 'string' && inner.length > 5 && personal.has(key) && isOfPerson) texts.push(inner)
      walk(inner, [...of, key])
    }
  }
  walk(json, [])
  return texts
}

test('a day after the end nothing personal stands in any file of the database, and facts and times stay', async () => {
  await using clock = await serverWithClock()
  const { server } = clock
  const { token, socket } = await server.screen('counter', ['north'])
  const values: string[] = []
  for (const { body } of streamExamples()) {
    await server.post(body)
    values.push(...personalTexts(body))
  }
  assert.ok(values.length > 10, values.join())

  const [first, second, third] = [driverOf('111aaa'), driverOf('222bbb'), driverOf('333ccc')]
  const guests = guestsOrder('key-1', '444ddd')
  values.push(...first.values, ...second.values, ...guests.values)
  const assigned = updated('north', 'one', {
    delivery_status: 'enroute_to_pickup',
    driver_details: first.driver_details,
  })
  await server.post(assigned)
  await server.post(assigned)
  await act(server, token, ['north', 'one', 'here'], { actionId: 'here', seenSeq: 1, note: 'blue Kia 555eee' })
  values.push('blue Kia 555eee')
  const replaced = { delivery_status: 'arrived_at_pickup', driver_details: second.driver_details }
  await server.post(updated('north', 'one', replaced))
  await act(server, token, ['north', 'one', 'hand-over'], {
    actionId: 'give',
    seenSeq: 9,
    passcode: 'pass-222bbb',
    foundBy: 'Zaphod 222bbb',
  })
  const { json } = await server.post(guests.body)
  const guestsId = (json as { order: { provider_id: string } }).order.provider_id
  await server.post({ type: 'order.sang', object: { location_id: 'north', singer: 'Ford 666fff' } })
  values.push('Ford 666fff')
  await server.post({ type: 'order.updated', object: { order_id: 'one', driver_details: third.driver_details } })
  await server.post('{"type":"order.updated","object":{"Marvin 777ggg":"\\u0000"}}')
  await server.post('no JSON of Marvin 888hhh', { 'content-type': 'text/plain' })
  values.push(...third.values, 'Marvin 777ggg', 'Marvin 888hhh')
  await server.post(updated('north', 'one', { status: 'completed', ...replaced, delivery_status: 'completed' }))
  await server.post(updated('north', guestsId, { status: 'completed' }))
  await clock.pass(1 / 60)

  const missing = () => {
    const found = new Set(foundIn(server.databaseFile, values))
    return values.filter((value) => !found.has(value))
  }
  assert.deepEqual(missing(), [], 'the search finds what is there')
  const before = await clock.order('one')
  await clock.pass(day - 1 / 30)
  assert.deepEqual(missing(), [], 'until the day is over')
  const ear = listen(socket)
  await follow(socket)
  await clock.pass(1 / 30)
  assert.deepEqual(foundIn(server.databaseFile, values), [])

  const after = await clock.order('one')
  assert.ok(before && after)
  assert.equal(after.erasedAt, clock.now())
  const times = ({ firstSeenAt, readyAt, endedAt, heardAt, number, status, end, problems }: typeof after) => ({
    firstSeenAt,
    readyAt,
    endedAt,
    heardAt,
    number,
    status,
    end,
    problems,
  })
  assert.deepEqual(times(after), times(before))
  assert.deepEqual(
    after.assignments.map(({ reached, arrivedAt }) => [reached, arrivedAt]),
    before.assignments.map(({ reached, arrivedAt }) => [reached, arrivedAt]),
  )
  assert.deepEqual(
    (await clock.order(guestsId))?.items.map(({ name, quantity }) => [name, quantity]),
    [['Soup', 1]],
  )
  const receipts = stored(server.databaseFile, 'SELECT outcome, type FROM receipts WHERE body IS NULL')
  assert.equal(receipts.length, countsOf(server.databaseFile).receipts)
  const refusals = stored(server.databaseFile, 'SELECT code, error FROM refusals ORDER BY id')
  assert.deepEqual(
    refusals.map(({ code, error }) => [code, JSON.parse(String(error))]),
    [
      ['wrong_shape', { error: { code: 'wrong_shape' } }],
      ['wrong_shape', { error: { code: 'wrong_shape' } }],
      ['unsupported_media_type', { error: { code: 'unsupported_media_type' } }],
    ],
  )

  await ear.count(2)
  const board = JSON.stringify((await readLocation(server, token, 'north')).json)
  const { epoch } = JSON.parse(board) as Backlog<OrderView>
  const changes = JSON.stringify((await readLocation(server, token, 'north', `changes?epoch=${epoch}&after=1`)).json)
  assert.match(changes, /"id":"one"/)
  for (const text of [JSON.stringify(ear.heard.slice(-2)), board, changes]) {
    assert.deepEqual(
      values.filter((value) => text.includes(value)),
      [],
    )
  }
  assert.ok(figureOf(await metricsOf(server), 'passline_orders_forgotten_total') >= 2)
})

test('what is said after the end goes with its order, though it came later', async () => {
  await using clock = await serverWithClock()
  const { server } = clock
  const { driver_details, values } = driverOf('111aaa')
  const ended = updated('north', 'one', { status: 'completed', delivery_status: 'completed', driver_details })
  await server.post(ended)
  await server.post(updated('north', 'two', { driver_details: { name: 'Slartibartfast' } }))
  await clock.pass(20)
  await server.post(ended)
  await server.post(updated('north', 'two', { driver_details: { name: 'Slartibartfast' } }))
  await clock.pass(4)
  assert.deepEqual(foundIn(server.databaseFile, values), [])
  assert.equal(countOf(server.databaseFile, 'words_after_end'), 0)
  const { json } = await server.post(ended)
  assert.equal((json as { outcome: string }).outcome, 'repeated')
  await server.post(updated('north', 'one', { status: 'dsp_canceled', driver_details }))
  assert.deepEqual(foundIn(server.databaseFile, values), [], 'late words bring nobody back')
  assert.equal((await clock.order('one'))?.end, 'cancelled', 'what they say of the order counts')
})

test('an order that is spoken of again after it was forgotten is forgotten again', async () => {
  await using clock = await serverWithClock()
  const { server } = clock
  await server.post(updated('north', 'one', { status: 'failed', driver_details: { name: 'Zaphod' } }))
  await clock.pass(day)
  assert.deepEqual(foundIn(server.databaseFile, ['Zaphod']), [])
  await server.post(updated('north', 'one', { delivery_status: 'pending' }))
  await server.post(updated('north', 'one', { driver_details: { name: 'Trillian' } }))
  assert.equal((await clock.order('one'))?.erasedAt, null)
  assert.deepEqual(foundIn(server.databaseFile, ['Trillian']), ['Trillian'], 'its driver comes')
  await clock.pass(day - hour)
  assert.deepEqual(foundIn(server.databaseFile, ['Trillian']), ['Trillian'])
  await clock.pass(hour)
  assert.deepEqual(foundIn(server.databaseFile, ['Trillian']), [])
})

test('an order without an end is forgotten a day after its last word, one for later not before it is due', async () => {
  await using clock = await serverWithClock()
  const { server } = clock
  await server.post(updated('north', 'silent', { driver_details: { name: 'Zaphod' } }))
  const requested_for = clock.now() + 60 * 3_600_000
  const { body, values } = guestsOrder('later', '444ddd', { requested_for })
  await server.post(body)
  await clock.pass(day - hour)
  await server.post(updated('north', 'silent', { status: 'ready_for_pickup' }))
  await clock.pass(day - hour)
  const words = ['no nuts for 444ddd']
  assert.deepEqual(foundIn(server.databaseFile, ['Zaphod', ...words]), ['Zaphod', ...words])
  await clock.pass(hour)
  assert.deepEqual(foundIn(server.databaseFile, ['Zaphod', ...words]), words)
  await clock.pass(day)
  assert.deepEqual(foundIn(server.databaseFile, words), words, 'it is to be made today')
  await clock.pass(2 * day)
  assert.deepEqual(foundIn(server.databaseFile, values), [])
})

test('the time of keeping is a setting', async () => {
  await using clock = await serverWithClock({ PASSLINE_FORGET_AFTER_HOURS: '2' })
  const { server } = clock
  await server.post(updated('north', 'done', { status: 'completed', driver_details: { name: 'Zaphod' } }))
  await server.post(updated('north', 'open', { driver_details: { name: 'Trillian' } }))
  await clock.pass(2 * hour)
  assert.equal((await clock.order('done'))?.erasedAt, clock.now())
  const open = await clock.order('open')
  assert.deepEqual([open?.erasedAt, open?.assignments[0]?.said[0]?.name], [null, 'Trillian'], 'who is still to come')
})

test('facts go after ninety days, and head, seqs and checksum stay', async () => {
  await using clock = await serverWithClock()
  const { server } = clock
  const { token } = await server.screen('kitchen', ['north'])
  await server.post(updated('north', 'old', { status: 'completed' }))
  await act(server, token, ['north', 'old', 'ready'], { actionId: 'a', seenSeq: 1 })
  await server.post('no JSON')
  await clock.pass(day)
  await clock.pass(60 * day)
  await server.post(created('north', 'young', {}))
  const head = async () => (await server.passline.store.boards.heads(['north'])).get('north')
  const before = await head()
  await clock.pass(30 * day - hour)
  assert.deepEqual(countsOf(server.databaseFile).orders, 2)
  await clock.pass(2 * hour)
  const counts = countsOf(server.databaseFile)
  assert.deepEqual([counts.orders, counts.receipts, counts.refusals], [1, 1, 0])
  assert.equal(countOf(server.databaseFile, 'actions'), 0)
  assert.deepEqual(stored(server.databaseFile, 'SELECT DISTINCT order_id FROM changes').length, 1)
  const after = await head()
  assert.ok(before && after && after.seq > before.seq)
  const { json } = await readLocation(server, token, 'north')
  assert.equal((json as Backlog<OrderView>).checksum, after.checksum)
  assert.equal((await server.post(updated('north', 'old'))).status, 200, 'it may come again')
})

test('what has ended long ago goes with the facts: screens, senders, sessions, links, codes and the audit', async () => {
  // Sessions and links end by the real clock: from there it goes on.
  let at = Date.now()
  await using server = await testServer({ now: () => at })
  const { passline } = server
  const { screens, credentials } = passline.store
  const kept = await screens.add({ name: 'Kept', role: 'kitchen', locations: ['north'] })
  const ended = await screens.add({ name: 'Ended', role: 'kitchen', locations: ['north'] })
  const sender = await credentials.add('Ended', [])
  await screens.revoke(ended.id)
  await credentials.revoke(sender.id)
  await signedIn(server, 'olive@example.com', { role: 'owner', locations: [] })
  await passwordLinkOf(server, 'olive@example.com')
  await fetch(`${server.url}/api/pair/code`, { method: 'POST' })
  const tables = ['manager_sessions', 'manager_verifications', 'pairing_codes', 'audit_entries']
  const counts = () => tables.map((table) => countOf(server.databaseFile, table))
  assert.deepEqual(counts(), [1, 1, 1, 1])
  at += 91 * 24 * 3_600_000
  await passline.forgetting.forgetAll()
  assert.deepEqual(counts(), [0, 0, 0, 0])
  assert.deepEqual(
    (await screens.list()).map(({ id }) => id),
    [kept.id],
  )
  assert.ok(!(await credentials.list()).some(({ id }) => id === sender.id))
  assert.equal((await passline.store.managers.list()).length, 1)
})

test('what was away for long is removed with its people, not kept for longer', async () => {
  await using clock = await serverWithClock()
  const { server } = clock
  await server.post(updated('north', 'old', { status: 'completed', driver_details: { name: 'Zaphod' } }))
  await clock.pass(hour)
  await clock.pass(120 * day)
  assert.deepEqual(foundIn(server.databaseFile, ['Zaphod']), [])
  assert.equal(countsOf(server.databaseFile).orders, 0)
  assert.equal(countOf(server.databaseFile, 'assignments'), 0)
})

test('many are forgotten while updates come, and these are stored in between', async () => {
  await using clock = await serverWithClock()
  const { server } = clock
  const names = Array.from({ length: 600 }, (_, index) => `Zaphod the ${index}th.`)
  for (let from = 0; from < names.length; from += 100) {
    const posts = names.slice(from, from + 100).map((name, index) => {
      const id = `${((from + index) * 7_919) % 10_007}`
      return server.post(updated('north', id, { status: 'completed', driver_details: { name } }))
    })
    await Promise.all(posts)
  }
  assert.deepEqual(foundIn(server.databaseFile, names), names)
  let isForgotten = false
  const forgotten = clock.pass(day).then(() => {
    isForgotten = true
  })
  let updates = 0
  for (; !isForgotten; updates += 1) {
    assert.equal((await server.post(updated('south', `new ${updates}`))).status, 200)
  }
  await forgotten
  assert.deepEqual(foundIn(server.databaseFile, names), [])
  const changes = stored(
    server.databaseFile,
    `SELECT location_id, facts LIKE '%"forgotten"%' AS forgotten FROM changes`,
  )
  const between = changes.slice(
    changes.findIndex((one) => one.forgotten),
    changes.findLastIndex((one) => one.forgotten),
  )
  assert.ok(between.filter((one) => one.location_id === 'south').length >= 2, `${updates} updates`)
})

test('who reads while it is forgotten only delays the wiping', async () => {
  await using clock = await serverWithClock()
  const { server } = clock
  await server.post(updated('north', 'one', { status: 'completed', driver_details: { name: 'Zaphod' } }))
  const other = new Database(server.databaseFile, { readonly: true })
  other.exec('BEGIN')
  other.prepare('SELECT count(*) FROM orders').get()
  await clock.pass(day)
  assert.equal((await clock.order('one'))?.erasedAt, clock.now())
  assert.deepEqual(foundIn(server.databaseFile, ['Zaphod']), ['Zaphod'])
  other.close()
  await clock.pass(1 / 60)
  assert.deepEqual(foundIn(server.databaseFile, ['Zaphod']), [])
})

test('while nothing can be stored nobody is forgotten, and then they are', async () => {
  await using clock = await serverWithClock()
  const { server } = clock
  await server.post(updated('north', 'one', { status: 'completed', driver_details: { name: 'Zaphod' } }))
  await clock.pass(1)
  const lock = holdLock(server.databaseFile)
  await clock.pass(day)
  lock.release()
  assert.deepEqual(foundIn(server.databaseFile, ['Zaphod']), ['Zaphod'])
  await clock.pass(1 / 60)
  assert.deepEqual(foundIn(server.databaseFile, ['Zaphod']), [])
})

test('a refused body that was forgotten cannot be taken again', async () => {
  await using clock = await serverWithClock()
  const { server } = clock
  await send(server.url, {
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'text/plain' },
    body: '{}',
  })
  await clock.pass(day)
  const [refusal] = await server.passline.store.refusals.list(1)
  assert.equal((await server.passline.store.refusals.find(refusal?.id ?? ''))?.body, null)
})
