import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { Backlog } from '#domain/board.ts'
import type { OrderView } from '#domain/order-view.ts'
import { act, beat, follow, listen, readLocation } from '#tests/helpers/screens.ts'
import { countsOf, stored } from '#tests/helpers/stored.ts'
import { testServer } from '#tests/helpers/test-server.ts'
import { created, driverArrived, updated } from '#tests/helpers/webhooks.ts'

const minuteMs = 60_000

/** A server whose clock stands until it is moved; a moved clock is swept by at once. */
async function serverWithClock(startAt = Date.UTC(2026, 3, 5, 12)) {
  let at = startAt
  const server = await testServer({ now: () => at })
  const { token, socket } = await server.screen('kitchen', ['north'])
  const answers = await follow(socket)
  const ear = listen(socket)
  return {
    server,
    token,
    socket,
    ear,
    epoch: answers.north?.epoch ?? '',
    /** Lets time pass, then sweeps. */
    pass: async (minutes: number) => {
      at += minutes * minuteMs
      await server.passline.sweeper.sweepAll()
    },
    board: async () => (await readLocation(server, token, 'north')).json as Backlog<OrderView>,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

type Clock = Awaited<ReturnType<typeof serverWithClock>>

async function idsOnBoard(clock: Clock) {
  return (await clock.board()).orders.map(({ id }) => id).sort()
}

test('a done order leaves after five minutes, by a change that screens hear', async () => {
  await using clock = await serverWithClock()
  const { server, ear, socket, epoch } = clock
  await server.post(updated('north', 'one', { status: 'completed' }))
  await clock.pass(5 - 1 / 60)
  assert.deepEqual(await idsOnBoard(clock), ['one'])
  await clock.pass(1 / 60)
  await ear.count(2)
  const { seq, order } = ear.heard[1] ?? {}
  assert.deepEqual([seq, order?.id, order?.onBoard, (order as OrderView).leftBoard], [2, 'one', false, 'done'])
  assert.deepEqual(await idsOnBoard(clock), [])
  const { north } = (await beat(socket)).locations
  assert.deepEqual([north?.seq, north?.checksum], [2, 0])
  const missed = (await follow(socket, { north: { epoch, seq: 1 } })).north
  assert.deepEqual(
    [missed?.kind, missed?.orders.map(({ id, onBoard }) => [id, onBoard])],
    ['changes', [['one', false]]],
  )
  const [, change] = stored(server.databaseFile, 'SELECT "by", facts FROM changes ORDER BY seq')
  assert.equal(change?.by, 'time')
  assert.equal(JSON.parse(String(change?.facts)).left, 'done')
})

const second = 1 / 60

test('a passcode goes from the screens a minute after the pickup, and the driver stays', async () => {
  await using clock = await serverWithClock()
  const { server, ear } = clock
  const driver = async () => (await clock.board()).orders[0]?.driver
  await server.post(driverArrived('north', 'one'))
  await clock.pass(30)
  assert.equal((await driver())?.passcode, 'K7-42', 'it is of use as long as the food is here')
  await server.post(driverArrived('north', 'one', { delivery_status: 'enroute_to_dropoff' }))
  await clock.pass(1 - second)
  assert.equal((await driver())?.passcode, 'K7-42')
  await clock.pass(second)
  assert.deepEqual([(await driver())?.passcode, (await driver())?.name], [null, 'Jane Driver'])
  await ear.count(3)
  const heard = ear.heard[2]?.order as OrderView | undefined
  assert.equal(heard?.driver?.passcode, null, 'screens are told')
  await server.post(driverArrived('north', 'one', { delivery_status: 'arrived_at_dropoff' }))
  assert.equal((await driver())?.passcode, null, 'said again, it stays away')
})

test('a passcode is there again when the order was not handed over after all', async () => {
  await using clock = await serverWithClock()
  const { server, token } = clock
  const passcode = async () => (await clock.board()).orders[0]?.driver?.passcode
  await server.post(driverArrived('north', 'one'))
  const hand = (name: string) =>
    act(server, token, ['north', 'one', name], { actionId: randomUUID(), seenSeq: 1, passcode: 'K7-42' })
  assert.equal((await hand('hand-over')).status, 200)
  await clock.pass(1)
  assert.equal(await passcode(), null)
  assert.equal((await hand('undo-hand-over')).status, 200)
  assert.equal(await passcode(), 'K7-42')
  await clock.pass(10)
  assert.equal(await passcode(), 'K7-42')
})

test('what time does is no word of Stream’s', async () => {
  await using clock = await serverWithClock()
  await clock.server.post(updated('north', 'one', { status: 'completed' }))
  const heardAt = (await beat(clock.socket)).locations.north?.lastWebhookAt
  await clock.pass(6)
  assert.equal((await beat(clock.socket)).locations.north?.lastWebhookAt, heardAt)
  assert.equal(countsOf(clock.server.databaseFile).receipts, 1)
})

test('an order on the way leaves after four hours without a word', async () => {
  await using clock = await serverWithClock()
  await clock.server.post(driverArrived('north', 'one', { delivery_status: 'enroute_to_dropoff' }))
  await clock.pass(200)
  await clock.server.post(
    updated('north', 'one', { status: 'out_for_delivery', delivery_status: 'arrived_at_dropoff' }),
  )
  await clock.pass(239)
  assert.deepEqual(await idsOnBoard(clock), ['one'])
  await clock.pass(1)
  assert.deepEqual(await idsOnBoard(clock), [])
  assert.equal((await clock.server.passline.store.boards.order('north', 'one'))?.leftBoard?.why, 'never_confirmed')
})

test('our own driver’s order leaves after ninety minutes', async () => {
  await using clock = await serverWithClock()
  const { json } = await clock.server.post(created('north', 'key', { fulfillment_type: 'merchant_managed_delivery' }))
  const id = (json as { order: { provider_id: string } }).order.provider_id
  await act(clock.server, clock.token, ['north', id, 'hand-over'], { actionId: 'a', seenSeq: 1 })
  await clock.pass(89)
  assert.deepEqual(await idsOnBoard(clock), [id])
  await clock.pass(1)
  assert.equal((await clock.server.passline.store.boards.order('north', id))?.leftBoard?.why, 'closed_by_time')
})

test('a cancel of what had already left asks for nothing, and goes by itself', async () => {
  await using clock = await serverWithClock()
  await clock.server.post(driverArrived('north', 'one', { delivery_status: 'enroute_to_dropoff' }))
  await clock.server.post(updated('north', 'one', { status: 'dsp_canceled' }))
  await clock.pass(14)
  assert.equal((await clock.board()).orders[0]?.lane, 'attention')
  await clock.pass(1)
  assert.deepEqual(await idsOnBoard(clock), [])
  const order = await clock.server.passline.store.boards.order('north', 'one')
  assert.deepEqual([order?.leftBoard?.why, order?.problems[0]?.seen?.by], ['done', 'passline'])
})

test('an order of yesterday leaves once the business day has begun, unless it is still spoken of', async () => {
  await using clock = await serverWithClock(Date.UTC(2026, 3, 5, 22))
  const { server } = clock
  await server.post(updated('north', 'forgotten'))
  await server.post(updated('north', 'spoken of'))
  await server.post(created('north', 'for later', { requested_for: Date.UTC(2026, 3, 6, 18) }))
  await clock.pass(330)
  await server.post(updated('north', 'spoken of', { status: 'ready_for_pickup' }))
  await clock.pass(29)
  assert.equal((await clock.board()).orders.length, 3)
  await clock.pass(2)
  const ids = await idsOnBoard(clock)
  assert.ok(!ids.includes('forgotten') && ids.includes('spoken of'), ids.join())
  assert.equal(ids.length, 2)
  await clock.pass(60)
  assert.equal((await clock.board()).orders.length, 1)
})

test('an order that left comes back when it is spoken of again', async () => {
  await using clock = await serverWithClock()
  await clock.server.post(updated('north', 'one', { status: 'completed' }))
  await clock.pass(5)
  assert.deepEqual(await idsOnBoard(clock), [])
  await clock.server.post(updated('north', 'one', { status: 'dsp_canceled' }))
  assert.deepEqual(await idsOnBoard(clock), ['one'])
})

test('a sweep with nothing to do changes nothing, and two at once do it once', async () => {
  await using clock = await serverWithClock()
  const { server } = clock
  await server.post(updated('north', 'open'))
  for (let index = 0; index < 20; index += 1)
    await server.post(updated('north', `done ${index}`, { status: 'completed' }))
  await clock.pass(4)
  assert.equal(countsOf(server.databaseFile).changes, 21)
  await Promise.all([clock.pass(1), clock.pass(0), server.passline.sweeper.sweepAll()])
  assert.equal(countsOf(server.databaseFile).changes, 41)
  await clock.pass(0)
  assert.equal(countsOf(server.databaseFile).changes, 41)
  assert.deepEqual(await idsOnBoard(clock), ['open'])
})

test('what became due while the server was away leaves at its start', async () => {
  await using clock = await serverWithClock()
  await clock.server.post(updated('north', 'one', { status: 'completed' }))
  await clock.pass(4)
  await clock.server.passline.stop()
  await assert.doesNotReject(clock.pass(3))
  await clock.server.restart()
  assert.deepEqual(await idsOnBoard(clock), [])
})
