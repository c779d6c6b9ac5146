/** The screen's own store against a real server: whatever is lost, repeated or shuffled on the way, it ends right. */
import assert from 'node:assert/strict'
import { copyFileSync, rmSync } from 'node:fs'
import { test } from 'node:test'
import type { LiveSocket } from '#components/live/surroundings.ts'
import type { Snapshot } from '#domain/board.ts'
import type { OrderView } from '#domain/order-view.ts'
import { lineWithinMs } from '#domain/patience.ts'
import { assertShows, type HeadlessScreen, headlessScreen, isLive, untilStore } from '#tests/helpers/headless-screen.ts'
import { figureOf, metricsOf } from '#tests/helpers/metrics.ts'
import { beat, readLocation } from '#tests/helpers/screens.ts'
import { type TestServer, testServer } from '#tests/helpers/test-server.ts'
import { toxicProxy } from '#tests/helpers/toxic-proxy.ts'
import { updated } from '#tests/helpers/webhooks.ts'

const places = ['north', 'south']

/** Screens of a test, on a server of its own; all of them are stopped with it. */
async function withScreens(
  work: (
    server: TestServer,
    open: (options?: Parameters<typeof headlessScreen>[2] & { url?: string }) => Promise<HeadlessScreen>,
    token: string,
  ) => Promise<void>,
): Promise<void> {
  const server = await testServer()
  const opened: HeadlessScreen[] = []
  try {
    const { token } = await server.passline.store.screens.add({ name: 'Reader', role: 'counter', locations: places })
    await work(
      server,
      async ({ url = server.url, ...options } = {}) => {
        const added = await server.passline.store.screens.add({ name: 'Store', role: 'kitchen', locations: places })
        const screen = headlessScreen(url, added.token, options)
        opened.push(screen)
        return screen
      },
      token,
    )
  } finally {
    for (const { stop } of opened) stop()
    await server[Symbol.asyncDispose]()
  }
}

async function boardsOf(server: TestServer, token: string): Promise<Snapshot<OrderView>[]> {
  return Promise.all(
    places.map(async (place) => (await readLocation(server, token, place)).json as Snapshot<OrderView>),
  )
}

/** Waits until the screen says that it is live and holds what the server holds now. */
async function endsRight(server: TestServer, token: string, screen: HeadlessScreen): Promise<void> {
  const boards = await boardsOf(server, token)
  const seqs = new Map(
    boards.flatMap(({ orders }) => orders).map((order) => [`${order.locationId} ${order.id}`, order.seq]),
  )
  await untilStore(screen.store, () => {
    const orders = screen.store.orders()
    const hasAll = orders.every(({ locationId, id, seq }) => seqs.get(`${locationId} ${id}`) === seq)
    return isLive(screen) && hasAll && orders.length === seqs.size
  })
  assertShows(screen, boards)
  assert.equal(screen.wentBack(), 0, 'nothing was shown older than before')
}

let count = 0
const statuses = ['in_progress', 'ready_for_pickup', 'out_for_delivery', 'completed'] as const

/** Posts changes: each of so many orders gets its next status. */
async function postChanges(server: TestServer, changes: number, orders = 40): Promise<void> {
  const posts = Array.from({ length: changes }, () => {
    const turn = count++
    const status = statuses[Math.floor(turn / orders) % statuses.length]
    const round = Math.floor(turn / orders / statuses.length)
    return updated(places[turn % 2] ?? '', `order ${round} ${turn % orders}`, { status })
  })
  // An order's statuses come one after the other.
  for (let from = 0; from < posts.length; from += orders) {
    await Promise.all(posts.slice(from, from + orders).map((body) => server.post(body)))
  }
}

test('cut-over while updates arrive', () =>
  withScreens(async (server, open, token) => {
    const posting = postChanges(server, 400)
    const screens = await Promise.all([open(), open(), open()])
    await posting
    for (const screen of screens) await endsRight(server, token, screen)
  }))

test('cursor at head, ahead of head, and of another epoch', () =>
  withScreens(async (server, open, token) => {
    await postChanges(server, 60)
    const screen = await open()
    await endsRight(server, token, screen)
    const before = screen.store.orders()
    screen.socket.io.engine.close()
    await untilStore(screen.store, () => screen.store.connection().kind === 'catching-up')
    await endsRight(server, token, screen)
    assert.deepEqual(screen.store.orders(), before, 'at the head there is nothing to add')

    // An older copy of the database takes the place of the newer one: the screen is ahead, and in another epoch.
    const copy = `${server.databaseFile}.older`
    await server.passline.stop()
    copyFileSync(server.databaseFile, copy)
    await server.restart()
    await postChanges(server, 30)
    await endsRight(server, token, screen)
    await server.passline.stop()
    for (const rest of ['-wal', '-shm']) rmSync(`${server.databaseFile}${rest}`, { force: true })
    copyFileSync(copy, server.databaseFile)
    await server.restart()
    const boards = await boardsOf(server, token)
    await untilStore(
      screen.store,
      () => isLive(screen) && screen.store.orders().length === boards.flatMap((one) => one.orders).length,
    )
    assertShows(screen, boards)
  }))

test('a thousand changes behind', () =>
  withScreens(async (server, open, token) => {
    await using line = await toxicProxy(Number(new URL(server.url).port))
    await postChanges(server, 20)
    const screen = await open({ url: line.url })
    await endsRight(server, token, screen)
    line.turn({ kind: 'reset' })
    await postChanges(server, 1_000)
    line.turn(null)
    await endsRight(server, token, screen)
  }))

/** A line that now and then loses, repeats or swaps a pushed change. */
function unreliable(socket: LiveSocket): void {
  const on = socket.on.bind(socket)
  let heard = 0
  socket.on = ((event: string, listener: (...all: unknown[]) => void) => {
    if (event !== 'change') return on(event as never, listener as never)
    let held: unknown = null
    return on('change', (change) => {
      heard += 1
      if (heard % 7 === 0) return
      if (heard % 5 === 0) listener(change)
      // The one before comes after this one.
      if (heard % 3 === 0) {
        held = change
        return
      }
      listener(change)
      if (held !== null) listener(held)
      held = null
    })
  }) as typeof socket.on
}

test('a gap in the middle, changes repeated and shuffled', () =>
  withScreens(async (server, open, token) => {
    const screen = await open({ tamper: unreliable })
    await untilStore(screen.store, () => isLive(screen))
    await postChanges(server, 300)
    await endsRight(server, token, screen)
  }))

test('50 screens at once, cut and coming back', () =>
  withScreens(async (server, open, token) => {
    await using line = await toxicProxy(Number(new URL(server.url).port))
    await postChanges(server, 200)
    const screens = await Promise.all(Array.from({ length: 50 }, () => open({ url: line.url })))
    for (const screen of screens) await endsRight(server, token, screen)
    const posting = postChanges(server, 100)
    line.drop()
    await posting
    for (const screen of screens) await endsRight(server, token, screen)
    const patience = screens.map(({ socket }) => Number(socket.io.timeout()))
    const [least, most] = [lineWithinMs(1), lineWithinMs(screens.length)]
    assert.ok(
      patience.every((ms) => ms >= least && ms <= most),
      `each waits as the server says: ${patience}`,
    )
  }))

test('a screen of a large server waits long for its line, and goes on asking over HTTP where none opens', () =>
  withScreens(async (server, open) => {
    const at = Date.now()
    const said = { painted: {}, paintedAt: null, lastPaintMs: null, hidden: 0, sound: 'on', build: 'test' } as const
    const crowd = Array.from({ length: 10_000 }, (_, number) => ({ id: `screen ${number}`, at, ...said }))
    const { health } = server.passline.live
    // Those that the database does not know are forgotten every ten seconds.
    const hear = () => health.hear(crowd)
    hear()
    const hearing = setInterval(hear, 200)
    try {
      const [screen, blocked] = await Promise.all([open(), open({ hasNoWebsocket: true })])
      await untilStore(screen.store, () => isLive(screen))
      assert.ok(Number(screen.socket.io.timeout()) >= lineWithinMs(crowd.length), 'as the server says')
      await untilStore(blocked.store, () => blocked.store.connection().kind === 'live-slow')
      for (const id of ['one', 'two', 'three']) {
        await server.post(updated('north', id))
        await untilStore(blocked.store, () => blocked.store.orders().some((order) => order.id === id))
      }
    } finally {
      clearInterval(hearing)
    }
  }))

test('a slow reader is let go when too much waits for it, and comes back with its cursor', () =>
  withScreens(async (server, open, token) => {
    await using line = await toxicProxy(Number(new URL(server.url).port))
    const [slow, quick] = [await open({ url: line.url }), await open()]
    for (const screen of [slow, quick]) await endsRight(server, token, screen)
    line.turn({ kind: 'black-hole' })
    // More than the buffers of the line itself hold.
    const special_instructions = 'x'.repeat(900_000)
    for (let number = 0; number < 20; number += 1) {
      await server.post({
        type: 'order.created',
        object: {
          location_id: 'north',
          idempotency_key: `large ${number}`,
          dsp_order_number: String(number),
          special_instructions,
        },
      })
    }
    const letGo = async () => figureOf(await metricsOf(server), 'passline_slow_screens_total')
    while ((await letGo()) === 0) await new Promise((resolve) => setTimeout(resolve, 100))
    await endsRight(server, token, quick)
    line.turn(null)
    await endsRight(server, token, slow)
    assert.equal(await letGo(), 1, 'the quick one stays')
  }))

/** One pushed change comes with another order's id. */
function lying(socket: LiveSocket): void {
  const on = socket.on.bind(socket)
  let hasLied = false
  socket.on = ((event: string, listener: (...all: unknown[]) => void) => {
    if (event !== 'change') return on(event as never, listener as never)
    return on('change', (change) => {
      const lie = hasLied ? change : { ...change, order: { ...change.order, id: 'no such order' } }
      hasLied = true
      listener(lie)
    })
  }) as typeof socket.on
}

test('a board that differs at the same place is found out, counted and fetched anew', { timeout: 60_000 }, async () => {
  await withScreens(async (server, open, token) => {
    const screen = await open({ tamper: lying })
    await untilStore(screen.store, () => isLive(screen))
    await postChanges(server, 1)
    await untilStore(screen.store, () => screen.store.orders().some((order) => order.id === 'no such order'))
    await endsRight(server, token, screen)
    server.expectedDivergences = 1
  })
})

/** A server of a later build: more fields, and events that this build does not know. */
function later(socket: LiveSocket): void {
  const receive = Reflect.get(socket, 'onpacket').bind(socket)
  const onpacket = (packet: { type: number; data: unknown }) => {
    receive({ type: 2, nsp: '/', data: ['novelty', { of: 'a later build' }] })
    if (Array.isArray(packet.data)) {
      packet.data = packet.data.map((one) => (typeof one === 'object' && one !== null ? { ...one, novelty: [1] } : one))
    }
    receive(packet)
  }
  Reflect.set(socket, 'onpacket', onpacket)
}

test('messages with fields and events that nobody knows yet break nothing, on either side', () =>
  withScreens(async (server, open, token) => {
    const screen = await open({ tamper: later })
    await untilStore(screen.store, () => isLive(screen))
    Reflect.apply(screen.socket.emit, screen.socket, ['novelty', { of: 'a later build' }])
    await postChanges(server, 10)
    await endsRight(server, token, screen)
    const told = {
      n: 1,
      positions: {},
      painted: {},
      hidden: 0,
      sound: 'on',
      build: 'later',
      novelty: { deep: [1] },
    } as const
    assert.equal((await beat(screen.socket as never, told)).n, 1)
  }))
