/** Two servers on one database, joined by Redis: whoever asks one of them notices nothing of the other. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { Backlog } from '#domain/board.ts'
import type { OrderView } from '#domain/order-view.ts'
import { type Cluster, startCluster } from '#tests/helpers/cluster.ts'
import { figureOf, metricsOf } from '#tests/helpers/metrics.ts'
import { beat, connectScreen, follow, listen, readLocation } from '#tests/helpers/screens.ts'
import { send } from '#tests/helpers/send.ts'
import type { ServerProcess } from '#tests/helpers/server-process.ts'
import type { TestSocket } from '#tests/helpers/test-server.ts'
import { driverArrived, updated } from '#tests/helpers/webhooks.ts'

let cluster: Cluster
let one: ServerProcess
let other: ServerProcess
const sockets: TestSocket[] = []

before(async () => {
  cluster = await startCluster(2, { settings: { TRUSTED_PROXIES: 'loopback' } })
  const [first, second] = cluster.servers
  assert.ok(first && second)
  one = first
  other = second
})

after(async () => {
  for (const socket of sockets) socket.disconnect()
  await cluster[Symbol.asyncDispose]()
})

/** Waits for what may take a moment, and fails when it takes longer. */
async function until(what: string, holds: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, `not within ${withinMs} ms: ${what}`)
    await setTimeout(20)
  }
}

async function connect(server: ServerProcess, token: string): Promise<TestSocket> {
  const socket = await connectScreen(server.url, token)
  sockets.push(socket)
  return socket
}

const heard = (socket: TestSocket, event: 'revoked' | 'disconnect') =>
  new Promise<void>((resolve) => socket.once(event, () => resolve()))

async function healthOf(server: ServerProcess) {
  const { json } = await send(server.url, { method: 'GET', path: '/api/health' })
  return json as { alive: boolean; storing: unknown; redis?: true | { awaySince: string } }
}

const areLinked = () =>
  until('they hear each other', async () =>
    (await Promise.all([one, other].map(healthOf))).every(({ redis }) => redis === true),
  )

const areApart = () =>
  until('they say that Redis is away', async () =>
    (await Promise.all([one, other].map(healthOf))).every(({ redis }) => typeof redis === 'object'),
  )

test('a change that one server stores is pushed by the other at once, to each screen what it may see', async () => {
  await areLinked()
  const kitchen = await one.addScreen('kitchen', 'north')
  const pickup = await one.addScreen('pickup', 'north')
  const sides = await Promise.all([connect(other, kitchen.token), connect(other, pickup.token)])
  const listening = sides.map(listen)
  for (const socket of sides) await follow(socket)
  const { seq } = await one.post(driverArrived('north', 'one'))
  await Promise.all(listening.map(({ count }) => count(1)))
  const [staff, board] = listening.map(({ heard: changes }) => changes[0])
  assert.deepEqual([staff?.seq, board?.seq], [seq, seq])
  assert.match(JSON.stringify(staff?.order), /Jane Driver.*K7-42|K7-42.*Jane Driver/)
  assert.doesNotMatch(JSON.stringify(board?.order), /K7-42/)
  // And the other way.
  await other.post(updated('north', 'two'))
  await listening[0]?.count(2)
  assert.deepEqual(
    listening[0]?.heard.map((change) => change.seq),
    [1, 2],
  )
})

test('what is open is known to a server that shows none of it', async () => {
  await areLinked()
  const { token } = await one.addScreen('counter', 'digests')
  await one.post(updated('digests', 'one'))
  const { seq } = await one.post(updated('digests', 'two'))
  type Seen = { orders: { id: string; seq: number }[] }
  await until('the other server knows of both', async () => {
    const { json } = await readLocation(other, token, 'digests', 'screens')
    return (json as Seen).orders.map((order) => order.seq).join() === `1,${seq}`
  })
})

test('a screen that opens while changes are being stored hears of each, at once, whatever its server has said', async () => {
  await areLinked()
  const locations = Array.from({ length: 30 }, (_, index) => `opening-${index}`)
  const screens = await Promise.all(locations.map((locationId) => one.addScreen('kitchen', locationId)))
  await Promise.all(
    screens.map(async ({ token }, index) => {
      const locationId = locations[index] ?? ''
      const socket = await connect(other, token)
      const { heard: changes } = listen(socket)
      const isHeard = (seq: number) => until(`change ${seq}`, () => changes.some((change) => change.seq === seq))
      // The other server hears that it is shown at about the moment at which it stores it.
      const [answers] = await Promise.all([follow(socket), one.post(updated(locationId, 'one'))])
      if (answers[locationId]?.seq !== 1) await isHeard(1)
      await one.post(updated(locationId, 'two'))
      await isHeard(2)
    }),
  )
})

test('the first order of a location is shown at once where one screen names it and another follows every location', async () => {
  await areLinked()
  const locations = Array.from({ length: 8 }, (_, index) => `brand-new-${index}`)
  const named = await one.addScreen('kitchen', ...locations)
  const every = await one.passline('screen', 'add', '--name', 'Office', '--role', 'counter', '--every-location')
  const sides = await Promise.all([connect(other, named.token), connect(other, (every as { token: string }).token)])
  const listening = sides.map(listen)
  for (const socket of sides) await follow(socket)
  for (const locationId of locations) {
    await one.post(updated(locationId, 'one'))
    for (const { heard: changes } of listening) {
      await until(`the first order of ${locationId}`, () => changes.some((change) => change.locationId === locationId))
    }
  }
})

test('a cursor that one server gave is good at the other, so that no request need find the same one again', async () => {
  const { token } = await one.addScreen('counter', 'cursors')
  await one.post(updated('cursors', 'one'))
  const { json } = await readLocation(one, token, 'cursors')
  const { epoch, seq } = json as Backlog<OrderView>
  await one.post(updated('cursors', 'two'))
  const answers = await Promise.all(
    [one, other].map((server) => readLocation(server, token, 'cursors', `changes?epoch=${epoch}&after=${seq}`)),
  )
  for (const answer of answers) {
    const { kind, orders, epoch: own } = answer.json as Backlog<OrderView>
    assert.deepEqual([kind, orders.map(({ id }) => id), own], ['changes', ['two'], epoch])
  }
  const heads = await Promise.all([one, other].map(async (server) => beat(await connect(server, token))))
  assert.deepEqual(heads[0]?.locations, heads[1]?.locations)
})

test('a screen and a credential that one server added are known to the other at once; revoked, they are out at both', async () => {
  await areLinked()
  const { id, token } = await one.addScreen('kitchen', 'rights')
  const socket = await connect(other, token)
  const told = heard(socket, 'revoked')
  const gone = heard(socket, 'disconnect')
  await one.passline('screen', 'revoke', id)
  await told
  await gone
  const added = (await one.passline('credential', 'add', '--name', 'second')) as { id: string; token: string }
  const post = (order: string) =>
    send(other.url, {
      headers: { authorization: `Bearer ${added.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(updated('rights', order)),
    })
  assert.equal((await post('one')).status, 200)
  await one.passline('credential', 'revoke', added.id)
  await until('the revoked token is refused', async () => (await post('two')).status === 401, 5_000)
})

test('guesses are counted by all servers together', async () => {
  await areLinked()
  const guessing = { authorization: 'Bearer wrong-token-of-somebody', 'x-forwarded-for': '203.0.113.7' }
  const guess = (server: ServerProcess) => send(server.url, { headers: guessing, body: '{}' })
  const statuses: number[] = []
  for (let count = 0; count < 20; count += 1) {
    for (const server of [one, other]) statuses.push((await guess(server)).status)
  }
  const refused = statuses.filter((status) => status === 401).length
  assert.deepEqual([refused, statuses.length - refused], [30, 10])
})

test('a pairing code that one server showed is confirmed at the other, and the browser asks either', async () => {
  const ask = async (server: ServerProcess, path: string, body: unknown = {}) =>
    (await send(server.url, { path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).json
  const { code, device } = (await ask(one, '/api/pair/code')) as { code: string; device: string }
  await other.passline('screen', 'pair', '--code', code, '--name', 'Wall', '--role', 'kitchen', '--location', 'north')
  const polled = (await ask(one, '/api/pair/poll', { device })) as { paired: boolean }
  assert.equal(polled.paired, true)
})

test('each server knows how the screens of the other do, and what these have painted', async () => {
  await areLinked()
  const { id, token } = await one.addScreen('kitchen', 'health')
  const reader = await one.addScreen('counter', 'health')
  const { seq } = await one.post(updated('health', 'one'))
  const socket = await connect(other, token)
  await follow(socket)
  await beat(socket, { painted: { health: seq }, sound: 'blocked' })
  type Seen = { screens: { id: string; isLive: boolean; sound: string | null }[]; orders: { paintedOn: number }[] }
  await until('it is live at the other server', async () => {
    const { json } = await readLocation(one, reader.token, 'health', 'screens')
    const { screens, orders } = json as Seen
    const screen = screens.find((each) => each.id === id)
    return screen?.isLive === true && screen.sound === 'blocked' && orders[0]?.paintedOn === 1
  })
})

test('without Redis each server says so, a change reaches every screen by its next beat, and who is revoked is out', async () => {
  await areLinked()
  const { id, token } = await one.addScreen('kitchen', 'apart')
  const added = (await one.passline('credential', 'add', '--name', 'third')) as { id: string; token: string }
  cluster.redis.hang()
  await areApart()
  assert.equal(figureOf(await metricsOf(one), 'passline_redis'), 0)
  const socket = await connect(other, token)
  await follow(socket)
  const before = await beat(socket)
  const { seq } = await one.post(updated('apart', 'one'))
  const now = await beat(socket)
  assert.deepEqual([before.locations.apart?.seq, now.locations.apart?.seq], [0, seq])
  const answers = await follow(socket, { apart: { epoch: now.locations.apart?.epoch ?? '', seq: 0 } })
  assert.deepEqual(
    answers.apart?.orders.map((order) => order.id),
    ['one'],
  )
  // A screen of a new location hears of it as well.
  const later = await one.addScreen('kitchen', 'apart')
  await connect(other, later.token)
  const gone = heard(socket, 'disconnect')
  await one.passline('screen', 'revoke', id)
  await gone
  await one.passline('credential', 'revoke', added.id)
  await until('the revoked token is refused', async () => {
    const headers = { authorization: `Bearer ${added.token}`, 'content-type': 'application/json' }
    return (await send(other.url, { headers, body: JSON.stringify(updated('apart', 'two')) })).status === 401
  })
  cluster.redis.resume()
  await areLinked()
})

test('Redis that was killed and started anew is found again, and pushes again', async () => {
  await cluster.redis.kill()
  await areApart()
  await one.post(updated('anew', 'one'))
  await cluster.redis.start()
  await areLinked()
  const { token } = await one.addScreen('kitchen', 'anew')
  const socket = await connect(other, token)
  const changes = listen(socket)
  await follow(socket)
  await one.post(updated('anew', 'two'))
  await changes.count(1)
  assert.equal(figureOf(await metricsOf(one), 'passline_redis'), 1)
})

test('where the database is another one, every cursor of before is void', async () => {
  const { token } = await one.addScreen('kitchen', 'history')
  await one.post(updated('history', 'one'))
  await one.post(updated('history', 'two'))
  const socket = await connect(other, token)
  const epochNow = async () => (await beat(socket)).locations.history?.epoch ?? ''
  const before = await epochNow()
  assert.equal(await epochNow(), before)
  // As a copy that is brought back does: the same rows, in files of their own.
  const { rows } = cluster.database
  await rows(
    'BEGIN; CREATE TEMP TABLE kept AS SELECT * FROM orders; TRUNCATE orders; INSERT INTO orders SELECT * FROM kept; COMMIT',
  )
  await until('another epoch', async () => (await epochNow()) !== before)
  const answers = await follow(socket, { history: { epoch: before, seq: 2 } })
  assert.equal(answers.history?.kind, 'snapshot')
})
