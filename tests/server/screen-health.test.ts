/** What the living know of the dead: who is silent, what is on no screen, and what each screen has painted. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BeatAnswer } from '#domain/protocol.ts'
import type { ScreenView } from '#server/live/screen-health.ts'
import { figureOf, metricsOf } from '#tests/helpers/metrics.ts'
import { beat, follow, readLocation } from '#tests/helpers/screens.ts'
import { send } from '#tests/helpers/send.ts'
import { type TestServer, testServer } from '#tests/helpers/test-server.ts'
import { updated } from '#tests/helpers/webhooks.ts'

const minute = 60_000
/** A Wednesday. */
const noon = Date.parse('2026-11-25T12:00:00Z')

/** A server whose clock the test moves. */
async function clockServer() {
  let at = noon
  const server = await testServer({ now: () => at })
  return {
    server,
    pass: (ms: number) => {
      at += ms
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

const names = (answer: BeatAnswer) => answer.silentScreens.map(({ name }) => name)

async function post(server: TestServer, token: string, path: string, body: unknown, headers = {}) {
  return send(server.url, {
    path,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

async function screensOf(server: TestServer, token: string, location = 'north') {
  const { status, json } = await readLocation(server, token, location, 'screens')
  assert.equal(status, 200)
  return json as { screens: ScreenView[]; orders: { id: string; seq: number; paintedOn: number }[] }
}

test('a fixed screen that is silent for 30 s is named on the others of its locations, and only there', async () => {
  await using clock = await clockServer()
  const { server } = clock
  const [dead, other, pickup, elsewhere] = await Promise.all([
    server.screen('kitchen', ['north']),
    server.screen('counter', ['north', 'south']),
    server.screen('pickup', ['north']),
    server.screen('kitchen', ['south']),
  ])
  for (const { socket } of [dead, other, pickup, elsewhere]) await beat(socket)
  await server.passline.live.health.look()
  clock.pass(29_000)
  assert.deepEqual(names(await beat(other.socket)), [])
  await Promise.all([beat(pickup.socket), beat(elsewhere.socket)])
  clock.pass(2_000)
  const { silentScreens } = await beat(other.socket)
  const since = new Date(noon).toISOString()
  assert.deepEqual(silentScreens, [{ id: dead.id, locationId: 'north', name: 'kitchen of the test', since }])
  assert.deepEqual(names(await beat(elsewhere.socket)), [], 'not at another location')
  assert.deepEqual(names(await beat(pickup.socket)), [], 'not in front of guests')
  await beat(dead.socket)
  assert.deepEqual(names(await beat(other.socket)), [])
})

test('phones, screens that nobody ever opened, and closed restaurants are not missed', async () => {
  await using clock = await clockServer()
  const { server } = clock
  const { screens, boards, writer } = server.passline.store
  const other = await server.screen('counter', ['north'])
  await screens.add({ name: 'Never opened', role: 'kitchen', locations: ['north'] })
  const phone = await screens.add({ name: 'Phone', role: 'counter', locations: ['north'], isWatched: false })
  await post(server, phone.token, '/api/screen/beat', emptyBeat)
  const dead = await server.screen('kitchen', ['north'])
  await beat(dead.socket)
  await server.post(updated('north', 'one'))
  await server.passline.live.health.look()
  clock.pass(minute)
  assert.deepEqual(names(await beat(other.socket)), ['kitchen of the test'])

  const openingHours = JSON.stringify({ wed: [['17:00', '23:00']] })
  await writer.administer((client) => client.location.update({ where: { id: 'north' }, data: { openingHours } }))
  assert.deepEqual((await boards.locations())[0]?.openingHours, { wed: [['17:00', '23:00']] })
  await server.passline.live.health.look()
  assert.deepEqual(names(await beat(other.socket)), [], 'closed until five')
  clock.pass(5 * 60 * minute)
  assert.deepEqual(names(await beat(other.socket)), ['kitchen of the test'])
})

test('a screen that was silent before a restart is missed after it, since the same time', async () => {
  await using clock = await clockServer()
  const { server } = clock
  const dead = await server.screen('kitchen', ['north'])
  await beat(dead.socket)
  clock.pass(10_000)
  dead.socket.disconnect()
  await server.passline.store.writer.administer((client) =>
    client.screen.update({ where: { id: dead.id }, data: { pairedAt: new Date(noon) } }),
  )
  await server.restart()
  const other = await server.screen('counter', ['north'])
  await server.passline.live.health.look()
  assert.deepEqual(names(await beat(other.socket)), [], 'it has its time to come back')
  clock.pass(31_000)
  assert.equal((await beat(other.socket)).silentScreens[0]?.since, new Date(noon).toISOString())
})

test('signed off, a screen is not missed until the next business day, or until it is on again', async () => {
  await using clock = await clockServer()
  const { server } = clock
  await server.post(updated('north', 'one'))
  const [dead, other, pickup] = await Promise.all([
    server.screen('kitchen', ['north']),
    server.screen('counter', ['north']),
    server.screen('pickup', ['north']),
  ])
  await beat(dead.socket)
  await server.passline.live.health.look()
  clock.pass(minute)
  assert.deepEqual(names(await beat(other.socket)), ['kitchen of the test'])
  const path = `/api/locations/north/screens/${dead.id}/off`
  assert.equal((await post(server, pickup.token, path, {})).status, 403)
  assert.equal((await post(server, other.token, path, {}, { origin: 'https://elsewhere.example' })).status, 403)
  assert.equal((await post(server, other.token, '/api/locations/north/screens/nobody/off', {})).status, 404)
  assert.equal((await post(server, other.token, path, {})).status, 200)
  assert.deepEqual(names(await beat(other.socket)), [])
  await server.passline.live.health.look()
  assert.deepEqual(names(await beat(other.socket)), [], 'after it was read again')

  await beat(dead.socket)
  await server.passline.live.health.look()
  clock.pass(minute)
  assert.deepEqual(names(await beat(other.socket)), ['kitchen of the test'], 'it was on, and is missed again')
  await post(server, other.token, path, {})
  clock.pass(24 * 60 * minute)
  assert.deepEqual(names(await beat(other.socket)), ['kitchen of the test'], 'tomorrow has come')
})

test('an order that no screen of the kitchen has painted says so after ten seconds', async () => {
  await using clock = await clockServer()
  const { server } = clock
  const [kitchen, counter] = await Promise.all([
    server.screen('kitchen', ['north']),
    server.screen('counter', ['north']),
  ])
  await server.passline.live.health.look()
  clock.pass(minute)
  await server.post(updated('north', 'one'))
  const unshown = async (seen: number) => {
    await beat(kitchen.socket, { painted: { north: seen } })
    return (await beat(counter.socket, { painted: { north: 1 } })).locations.north?.unshown
  }
  assert.deepEqual(await unshown(0), {})
  clock.pass(10_000)
  assert.deepEqual(await unshown(0), { kitchen: 0 })
  assert.deepEqual(await unshown(1), {})
  // A kitchen screen that does not answer shows nothing that counts.
  clock.pass(31_000)
  const { locations } = await beat(counter.socket, { painted: { north: 1 } })
  assert.deepEqual(locations.north?.unshown, { kitchen: 0 })
})

test('GET …/screens tells how each screen does, and on how many each open order is painted', async () => {
  await using clock = await clockServer()
  const { server } = clock
  const [kitchen, counter, pickup] = await Promise.all([
    server.screen('kitchen', ['north']),
    server.screen('counter', ['north', 'south']),
    server.screen('pickup', ['north']),
  ])
  await server.passline.live.health.look()
  await follow(kitchen.socket)
  await server.post(updated('north', 'one'))
  assert.deepEqual((await screensOf(server, counter.token)).orders, [{ id: 'one', seq: 1, paintedOn: 0 }])
  clock.pass(1_500)
  await beat(kitchen.socket, {
    painted: { north: 1 },
    paints: [['north', 1, 300]],
    hidden: 3,
    sound: 'blocked',
    build: 'b7',
  })
  const { screens, orders } = await screensOf(server, counter.token)
  assert.deepEqual(orders, [{ id: 'one', seq: 1, paintedOn: 1 }])
  assert.equal(screens.length, 3)
  const at = (ms: number) => new Date(noon + ms).toISOString()
  assert.deepEqual(
    screens.find(({ id }) => id === kitchen.id),
    {
      id: kitchen.id,
      name: 'kitchen of the test',
      role: 'kitchen',
      isLive: true,
      isWatched: true,
      lastBeatAt: at(1_500),
      silentSince: null,
      offUntil: null,
      painted: { seq: 1, at: at(1_200) },
      webhookToPaintMs: 1_200,
      hidden: 3,
      sound: 'blocked',
      build: 'b7',
    },
  )
  assert.equal(figureOf(await metricsOf(server), 'passline_webhook_to_paint_seconds_count'), 1)
  assert.equal(figureOf(await metricsOf(server), 'passline_webhook_to_paint_seconds_sum'), 1.2)
  assert.equal((await readLocation(server, kitchen.token, 'south', 'screens')).status, 403)
  assert.equal((await readLocation(server, pickup.token, 'north', 'screens')).status, 403)
  assert.equal((await readLocation(server, 'nobody', 'north', 'screens')).status, 401)
})

const emptyBeat = { n: 1, positions: {}, painted: {}, hidden: 0, sound: 'on', build: 'test' }

test('the question over HTTP is answered as over the websocket', async () => {
  await using clock = await clockServer()
  const { server } = clock
  const kitchen = await server.screen('kitchen', ['north'])
  await server.post(updated('north', 'one'))
  const { status, json } = await post(server, kitchen.token, '/api/screen/beat', emptyBeat)
  assert.equal(status, 200)
  assert.deepEqual(json, await beat(kitchen.socket, { n: 1 }))
  assert.equal((await post(server, 'nobody', '/api/screen/beat', emptyBeat)).status, 401)
  const wrong = await post(server, kitchen.token, '/api/screen/beat', { ...emptyBeat, hidden: 'many' })
  assert.equal(wrong.status, 400)
  assert.equal((wrong.json as { error: { issues: { path: string }[] } }).error.issues[0]?.path, 'hidden')
  const foreign = await post(server, kitchen.token, '/api/screen/beat', emptyBeat, {
    origin: 'https://elsewhere.example',
  })
  assert.equal(foreign.status, 403)
})
