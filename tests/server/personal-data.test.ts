import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { controlSocket, sendCommand } from '#server/control.ts'
import { foundIn } from '#tests/helpers/database-bytes.ts'
import { driverOf, guestsOrder, serverWithClock } from '#tests/helpers/people.ts'
import { act, follow, listen } from '#tests/helpers/screens.ts'
import { serverProcess } from '#tests/helpers/server-process.ts'
import { countOf, stored } from '#tests/helpers/stored.ts'
import { updated } from '#tests/helpers/webhooks.ts'

const day = 24

type Clock = Awaited<ReturnType<typeof serverWithClock>>

/** What `passline order …` answers, beside the running server. */
function command({ server }: Clock, verb: string, order: string, location = 'north') {
  const socket = controlSocket(path.dirname(server.databaseFile))
  return sendCommand(socket, `order ${verb}`, { locations: [location], order })
}

async function done(clock: Clock, verb: string, order: string) {
  const answer = await command(clock, verb, order)
  assert.ok(answer?.done, JSON.stringify(answer))
  return answer.result
}

async function problem(clock: Clock, verb: string, order: string, location?: string) {
  const answer = await command(clock, verb, order, location)
  assert.ok(answer && !answer.done, JSON.stringify(answer))
  return answer.message
}

/** Two orders of the same moment, both done. */
async function twoDone(clock: Clock) {
  const [kept, other] = [driverOf('111aaa'), driverOf('222bbb')]
  const on_the_way = { delivery_status: 'enroute_to_pickup' }
  await clock.server.post(updated('north', 'kept', { ...on_the_way, driver_details: kept.driver_details }))
  await clock.server.post(updated('north', 'other', { ...on_the_way, driver_details: other.driver_details }))
  await clock.pass(1)
  await clock.server.post(updated('north', 'kept', { status: 'completed', driver_details: kept.driver_details }))
  await clock.server.post(updated('north', 'other', { status: 'completed', driver_details: other.driver_details }))
  return { kept: kept.values, other: other.values }
}

test('an order on hold keeps everything for two weeks, the others of its time do not; then it loses all', async () => {
  await using clock = await serverWithClock()
  const { databaseFile } = clock.server
  const values = await twoDone(clock)
  const { hold } = await done(clock, 'hold', 'kept')
  assert.equal(hold, new Date(clock.now() + 14 * day * 3_600_000).toISOString())
  const bodies = () =>
    stored(databaseFile, "SELECT id FROM receipts WHERE order_id = 'kept' AND body IS NOT NULL").length
  await clock.pass(day)
  assert.deepEqual(foundIn(databaseFile, [...values.kept, ...values.other]), values.kept)
  assert.equal(bodies(), 2)
  await clock.pass(12 * day)
  await done(clock, 'hold', 'kept')
  await clock.pass(14 * day - 1)
  assert.deepEqual(foundIn(databaseFile, values.kept), values.kept, 'a hold that was renewed')
  assert.equal(bodies(), 2)
  await clock.pass(1)
  assert.deepEqual(foundIn(databaseFile, values.kept), [])
  assert.deepEqual([bodies(), countOf(databaseFile, 'order_holds')], [0, 0])
  assert.match(await problem(clock, 'hold', 'kept'), /the people of kept were forgotten at 2026-05-0/)
  const history = stored(
    databaseFile,
    "SELECT \"by\", facts FROM changes WHERE order_id = 'kept' AND facts LIKE '%hold%'",
  )
  assert.equal(history.length, 2)
})

test('an order that is released is forgotten with its time, and not before', async () => {
  await using clock = await serverWithClock()
  const { databaseFile } = clock.server
  const values = await twoDone(clock)
  assert.match(await problem(clock, 'release', 'kept'), /kept is not on hold/)
  await done(clock, 'hold', 'kept')
  await clock.pass(1)
  await done(clock, 'release', 'kept')
  await clock.pass(1)
  assert.deepEqual(foundIn(databaseFile, values.kept), values.kept, 'a day is not over')
  await done(clock, 'hold', 'kept')
  await clock.pass(3 * day)
  assert.match(await problem(clock, 'erase', 'kept'), /kept is on hold until .*: release it first/)
  assert.deepEqual(foundIn(databaseFile, values.kept), values.kept)
  await done(clock, 'release', 'kept')
  await clock.pass(1 / 60)
  assert.deepEqual(foundIn(databaseFile, values.kept), [])
  assert.equal(countOf(databaseFile, 'order_holds'), 0)
})

test('facts of an order on hold outlive the others of its time', async () => {
  await using clock = await serverWithClock({ PASSLINE_KEEP_DAYS: '2' })
  const { databaseFile } = clock.server
  await twoDone(clock)
  await done(clock, 'hold', 'kept')
  await clock.pass(day)
  await clock.pass(6 * day)
  const ids = (table: string) =>
    stored(databaseFile, `SELECT DISTINCT ${table === 'orders' ? 'id' : 'order_id'} AS id FROM ${table}`).map(
      ({ id }) => id,
    )
  await clock.server.post(updated('north', 'young'))
  await clock.pass(1)
  for (const table of ['orders', 'changes', 'receipts']) assert.deepEqual(ids(table).sort(), ['kept', 'young'], table)
  await clock.pass(7 * day)
  await clock.pass(3 * day)
  await clock.server.post(updated('north', 'younger'))
  await clock.pass(1)
  for (const table of ['orders', 'changes', 'receipts']) assert.ok(!ids(table).includes('kept'), table)
})

test('an order that is erased loses its people at once, on screens too, and the others keep theirs', async () => {
  await using clock = await serverWithClock()
  const { server } = clock
  const { socket } = await server.screen('kitchen', ['north'])
  const [gone, stays] = [driverOf('111aaa'), driverOf('222bbb')]
  const here = { delivery_status: 'arrived_at_pickup' }
  await server.post(updated('north', 'gone', { ...here, driver_details: gone.driver_details }))
  await server.post(updated('north', 'stays', { ...here, driver_details: stays.driver_details }))
  const refused = JSON.stringify(updated('north', 'gone', { driver_details: driverOf('333ccc').driver_details }))
  await server.post(refused, { 'content-type': 'text/plain' })
  const values = [...gone.values, ...driverOf('333ccc').values]
  assert.deepEqual(foundIn(server.databaseFile, values), values)
  await follow(socket)
  const ear = listen(socket)
  const answer = await done(clock, 'erase', 'gone')
  assert.deepEqual([answer.receipts, answer.refusals, answer.isWiped], [1, 1, true])
  await ear.count(1)
  assert.equal(JSON.stringify(ear.heard).includes('Zaphod'), false)
  assert.deepEqual(foundIn(server.databaseFile, values), [])
  assert.deepEqual(foundIn(server.databaseFile, stays.values), stays.values)
  assert.equal((await clock.order('gone'))?.assignments[0]?.arrivedAt, clock.now())
})

test('what was refused of another order stays, whatever it quotes', async () => {
  await using clock = await serverWithClock()
  const { server } = clock
  const byKey = guestsOrder('key', '444ddd')
  const { json } = await server.post(byKey.body)
  const id = (json as { order: { provider_id: string } }).order.provider_id
  const refuse = (body: unknown) =>
    server.post(typeof body === 'string' ? body : JSON.stringify(body), { 'content-type': 'text/plain' })
  await refuse(byKey.body)
  await refuse(updated('north', id, { status: 7 }))
  await refuse(updated('south', id))
  await refuse(updated('north', 'other', { note: id }))
  await refuse(`{"order_id":"${id}"`)
  const { refusals } = await done(clock, 'erase', id)
  assert.equal(refusals, 2)
  const kept = stored(server.databaseFile, 'SELECT id FROM refusals WHERE body IS NOT NULL')
  assert.equal(kept.length, 3)
})

test('an event of a type that we do not know is handed out and erased with its order, and no other', async () => {
  await using clock = await serverWithClock()
  const { server } = clock
  const ofUnknownType = (order_id: string, name: string) =>
    server.post({ type: 'order.weighed', object: { location_id: 'north', order_id, driver_details: { name } } })
  await server.post(updated('north', 'one'))
  await ofUnknownType('one', 'Zaphod')
  await ofUnknownType('other', 'Marvin')
  assert.match(JSON.stringify(await done(clock, 'export', 'one')), /Zaphod/)
  assert.equal((await done(clock, 'erase', 'one')).receipts, 2)
  assert.deepEqual(foundIn(server.databaseFile, ['Zaphod', 'Marvin']), ['Marvin'])
})

test('an export holds the order with its people, its changes, what staff did, and what was sent', async () => {
  await using clock = await serverWithClock()
  const { server } = clock
  const { token } = await server.screen('counter', ['north'])
  const guests = guestsOrder('key', '444ddd')
  const { json } = await server.post(guests.body)
  const id = (json as { order: { provider_id: string } }).order.provider_id
  await server.post(updated('north', 'other', { driver_details: { name: 'Marvin' } }))
  await act(server, token, ['north', id, 'ready'], { actionId: 'a', seenSeq: 1 })
  const exported = await done(clock, 'export', id)
  const text = JSON.stringify(exported)
  assert.deepEqual(
    guests.values.filter((value) => !text.includes(value)),
    [],
  )
  assert.ok(!text.includes('Marvin'))
  const { order, changes, actions, receipts } = exported as Record<string, { [key: string]: unknown }[]>
  assert.equal((order as unknown as { seq: number }).seq, 3)
  assert.deepEqual(
    changes?.map(({ seq, by }) => [seq, by]),
    [
      [1, 'stream'],
      [3, 'staff'],
    ],
  )
  assert.deepEqual(
    actions?.map(({ name, answer }) => [name, answer]),
    [['ready', { outcome: 'changed', seq: 3 }]],
  )
  assert.deepEqual(
    receipts?.map(({ body }) => JSON.parse(String(body))),
    [guests.body],
  )
})

test('of an order that nobody knows nothing is done, and no location comes into being', async () => {
  await using clock = await serverWithClock()
  for (const verb of ['hold', 'release', 'erase', 'export']) {
    assert.match(await problem(clock, verb, 'none', 'nowhere'), /there is no order none at nowhere/)
  }
  assert.equal(countOf(clock.server.databaseFile, 'locations'), 0)
})

test('the commands work on the command line, with and without a server', async () => {
  await using server = await serverProcess()
  await server.post(updated('north', 'one', { driver_details: { name: 'Zaphod' } }))
  const about = ['--location', 'north', '--order', 'one']
  assert.equal((await server.passline('order', 'hold', ...about)).order, 'one')
  await assert.rejects(server.passline('order', 'erase', ...about), /is on hold until/)
  await assert.rejects(server.passline('order', 'hold', '--location', 'north'), /expected --order/)
  await assert.rejects(server.passline('order', 'hold', '--order', 'one'), /expected one --location/)
  await server.stop()
  const { order } = await server.passline('order', 'export', ...about)
  assert.match(JSON.stringify(order), /Zaphod/)
  await server.passline('order', 'release', ...about)
  await server.passline('order', 'erase', ...about)
  assert.deepEqual(foundIn(server.databaseFile, ['Zaphod']), [])
})
