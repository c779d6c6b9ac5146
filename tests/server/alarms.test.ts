/** Alarms that leave the building, to a receiver that is real. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { type Alarm, alarmAfterMs, startAlarms } from '#server/alarms.ts'
import { createLog } from '#server/log.ts'
import { createMetrics } from '#server/metrics.ts'
import { figureOf, metricsOf } from '#tests/helpers/metrics.ts'
import { beat } from '#tests/helpers/screens.ts'
import { holdLock } from '#tests/helpers/stored.ts'
import { testServer } from '#tests/helpers/test-server.ts'
import { updated } from '#tests/helpers/webhooks.ts'

const minute = 60_000

/** Where alarms and heartbeats arrive; the first so many alarms are answered 500. */
async function receiver(failures = 0) {
  const alarms: Alarm[] = []
  let texts = ''
  let heartbeats = 0
  let failed = 0
  let notify = () => {}
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const text = Buffer.concat(parts).toString()
    if (request.method === 'GET') heartbeats += 1
    else if (failed < failures) {
      failed += 1
      response.statusCode = 500
    } else {
      texts += text
      alarms.push(JSON.parse(text))
    }
    response.end()
    notify()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    settings: { ALERT_WEBHOOK_URL: `${url}/alarms?key=1`, HEARTBEAT_URL: `${url}/heartbeat` },
    alarms,
    text: () => texts,
    heartbeats: () => heartbeats,
    /** Resolves once it holds. */
    until: async (holds: () => boolean) => {
      while (!holds()) {
        await new Promise<void>((resolve) => {
          notify = resolve
        })
      }
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

test('open orders that no screen shows for two minutes are an alarm, until one does', async () => {
  let at = Date.now()
  await using told = await receiver()
  await using server = await testServer({ now: () => at, settings: told.settings })
  const { alarms, health } = server.passline.live
  await server.post(updated('north', 'one'))
  alarms.look()
  at += 119_000
  alarms.look()
  at += 1_000
  alarms.look()
  await told.until(() => told.alarms.length === 1)
  const since = new Date(at - 2 * minute).toISOString()
  assert.deepEqual(told.alarms[0], {
    kind: 'no_screen',
    state: 'begun',
    locationId: 'north',
    orderId: null,
    since,
    message: 'no screen shows the 1 open orders of north',
  })
  alarms.look()
  assert.equal(figureOf(await metricsOf(server), 'passline_alarms_active'), 1)
  const { socket } = await server.screen('kitchen', ['north'])
  await health.look()
  await beat(socket)
  alarms.look()
  await told.until(() => told.alarms.length === 2)
  assert.equal(told.alarms[1]?.state, 'ended')
  assert.equal(figureOf(await metricsOf(server), 'passline_alarms_active'), 0)
  assert.equal(figureOf(await metricsOf(server), 'passline_alarms_total{kind="no_screen",state="begun"}'), 1)
})

test('a pickup board alone shows staff nothing: the alarm comes all the same', async () => {
  let at = Date.now()
  await using told = await receiver()
  await using server = await testServer({ now: () => at, settings: told.settings })
  const { alarms, health } = server.passline.live
  await server.post(updated('north', 'one'))
  const { socket } = await server.screen('pickup', ['north'])
  await health.look()
  for (let step = 0; step < 3; step += 1) {
    await beat(socket)
    alarms.look()
    at += minute
  }
  await told.until(() => told.alarms.length === 1)
  assert.equal(told.alarms[0]?.kind, 'no_screen')
})

test('a driver who has waited eight minutes for food that is ready is an alarm, without anybody’s name', async () => {
  let at = Date.now()
  await using told = await receiver()
  await using server = await testServer({ now: () => at, settings: told.settings })
  const { socket } = await server.screen('counter', ['north'])
  const { alarms, health } = server.passline.live
  await server.post(
    updated('north', 'one', {
      status: 'ready_for_pickup',
      delivery_status: 'arrived_at_pickup',
      driver_details: { name: 'Jane Driver', phone: { number: '+15555550123' }, passcode: '8642' },
    }),
  )
  await health.look()
  await beat(socket)
  at += 8 * minute - 1
  await beat(socket)
  alarms.look()
  at += 1
  alarms.look()
  await told.until(() => told.alarms.length === 1)
  assert.deepEqual([told.alarms[0]?.kind, told.alarms[0]?.orderId], ['driver_waiting', 'one'])
  for (const secret of ['Jane', '5555550123', '8642']) assert.ok(!told.text().includes(secret), secret)
  await server.post(updated('north', 'one', { delivery_status: 'enroute_to_dropoff' }))
  alarms.look()
  await told.until(() => told.alarms.length === 2)
  assert.equal(told.alarms[1]?.state, 'ended')
})

test('updates that cannot be stored for a minute are an alarm, and nobody hears the heart', async () => {
  let at = Date.now()
  await using told = await receiver()
  await using server = await testServer({ now: () => at, settings: told.settings })
  await told.until(() => told.heartbeats() === 1)
  const { alarms } = server.passline.live
  const lock = holdLock(server.databaseFile)
  assert.equal((await server.post(updated('north', 'one'))).status, 503)
  at += minute + 3_000
  alarms.look()
  await told.until(() => told.alarms.length === 1)
  assert.equal(told.alarms[0]?.kind, 'not_storing')
  await alarms.beat()
  assert.equal(told.heartbeats(), 1)
  lock.release()
  while (server.passline.store.writer.failure()) await server.post(updated('north', 'one'))
  alarms.look()
  await told.until(() => told.alarms.length === 2)
  await alarms.beat()
  assert.equal(told.heartbeats(), 2)
})

test('an alarm that did not arrive is told again', async () => {
  let at = Date.now()
  await using told = await receiver(1)
  await using server = await testServer({ now: () => at, settings: told.settings })
  const { alarms } = server.passline.live
  await server.post(updated('north', 'one'))
  alarms.look()
  at += 2 * minute
  alarms.look()
  await told.until(() => told.alarms.length === 1)
  assert.equal(told.alarms[0]?.kind, 'no_screen')
})

test('of several servers one tells, each what it alone cannot store, and what one that is gone should have told another tells', async () => {
  let at = Date.now()
  let isMine = false
  let failure: { since: number; reason: string } | null = null
  await using told = await receiver()
  const alarms = startAlarms({
    alertUrl: told.settings.ALERT_WEBHOOK_URL,
    heartbeatUrl: told.settings.HEARTBEAT_URL,
    health: { isAnyLive: () => false },
    openOrders: { byLocation: () => new Map([['north', new Map([['one', { seq: 1, waitingSince: null }]])]]) },
    failure: () => failure,
    isMine: () => isMine,
    metrics: createMetrics(),
    now: () => at,
    log: createLog('silent'),
  })
  try {
    alarms.look()
    at += alarmAfterMs.noScreen
    alarms.look()
    failure = { since: at - alarmAfterMs.notStoring, reason: 'the disk is full' }
    alarms.look()
    await told.until(() => told.alarms.length === 1)
    assert.deepEqual(
      told.alarms.map(({ kind }) => kind),
      ['not_storing'],
    )
    assert.equal(told.heartbeats(), 0)
    failure = null
    isMine = true
    alarms.look()
    await told.until(() => told.alarms.length === 3)
    assert.deepEqual(told.alarms.map(({ kind, state }) => `${kind} ${state}`).sort(), [
      'no_screen begun',
      'not_storing begun',
      'not_storing ended',
    ])
    await alarms.beat()
    assert.equal(told.heartbeats(), 1)
  } finally {
    alarms.stop()
  }
})
