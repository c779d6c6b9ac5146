import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { Backlog } from '#domain/board.ts'
import type { OrderView } from '#domain/order-view.ts'
import { act, follow, listen, readLocation } from '#tests/helpers/screens.ts'
import { countOf, countsOf, stored } from '#tests/helpers/stored.ts'
import { type TestServer, testServer } from '#tests/helpers/test-server.ts'
import { created, driverArrived, updated } from '#tests/helpers/webhooks.ts'

type ErrorBody = { error: { code: string; message: string; issues: { path: string; message: string }[] } }

/** A kitchen's screen that acts on orders of one location. */
async function kitchenOf(server: TestServer, locationId = 'north') {
  const { token, socket } = await server.screen('kitchen', [locationId])
  return {
    token,
    socket,
    act: (orderId: string, name: string, more: Record<string, unknown> = {}) =>
      act(server, token, [locationId, orderId, name], { actionId: randomUUID(), seenSeq: 1_000, ...more }),
    order: async (orderId: string): Promise<OrderView> => {
      const board = (await readLocation(server, token, locationId)).json as Backlog<OrderView>
      const order = board.orders.find(({ id }) => id === orderId)
      assert.ok(order, `${orderId} is not on the board`)
      return order
    },
  }
}

type Kitchen = Awaited<ReturnType<typeof kitchenOf>>

async function changed(kitchen: Kitchen, seq: number, ...asked: Parameters<Kitchen['act']>) {
  const { status, json } = await kitchen.act(...asked)
  assert.deepEqual({ status, json }, { status: 200, json: { outcome: 'changed', seq } })
}

async function refused(kitchen: Kitchen, reason: string, ...asked: Parameters<Kitchen['act']>) {
  const { status, json } = await kitchen.act(...asked)
  const { error } = json as ErrorBody
  assert.deepEqual([status, error.code, error.issues], [409, 'conflict', [{ path: '', message: reason }]])
  assert.notEqual(error.message, '')
}

test('the kitchen says that an order is ready, and that it is not', async () => {
  await using server = await testServer()
  const kitchen = await kitchenOf(server)
  await server.post(updated('north', 'one'))
  await changed(kitchen, 2, 'one', 'ready')
  const ready = await kitchen.order('one')
  assert.deepEqual([ready.kitchen, ready.lane, ready.readySaidBy], ['ready', 'ready', 'staff'])
  assert.notEqual(ready.times.readyAt, null)
  await changed(kitchen, 3, 'one', 'not-ready')
  assert.deepEqual([(await kitchen.order('one')).kitchen, (await kitchen.order('one')).seq], ['preparing', 3])
  await server.post(updated('north', 'one', { status: 'ready_for_pickup' }))
  assert.equal((await kitchen.order('one')).kitchen, 'preparing')
})

test('staff see the guest or the driver themselves', async () => {
  await using server = await testServer()
  const kitchen = await kitchenOf(server)
  await server.post(updated('north', 'one'))
  await changed(kitchen, 2, 'one', 'here', { note: '  blue coat ' })
  const { here, isHere, lane } = await kitchen.order('one')
  assert.deepEqual([here?.note, here?.by, isHere, lane], ['blue coat', 'kitchen of the test', true, 'driver_here'])
})

test('a hand-over with the right passcode is verified, however it was typed', async () => {
  await using server = await testServer()
  const kitchen = await kitchenOf(server)
  await server.post(driverArrived('north', 'one'))
  await changed(kitchen, 2, 'one', 'hand-over', { passcode: ' k7 -42', foundBy: 'passcode' })
  const { handedOver, lane } = await kitchen.order('one')
  assert.deepEqual(
    [handedOver?.verified, handedOver?.to, handedOver?.by, handedOver?.foundBy, lane],
    ['passcode', 'Jane Driver', 'kitchen of the test', 'passcode', 'on_the_way'],
  )
})

test('a hand-over with a wrong passcode is not done, and may be tried again', async () => {
  await using server = await testServer()
  const kitchen = await kitchenOf(server)
  await server.post(driverArrived('north', 'one'))
  for (const passcode of ['K7-43', 'K742', '', 'K7-42 or so'])
    await refused(kitchen, 'wrong_passcode', 'one', 'hand-over', { passcode })
  assert.equal((await kitchen.order('one')).handedOver, null)
  await changed(kitchen, 2, 'one', 'hand-over', { passcode: 'K7-42' })
})

test('a hand-over by eye can be taken back until the pickup is heard', async () => {
  await using server = await testServer()
  const kitchen = await kitchenOf(server)
  await server.post(driverArrived('north', 'one'))
  await refused(kitchen, 'not_handed_over', 'one', 'undo-hand-over')
  await changed(kitchen, 2, 'one', 'hand-over')
  assert.equal((await kitchen.order('one')).handedOver?.verified, 'by_eye')
  await refused(kitchen, 'already_handed_over', 'one', 'hand-over')
  await changed(kitchen, 3, 'one', 'undo-hand-over')
  assert.equal((await kitchen.order('one')).handedOver, null)
  await server.post(
    driverArrived('north', 'one', { status: 'out_for_delivery', delivery_status: 'enroute_to_dropoff' }),
  )
  for (const name of ['undo-hand-over', 'hand-over', 'ready', 'not-ready', 'here']) {
    await refused(kitchen, 'already_left', 'one', name)
  }
})

test('food is not given to a driver whom the person did not look at', async () => {
  await using server = await testServer()
  const kitchen = await kitchenOf(server)
  await server.post(driverArrived('north', 'one'))
  const next = { name: 'Ann Other', source: 'uber', phone: { number: '+15550009999' }, passcode: 'ZZ-1' }
  await server.post(updated('north', 'one', { delivery_status: 'pending' }))
  await server.post(driverArrived('north', 'one', { driver_details: next }))
  assert.equal((await kitchen.order('one')).driver?.name, 'Ann Other')
  await refused(kitchen, 'driver_changed', 'one', 'hand-over', { seenSeq: 1 })
  const { seq } = await kitchen.order('one')
  await changed(kitchen, seq + 1, 'one', 'hand-over', { seenSeq: seq })
})

test('a problem is seen by its seq, with one of its answers', async () => {
  await using server = await testServer()
  const kitchen = await kitchenOf(server)
  await server.post(updated('north', 'one'))
  await server.post(updated('north', 'one', { status: 'dsp_canceled' }))
  const [problem] = (await kitchen.order('one')).problems
  assert.deepEqual([problem?.kind, problem?.seq], ['cancelled', 2])
  await refused(kitchen, 'no_such_problem', 'one', 'seen', { problem: 1 })
  await refused(kitchen, 'no_such_answer', 'one', 'seen', { problem: 2, answer: 'sing' })
  await changed(kitchen, 3, 'one', 'seen', { problem: 2 })
  const seen = (await kitchen.order('one')).problems[0]?.seen
  assert.equal(seen?.by, 'kitchen of the test')
  const again = await kitchen.act('one', 'seen', { problem: 2 })
  assert.deepEqual(again.json, { outcome: 'repeated', seq: 3 })
})

test('only our own driver’s delivery is ended by staff', async () => {
  await using server = await testServer()
  const kitchen = await kitchenOf(server)
  const { json } = await server.post(created('north', 'key', { fulfillment_type: 'merchant_managed_delivery' }))
  const own = (json as { order: { provider_id: string } }).order.provider_id
  await refused(kitchen, 'not_handed_over', own, 'delivered')
  await changed(kitchen, 2, own, 'hand-over')
  assert.equal((await kitchen.order(own)).lane, 'on_the_way')
  await changed(kitchen, 3, own, 'delivered')
  assert.deepEqual([(await kitchen.order(own)).end, (await kitchen.order(own)).lane], ['completed', 'done'])
  await refused(kitchen, 'ended', own, 'hand-over')
  await refused(kitchen, 'ended', own, 'ready')
  await server.post(driverArrived('north', 'courier'))
  await refused(kitchen, 'not_our_delivery', 'courier', 'delivered')
})

test('the same action answers the same and changes once', async () => {
  await using server = await testServer()
  const kitchen = await kitchenOf(server)
  await server.post(updated('north', 'one'))
  const action = { actionId: 'tap-1' }
  const answers = await Promise.all(Array.from({ length: 12 }, () => kitchen.act('one', 'ready', action)))
  for (const { status, json } of answers)
    assert.deepEqual({ status, json }, { status: 200, json: { outcome: 'changed', seq: 2 } })
  await kitchen.act('one', 'not-ready')
  assert.deepEqual((await kitchen.act('one', 'ready', action)).json, { outcome: 'changed', seq: 2 })
  assert.equal((await kitchen.order('one')).kitchen, 'preparing')
  assert.deepEqual([countOf(server.databaseFile, 'actions'), countsOf(server.databaseFile).changes], [2, 3])
  await server.restart()
  assert.deepEqual((await kitchen.act('one', 'ready', action)).json, { outcome: 'changed', seq: 2 })
})

test('a refused action answers the same when it is sent again', async () => {
  await using server = await testServer()
  const kitchen = await kitchenOf(server)
  await server.post(updated('north', 'one'))
  const action = { actionId: 'tap-1' }
  await refused(kitchen, 'not_handed_over', 'one', 'undo-hand-over', action)
  await changed(kitchen, 2, 'one', 'hand-over')
  await refused(kitchen, 'not_handed_over', 'one', 'undo-hand-over', action)
  assert.notEqual((await kitchen.order('one')).handedOver, null)
})

test('the same action of another location is another action', async () => {
  await using server = await testServer()
  const north = await kitchenOf(server)
  const south = await kitchenOf(server, 'south')
  await server.post(updated('north', 'one'))
  await server.post(updated('south', 'one'))
  await changed(north, 2, 'one', 'ready', { actionId: 'tap-1' })
  await changed(south, 2, 'one', 'ready', { actionId: 'tap-1' })
})

test('of many that hand over at once, one does', async () => {
  await using server = await testServer()
  const kitchen = await kitchenOf(server)
  await server.post(driverArrived('north', 'one'))
  const answers = await Promise.all(Array.from({ length: 10 }, () => kitchen.act('one', 'hand-over')))
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(9).fill(409)])
  assert.equal(countsOf(server.databaseFile).changes, 2)
})

test('what one screen does, the others hear', async () => {
  await using server = await testServer()
  const kitchen = await kitchenOf(server)
  await server.post(updated('north', 'one'))
  const ears = []
  for (const role of ['counter', 'pickup', 'kitchen'] as const) {
    const { socket } = await server.screen(role, ['north'])
    await follow(socket)
    ears.push(listen(socket))
  }
  await changed(kitchen, 2, 'one', 'ready')
  for (const { heard, count } of ears) {
    await count(1)
    assert.deepEqual(
      heard.map(({ seq, order }) => [seq, order.id]),
      [[2, 'one']],
    )
  }
})

test('a counter acts like a kitchen, and a pickup board not at all', async () => {
  await using server = await testServer()
  await server.post(updated('north', 'one'))
  const counter = await server.screen('counter', ['north'])
  const pickup = await server.screen('pickup', ['north'])
  const body = { actionId: 'a', seenSeq: 1 }
  assert.equal((await act(server, pickup.token, ['north', 'one', 'ready'], body)).status, 403)
  assert.equal((await act(server, counter.token, ['north', 'one', 'ready'], body)).status, 200)
  assert.equal(countsOf(server.databaseFile).changes, 2)
})

test('nobody, a stranger’s page and a webhook’s token do nothing', async () => {
  await using server = await testServer()
  await server.post(updated('north', 'one'))
  const { token } = await server.screen('kitchen', ['north'])
  const place = ['north', 'one', 'ready'] as const
  const body = { actionId: 'a', seenSeq: 1 }
  const cookie = { cookie: `passline_screen=${token}` }
  assert.equal((await act(server, null, place, body)).status, 401)
  assert.equal((await act(server, server.token, place, body)).status, 401)
  for (const origin of ['http://evil.example', 'null', `${server.url}0`]) {
    const { status, json } = await act(server, null, place, body, { ...cookie, origin })
    assert.deepEqual([status, (json as ErrorBody).error.code], [403, 'forbidden'], origin)
  }
  assert.equal(countsOf(server.databaseFile).changes, 1)
  assert.equal((await act(server, null, place, body, { ...cookie, origin: server.url })).status, 200)
})

test('an order or an action that there is not is answered 404, and remembered nowhere', async () => {
  await using server = await testServer()
  const kitchen = await kitchenOf(server)
  await server.post(updated('north', 'one'))
  const action = { actionId: 'tap-1' }
  for (const [orderId, name] of [
    ['two', 'ready'],
    ['one', 'sing'],
    ['one', 'toString'],
    ['one', 'constructor'],
  ] as const) {
    // prettier-ignore
    const { status, json } = await kitchen.act(orderId, name, action)
    assert.deepEqual([status, (json as ErrorBody).error.code], [404, 'not_found'], `${orderId} ${name}`)
  }
  await server.post(updated('north', 'two'))
  await changed(kitchen, 3, 'two', 'ready', action)
})

test('an order’s id may hold any characters', async () => {
  await using server = await testServer()
  const location = 'nörth / 100%'
  const kitchen = await kitchenOf(server, location)
  const id = 'a/b?c=d&e#f%20 \\ "🍔"\n..'
  await server.post(updated(location, id))
  await changed(kitchen, 2, id, 'ready')
  assert.equal((await kitchen.order(id)).kitchen, 'ready')
})

test('a malformed action is refused by the names of what is wrong', async () => {
  await using server = await testServer()
  const { token } = await server.screen('kitchen', ['north'])
  await server.post(updated('north', 'one'))
  const cases: [string, unknown, string[]][] = [
    ['ready', '', ['']],
    ['ready', 'no json', ['']],
    ['ready', [], ['']],
    ['ready', {}, ['actionId', 'seenSeq']],
    ['ready', { actionId: '', seenSeq: -1 }, ['actionId', 'seenSeq']],
    ['ready', { actionId: 'x'.repeat(101), seenSeq: 1.5 }, ['actionId', 'seenSeq']],
    ['ready', { actionId: 'a', seenSeq: 1, note: 'x'.repeat(20_000) }, ['']],
    ['ready', { actionId: 'a\u0000b', seenSeq: 1 }, ['actionId']],
    ['ready', { actionId: 'a\ud83c', seenSeq: 1 }, ['actionId']],
    ['here', { actionId: 'a', seenSeq: 1, note: 'x'.repeat(201) }, ['note']],
    ['seen', { actionId: 'a', seenSeq: 1 }, ['problem']],
    ['hand-over', { actionId: 'a', seenSeq: 1, passcode: 7 }, ['passcode']],
  ]
  for (const [name, body, paths] of cases) {
    const { status, json } = await act(server, token, ['north', 'one', name], body)
    const { error } = json as ErrorBody
    assert.deepEqual(
      [status, error.code, error.issues.map(({ path }) => path)],
      [400, 'wrong_shape', paths],
      JSON.stringify(body),
    )
  }
  assert.equal(countsOf(server.databaseFile).changes, 1)
})

test('what staff typed is stored whole or refused', async () => {
  await using server = await testServer()
  const kitchen = await kitchenOf(server)
  await server.post(updated('north', 'one'))
  for (const note of ['nul \u0000 inside', 'half \ud83c']) {
    const { status } = await kitchen.act('one', 'here', { note })
    if (status === 200) assert.equal((await kitchen.order('one')).here?.note, note)
    else assert.equal(status, 400)
  }
})

test('an action that cannot be stored is told so', async () => {
  await using server = await testServer()
  const kitchen = await kitchenOf(server)
  await server.post(updated('north', 'one'))
  await server.passline.store.writer.close()
  const { status, headers, json } = await kitchen.act('one', 'ready')
  assert.deepEqual([status, headers['retry-after'], (json as ErrorBody).error.code], [503, '1', 'not_stored'])
})

test('the history tells who did what, and when', async () => {
  const at = Date.UTC(2026, 3, 5, 12)
  await using server = await testServer({ now: () => at })
  const kitchen = await kitchenOf(server)
  await server.post(updated('north', 'one'))
  await changed(kitchen, 2, 'one', 'ready')
  const [, row] = stored(server.databaseFile, 'SELECT * FROM changes ORDER BY seq')
  assert.deepEqual([row?.by, row?.at, row?.order_id], ['staff', '2026-04-05T12:00:00.000Z', 'one'])
  assert.deepEqual(JSON.parse(String(row?.facts)), { action: 'ready', screen: 'kitchen of the test', lane: 'ready' })
})
