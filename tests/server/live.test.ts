import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import path from 'node:path'
import { test } from 'node:test'
import { io } from 'socket.io-client'
import type { Backlog, Change } from '#domain/board.ts'
import type { OrderView } from '#domain/order-view.ts'
import { lineWithinMs } from '#domain/patience.ts'
import type { AnyView, Follow } from '#domain/protocol.ts'
import { controlSocket, sendCommand } from '#server/control.ts'
import { browser } from '#tests/helpers/browser.ts'
import { beat, follow, keptBoard, listen, readLocation } from '#tests/helpers/screens.ts'
import { send } from '#tests/helpers/send.ts'
import { type TestServer, type TestSocket, testServer } from '#tests/helpers/test-server.ts'
import { created, driverArrived, updated } from '#tests/helpers/webhooks.ts'

/** Numbers from a seed (mulberry32), so that a failure can be played again. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const idsOf = (backlog: Backlog<AnyView> | undefined) => backlog?.orders.map(({ id }) => id).sort()

/** Posts so many new orders. */
async function fill(server: TestServer, locationId: string, count: number, prefix = 'order') {
  const all = Array.from({ length: count }, (_, index) => server.post(updated(locationId, `${prefix} ${index}`)))
  for (const { status } of await Promise.all(all)) assert.equal(status, 200)
}

/** Lets an order, if there is one, leave the board, as time does. */
async function leave(server: TestServer, locationId: string, orderId: string) {
  const recorded = await server.passline.store.writer.record({
    about: { locationId, orderId },
    at: Date.now(),
    bytes: 100,
    isWebhook: false,
    decide: ({ order, moment }) => {
      if (!order) return { step: { kind: 'unchanged' }, answer: null }
      const left = { ...order, seq: moment.seq, leftBoard: { at: moment.at, why: 'done' } } as const
      return { step: { kind: 'changed', order: left, by: 'time', facts: {} }, answer: null }
    },
  })
  assert.equal(recorded.kind, 'stored')
}

/** Opens a socket as a browser would, and tells how that ended. */
async function knock(server: TestServer, auth: Record<string, unknown>, extraHeaders: Record<string, string> = {}) {
  const socket: TestSocket = io(server.url, {
    transports: ['websocket'],
    auth,
    forceNew: true,
    reconnection: false,
    extraHeaders,
  })
  try {
    return await new Promise<string>((resolve) => {
      socket.once('connect', () => resolve('connected'))
      socket.once('connect_error', (error) => resolve(error.message))
    })
  } finally {
    socket.disconnect()
  }
}

test('a screen that asks for nothing by name gets a snapshot of each of its locations', async () => {
  await using server = await testServer()
  await server.post(updated('north', 'one'))
  await server.post(driverArrived('north', 'two'))
  await server.post(updated('south', 'three'))
  await server.post(updated('east', 'not ours'))
  const { socket } = await server.screen('kitchen', ['north', 'south', 'never heard of'])
  const answers = await follow(socket)
  assert.deepEqual(Object.keys(answers).sort(), ['never heard of', 'north', 'south'])
  assert.deepEqual(
    Object.values(answers).map(({ kind, seq }) => [kind, seq]),
    Object.keys(answers).map((id) => ['snapshot', { north: 2, south: 1 }[id] ?? 0]),
  )
  assert.deepEqual(
    [idsOf(answers.north), idsOf(answers.south), idsOf(answers['never heard of'])],
    [['one', 'two'], ['three'], []],
  )
})

test('asked by name, only what was named is answered', async () => {
  await using server = await testServer()
  const { socket } = await server.screen('kitchen', ['north', 'south'])
  assert.deepEqual(Object.keys(await follow(socket, { south: null })), ['south'])
})

test('a cursor is answered with exactly the orders that changed above it, those that left included', async () => {
  await using server = await testServer()
  for (const id of ['one', 'two', 'three', 'four']) await server.post(updated('north', id))
  const { socket, token } = await server.screen('counter', ['north'])
  const snapshot = (await follow(socket)).north
  assert.ok(snapshot)
  await server.post(updated('north', 'two', { status: 'ready_for_pickup' }))
  await server.post(driverArrived('north', 'two'))
  await leave(server, 'north', 'three')
  await server.post(updated('north', 'five'))
  const { epoch, seq } = snapshot
  const { north } = await follow(socket, { north: { epoch, seq } })
  assert.equal(north?.kind, 'changes')
  assert.equal(north?.seq, 8)
  assert.deepEqual(north?.orders.map((order) => [order.id, order.seq, order.onBoard]).sort(), [
    ['five', 8, true],
    ['three', 7, false],
    ['two', 6, true],
  ])
  const overHttp = await readLocation(server, token, 'north', `changes?epoch=${epoch}&after=${seq}`)
  assert.deepEqual({ ...(overHttp.json as object), serverTime: '' }, { ...north, serverTime: '' })
  const upToDate = (await follow(socket, { north: { epoch, seq: 8 } })).north
  assert.deepEqual([upToDate?.kind, upToDate?.orders], ['changes', []])
})

test('a cursor ahead of the head, and one of another epoch, are answered with a snapshot', async () => {
  await using server = await testServer()
  await fill(server, 'north', 3)
  const { socket, token } = await server.screen('kitchen', ['north'])
  const first = (await follow(socket)).north
  assert.ok(first)
  const { epoch } = first
  for (const cursor of [
    { epoch, seq: 4 },
    { epoch, seq: 9_999_999_999 },
    { epoch: 'another', seq: 1 },
    { epoch: '', seq: 0 },
  ]) {
    const { north } = await follow(socket, { north: cursor })
    assert.deepEqual([north?.kind, north?.seq, north?.orders.length], ['snapshot', 3, 3], JSON.stringify(cursor))
    const query = `changes?epoch=${cursor.epoch}&after=${cursor.seq}`
    assert.equal(((await readLocation(server, token, 'north', query)).json as Backlog<AnyView>).kind, 'snapshot')
  }
})

test('500 changed orders are answered as changes, and more as a snapshot', async () => {
  await using server = await testServer()
  await fill(server, 'north', 250)
  await fill(server, 'north', 251, 'other')
  const { socket } = await server.screen('kitchen', ['north'])
  const epoch = (await follow(socket)).north?.epoch ?? ''
  const changes = (await follow(socket, { north: { epoch, seq: 1 } })).north
  assert.deepEqual([changes?.kind, changes?.orders.length, changes?.seq], ['changes', 500, 501])
  const snapshot = (await follow(socket, { north: { epoch, seq: 0 } })).north
  assert.deepEqual([snapshot?.kind, snapshot?.orders.length, snapshot?.seq], ['snapshot', 501, 501])
})

test('a board over HTTP is the snapshot that a socket gets', async () => {
  await using server = await testServer()
  await server.post(created('north / 1?', 'key'))
  await server.post(driverArrived('north / 1?', 'two'))
  const { socket, token } = await server.screen('kitchen', ['north / 1?'])
  const snapshot = (await follow(socket))['north / 1?']
  const { status, json, headers } = await readLocation(server, token, 'north / 1?')
  assert.equal(status, 200)
  assert.equal(headers['cache-control'], 'no-store')
  assert.deepEqual({ ...(json as object), serverTime: '' }, { ...snapshot, serverTime: '' })
  assert.deepEqual(Object.keys(json as object).sort(), ['checksum', 'epoch', 'kind', 'orders', 'seq', 'serverTime'])
})

test('a malformed question for changes is refused by the name of what is wrong', async () => {
  await using server = await testServer()
  const { token } = await server.screen('kitchen', ['north'])
  for (const query of [
    'changes',
    'changes?epoch=x',
    'changes?epoch=x&after=',
    'changes?epoch=x&after=-1',
    'changes?after=1e3',
  ]) {
    const { status, json } = await readLocation(server, token, 'north', query)
    assert.equal(status, 400, query)
    assert.equal((json as { error: { issues: { path: string }[] } }).error.issues[0]?.path, 'after')
  }
})

test('changes arrive in order, each seq once, and nothing that changed nothing', async () => {
  await using server = await testServer()
  const { socket } = await server.screen('kitchen', ['north'])
  const { north } = await follow(socket)
  const { heard, count } = listen(socket)
  const statuses = ['in_progress', 'ready_for_pickup', 'in_progress', 'ready_for_pickup', 'out_for_delivery']
  const posts = Array.from({ length: 200 }, (_, index) =>
    server.post(updated('north', `order ${index % 40}`, { status: statuses[Math.floor(index / 40)] })),
  )
  const answers = (await Promise.all(posts)).map(({ json }) => json as { outcome: string; seq: number })
  const changed = answers.filter(({ outcome }) => outcome === 'changed').length
  await count(changed)
  // The answer to this question comes after whatever was still under way.
  await beat(socket)
  assert.deepEqual(
    heard.map(({ seq }) => seq),
    Array.from({ length: changed }, (_, index) => index + 1),
  )
  for (const { locationId, epoch, seq, order } of heard) {
    assert.deepEqual([locationId, epoch, order.seq], ['north', north?.epoch, seq])
  }
})

test('a change tells kitchen and counter the same, as the board has it', async () => {
  await using server = await testServer()
  const screens = await Promise.all((['kitchen', 'counter'] as const).map((role) => server.screen(role, ['north'])))
  const ears = []
  for (const { socket } of screens) {
    await follow(socket)
    ears.push(listen(socket))
  }
  await server.post(driverArrived('north', 'one'))
  for (const { count } of ears) await count(1)
  const { json } = await readLocation(server, screens[0]?.token ?? '', 'north')
  for (const { heard } of ears)
    assert.deepEqual(
      heard.map(({ order }) => order),
      (json as Backlog<OrderView>).orders,
    )
})

test('a screen never learns of a location that is not its own, whatever it asks', async () => {
  await using server = await testServer()
  await server.post(updated('north', 'ours'))
  await server.post(updated('south', 'secret'))
  const kitchen = await server.screen('kitchen', ['north'])
  const south = await server.screen('kitchen', ['south'])
  const theirs = (await follow(south.socket)).south
  assert.ok(theirs)
  const ours = listen(kitchen.socket)
  const heardThere = listen(south.socket)
  const cursors: Follow[] = [
    { south: null },
    { south: { epoch: theirs.epoch, seq: 0 } },
    { north: null, south: null },
    {},
  ]
  for (const asked of cursors) {
    const answers = await follow(kitchen.socket, asked)
    assert.ok(Object.keys(answers).every((locationId) => locationId === 'north'))
    assert.ok(!JSON.stringify(answers).includes('secret'))
  }
  const positions = { south: { epoch: theirs.epoch, seq: 1 } }
  const answered = await beat(kitchen.socket, { positions, painted: { south: 1 } })
  assert.deepEqual(Object.keys(answered.locations), ['north'])

  await server.post(updated('south', 'secret', { status: 'ready_for_pickup' }))
  await server.post(updated('north', 'ours', { status: 'ready_for_pickup' }))
  await heardThere.count(1)
  await ours.count(1)
  await beat(kitchen.socket)
  assert.deepEqual(
    ours.heard.map(({ locationId }) => locationId),
    ['north'],
  )

  const paths = ['board', `changes?epoch=${theirs.epoch}&after=0`]
  for (const rest of paths) {
    const { status, json, text } = await readLocation(server, kitchen.token, 'south', rest)
    assert.equal(status, 403)
    assert.equal((json as { error: { code: string } }).error.code, 'forbidden')
    assert.ok(!text.includes('secret'))
  }
  for (const name of ['ready', 'hand-over', 'seen']) {
    const sent = await send(server.url, {
      path: `/api/locations/south/orders/secret/${name}`,
      headers: { authorization: `Bearer ${kitchen.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ actionId: 'a', seenSeq: 9, problem: 1 }),
    })
    assert.equal(sent.status, 403)
  }
  for (const locationId of ['north', 'NORTH', 'north ', 'south/../north']) {
    const { status } = await readLocation(server, south.token, locationId)
    assert.equal(status, 403, locationId)
  }
})

test('nobody gets in without a token that is valid now', async () => {
  await using server = await testServer()
  const { token } = await server.screen('kitchen', ['north'])
  assert.equal(await knock(server, { token }), 'connected')
  for (const auth of [
    {},
    { token: 'wrong' },
    { token: '' },
    { token: null },
    { token: { $ne: '' } },
    { token: server.token },
  ]) {
    assert.equal(await knock(server, auth), 'unauthorized', JSON.stringify(auth))
  }
  for (const headers of [{}, { authorization: 'Bearer wrong' }, { cookie: 'passline_screen=wrong' }] as Record<
    string,
    string
  >[]) {
    const { status } = await send(server.url, { method: 'GET', path: '/api/locations/north/board', headers })
    assert.equal(status, 401)
  }
})

test('a token is heard from the cookie, from the authorization, and from what the socket says', async () => {
  await using server = await testServer()
  const { token } = await server.screen('kitchen', ['north'])
  assert.equal(await knock(server, {}, { cookie: `other=1; passline_screen=${token}` }), 'connected')
  assert.equal(await knock(server, {}, { authorization: `Bearer ${token}` }), 'connected')
  const headers = { cookie: `passline_screen=${token}` }
  assert.equal((await send(server.url, { method: 'GET', path: '/api/locations/north/board', headers })).status, 200)
})

test('pairing a browser ends the token that the screen had, and whoever is connected by it', async () => {
  await using server = await testServer()
  const { token, link } = await server.passline.store.screens.add({
    name: 'Kitchen',
    role: 'kitchen',
    locations: ['north'],
  })
  const socket = io(server.url, { transports: ['websocket'], auth: { token }, forceNew: true })
  await once(socket as never, 'connect')
  const revoked = once(socket as never, 'revoked')
  const ended = once(socket as never, 'disconnect')
  assert.equal((await browser(server.url).post('/api/pair', { link })).status, 200)
  await Promise.all([revoked, ended])
  assert.notEqual(await knock(server, { token }), 'connected')
})

test('a page of another origin cannot open a socket, even with the cookie', async () => {
  await using server = await testServer()
  const { token } = await server.screen('kitchen', ['north'])
  const cookie = `passline_screen=${token}`
  for (const origin of ['http://evil.example', 'null', `${server.url}.evil.example`, 'http://localhost']) {
    assert.notEqual(await knock(server, { token }, { origin, cookie }), 'connected', origin)
  }
  assert.equal(await knock(server, { token }, { origin: server.url }), 'connected')
})

test('who is refused a line is told so before it is cut: to a proxy a line cut without a word is a broken server', async () => {
  await using server = await testServer()
  const { hostname, port, host } = new URL(server.url)
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }
  const refused: Record<string, string>[] = [{ origin: 'http://evil.example' }, {}, {}]
  const paths = ['', '&sid=nobody', '&EIO=3']
  for (const [index, headers] of refused.entries()) {
    const request = get({
      hostname,
      port,
      path: `/socket.io/?transport=websocket${paths[index]?.includes('EIO') ? '' : '&EIO=4'}${paths[index]}`,
      headers: { host, ...upgrade, 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', ...headers },
    })
    const [said] = await Promise.race([once(request, 'response'), once(request, 'upgrade')])
    assert.ok([101, 400, 403].includes((said as IncomingMessage).statusCode ?? 0), paths[index])
    request.destroy()
  }
})

/** Raw frames of a websocket, as they stand on the wire. */
function rawFrames(socket: TestSocket): string[] {
  const frames: string[] = []
  socket.io.engine.on('packet', ({ type, data }) => {
    if (type === 'message') frames.push(String(data))
  })
  return frames
}

test('a pickup board gets the fields of its view and nothing more, on the wire too', async () => {
  await using server = await testServer()
  const { socket, token } = await server.screen('pickup', ['north'])
  const frames = rawFrames(socket)
  const { count, heard } = listen(socket)
  await follow(socket)
  const customers = [{ id: 'c', name: 'Zelda Customerly', phone: '+15550001111' }]
  const { json } = await server.post(created('north', 'key', { dsp_order_number: 'A-17', customers }))
  const id = (json as { order: { provider_id: string } }).order.provider_id
  const details = { source: 'uber', name: 'Xaver Driverly', passcode: 'QX-5519', phone: { number: '+15550002222' } }
  await server.post(
    driverArrived('north', id, { driver_details: { ...details, vehicle_info: { license_plate: 'PLT-7788' } } }),
  )
  await count(2)
  await follow(socket)
  await beat(socket)
  const wire = frames.join('\n')
  const overHttp = (await readLocation(server, token, 'north')).text
  for (const words of [wire, overHttp]) {
    assert.ok(words.includes('A-17'))
    for (const word of [
      'Zelda',
      '5550001111',
      'Xaver',
      'QX-5519',
      '5550002222',
      'PLT-7788',
      'driver',
      'customer',
      'Burger',
    ]) {
      assert.ok(!words.includes(word), `${word} in ${words}`)
    }
  }
  const allowed = ['id', 'number', 'onBoard', 'seq', 'since', 'source', 'spokenNumber', 'state']
  for (const { order } of heard) assert.deepEqual(Object.keys(order).sort(), allowed)
  const orders = (JSON.parse(overHttp) as { orders: object[] }).orders
  assert.deepEqual(
    orders.map((order) => Object.keys(order).sort()),
    [allowed],
  )
  const arrivedAt = (await server.passline.store.boards.order('north', id))?.assignments.at(-1)?.arrivedAt
  const since = new Date(arrivedAt ?? Number.NaN).toISOString()
  assert.deepEqual(
    orders.map((order) => ({ ...order, seq: 0 })),
    [{ id, number: 'A-17', spokenNumber: '17', source: 'uber', state: 'come', since, seq: 0, onBoard: true }],
  )
})

test('a screen of several locations keeps each by itself', async () => {
  await using server = await testServer()
  const ids = ['north', 'south', 'east']
  const { socket } = await server.screen('kitchen', ids)
  const boards = new Map(ids.map((id) => [id, keptBoard<AnyView>()]))
  for (const [id, backlog] of Object.entries(await follow(socket))) boards.get(id)?.take(backlog)
  const { heard, count } = listen(socket)
  await Promise.all(ids.flatMap((id, index) => [fill(server, id, index + 2)]))
  await count(9)
  for (const change of heard) assert.equal(boards.get(change.locationId)?.hear(change), 'applied')
  const { locations } = await beat(socket)
  for (const [index, id] of ids.entries()) {
    const board = boards.get(id)?.board
    assert.deepEqual([board?.seq, board?.checksum], [index + 2, locations[id]?.checksum])
    assert.equal(board?.epoch, locations[id]?.epoch)
  }
})

test('a screen of every location hears the first change of a new one without asking', async () => {
  await using server = await testServer()
  const { socket } = await server.screen('kitchen', 'every')
  const pickup = await server.screen('pickup', 'every')
  assert.deepEqual(await follow(socket), {})
  await follow(pickup.socket)
  const staffEar = listen(socket)
  const pickupEar = listen(pickup.socket)
  await server.post(updated('brand new', 'one'))
  await server.post(updated('brand new', 'two'))
  await staffEar.count(2)
  await pickupEar.count(2)
  assert.deepEqual(
    staffEar.heard.map(({ locationId, seq }) => [locationId, seq]),
    [
      ['brand new', 1],
      ['brand new', 2],
    ],
  )
  assert.ok(pickupEar.heard.every(({ order }) => !('driver' in order)))
  assert.deepEqual(Object.keys(await follow(socket)), ['brand new'])
  assert.equal((await beat(socket)).locations['brand new']?.seq, 2)
})

test('a revoked screen is told so, is let go, and cannot come back', async () => {
  await using server = await testServer()
  const { id, token, socket } = await server.screen('kitchen', ['north'])
  const other = await server.screen('kitchen', ['north'])
  await follow(socket)
  const told = once(socket as never, 'revoked')
  const gone = once(socket as never, 'disconnect')
  const answered = await sendCommand(controlSocket(path.dirname(server.databaseFile)), 'screen revoke', { id })
  assert.deepEqual(answered, { done: true, result: { id, name: 'kitchen of the test' } })
  await told
  assert.deepEqual((await gone)[0], 'io server disconnect')
  assert.equal(await knock(server, { token }), 'unauthorized')
  assert.equal((await readLocation(server, token, 'north')).status, 401)
  assert.equal((await beat(other.socket)).n, 0)
})

test('a beat is answered with the time, with where every location is, and with whether updates are stored', async () => {
  const at = Date.UTC(2026, 3, 5, 12, 30)
  await using server = await testServer({ now: () => at })
  await fill(server, 'north', 2)
  const { socket } = await server.screen('counter', ['north', 'never heard of'])
  const { north } = await follow(socket)
  const answer = await beat(socket, {
    n: 41,
    positions: { north: { epoch: north?.epoch ?? '', seq: 1 } },
    hidden: 3,
    sound: 'blocked',
  })
  const { epoch: emptyEpoch } = answer.locations['never heard of'] ?? {}
  assert.deepEqual(answer, {
    n: 41,
    serverTime: '2026-04-05T12:30:00.000Z',
    storing: true,
    locations: {
      north: {
        epoch: north?.epoch,
        seq: 2,
        checksum: north?.checksum,
        lastWebhookAt: '2026-04-05T12:30:00.000Z',
        usualGapMs: null,
        gap: null,
        unshown: {},
      },
      'never heard of': {
        epoch: emptyEpoch,
        seq: 0,
        checksum: 0,
        lastWebhookAt: null,
        usualGapMs: null,
        gap: null,
        unshown: {},
      },
    },
    silentScreens: [],
    build: answer.build,
    settings: answer.settings,
    lineWithinMs: lineWithinMs(1),
  })
  assert.notEqual(answer.build, '')
})

test('a malformed message is answered with an error, and the socket lives on', async () => {
  await using server = await testServer()
  const { socket } = await server.screen('kitchen', ['north'])
  const raw = socket as unknown as {
    emitWithAck: (name: string, ...said: unknown[]) => Promise<{ error?: { code: string } }>
  }
  const many = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`location ${index}`, null]))
  const follows = [
    null,
    7,
    'north',
    [],
    { north: 7 },
    { north: { epoch: 'x' } },
    { north: { epoch: 'x', seq: -1 } },
    many,
  ]
  for (const said of [...follows, { north: { epoch: 'x'.repeat(101), seq: 1 } }, { ['x'.repeat(201)]: null }]) {
    assert.equal((await raw.emitWithAck('follow', said)).error?.code, 'wrong_shape', JSON.stringify(said))
  }
  for (const said of [
    null,
    {},
    [],
    { n: 'one' },
    { n: 1, positions: {}, painted: {}, hidden: 0, sound: 'loud', build: '' },
  ]) {
    assert.equal((await raw.emitWithAck('beat', said)).error?.code, 'wrong_shape', JSON.stringify(said))
  }
  const silent = socket as unknown as { emit: (name: string, ...said: unknown[]) => void }
  silent.emit('follow', {})
  silent.emit('follow')
  silent.emit('beat', {}, 'no function')
  silent.emit('never heard of', { a: 1 })
  assert.equal(socket.connected, true)
  assert.deepEqual(Object.keys(await follow(socket)), ['north'])
  assert.equal((await beat(socket, { n: 5 })).n, 5)
})

test('a location may be named like a property of every object', async () => {
  await using server = await testServer()
  const ids = ['constructor', 'toString', 'hasOwnProperty']
  for (const id of ids) await server.post(updated(id, 'one'))
  const { socket } = await server.screen('kitchen', ids)
  assert.deepEqual(Object.keys(await follow(socket)).sort(), [...ids].sort())
  assert.deepEqual(Object.keys(await follow(socket, { constructor: null } as Follow)), ['constructor'])
  assert.deepEqual(Object.keys((await beat(socket)).locations).sort(), [...ids].sort())
})

test('epochs differ by location, by role and after a restart', async () => {
  await using server = await testServer()
  await fill(server, 'north', 1)
  const kitchen = await server.screen('kitchen', ['north', 'south'])
  const counter = await server.screen('counter', ['north'])
  const pickup = await server.screen('pickup', ['north'])
  const epochs = async () => {
    const staff = await follow(kitchen.socket)
    return [staff.north?.epoch, staff.south?.epoch, (await follow(pickup.socket)).north?.epoch]
  }
  const before = await epochs()
  assert.equal((await follow(counter.socket)).north?.epoch, before[0])
  const reconnected = [kitchen.socket, pickup.socket].map((socket) => once(socket as never, 'connect'))
  await server.restart()
  await Promise.all(reconnected)
  const after = await epochs()
  assert.equal(new Set([...before, ...after]).size, 6)
  const cursor = { epoch: before[0] ?? '', seq: 1 }
  assert.equal((await follow(kitchen.socket, { north: cursor })).north?.kind, 'snapshot')
})

test('screens are told that the server is going, and come back by themselves', async () => {
  await using server = await testServer()
  const { socket } = await server.screen('kitchen', ['north'])
  await follow(socket)
  const moving = once(socket as never, 'moving')
  const back = once(socket as never, 'connect')
  await server.restart()
  await moving
  await back
  assert.deepEqual(Object.keys(await follow(socket)), ['north'])
})

/** One random update of a small restaurant. */
function anyUpdate(random: () => number) {
  const pick = <One>(list: readonly One[]) => list[Math.floor(random() * list.length)] as One
  const id = `order ${Math.floor(random() * 12)}`
  const status = pick(['in_progress', 'ready_for_pickup', 'out_for_delivery', 'completed', 'failed', 'dsp_canceled'])
  const delivery_status = pick([
    'enroute_to_pickup',
    'arrived_at_pickup',
    'enroute_to_dropoff',
    'completed',
    'failed',
    undefined,
  ])
  const driver_details = pick([undefined, { name: 'Jane D.', passcode: '1234' }, { name: 'Ann P.', source: 'uber' }])
  return updated('north', id, { status, delivery_status, driver_details })
}

test('wherever the line is cut, a screen ends at the board of the server', async (context) => {
  const seed = 20_260_401
  context.diagnostic(`seed ${seed}`)
  const random = randomOf(seed)
  await using server = await testServer()
  const { socket, token } = await server.screen('kitchen', ['north'])
  const kept = keptBoard<OrderView>()
  let isListening = true
  const outcomes = new Set<string>()
  const onChange = (change: Change<AnyView>) => {
    if (isListening) outcomes.add(kept.hear(change as Change<OrderView>))
  }
  kept.take((await follow(socket)).north as Backlog<OrderView>)
  socket.on('change', onChange)
  const reconnect = async () => {
    const connected = once(socket as never, 'connect')
    socket.connect()
    await connected
  }

  for (let cut = 0; cut < 50; cut += 1) {
    const posts = Array.from({ length: 1 + Math.floor(random() * 6) }, () => server.post(anyUpdate(random)))
    if (random() < 0.4) await Promise.all(posts)
    if (random() < 0.3) await leave(server, 'north', `order ${Math.floor(random() * 12)}`)
    // Some are lost with the connection, some are only not listened to.
    const isCut = random() < 0.5
    if (isCut) socket.disconnect()
    else isListening = false
    await Promise.all(posts)
    await server.post(anyUpdate(random))
    if (isCut) await reconnect()
    isListening = true
    kept.take((await follow(socket, { north: kept.cursor })).north as Backlog<OrderView>)
    const snapshot = (await readLocation(server, token, 'north')).json as Backlog<OrderView>
    const { locations } = await beat(socket)
    const { board } = kept
    assert.deepEqual([board.seq, board.checksum], [snapshot.seq, snapshot.checksum], `seed ${seed}, cut ${cut}`)
    assert.deepEqual([locations.north?.seq, locations.north?.checksum], [snapshot.seq, snapshot.checksum])
    const byId = (orders: Iterable<OrderView>) => [...orders].sort((one, other) => (one.id < other.id ? -1 : 1))
    assert.deepEqual(byId(board.orders.values()), byId(snapshot.orders), `seed ${seed}, cut ${cut}`)
  }
  assert.ok(outcomes.has('applied'))
})
