/**
 * Chaos with three servers: simulated traffic and screens come through a proxy that gives each connection to the next
 * server, while servers, the database and Redis are killed, stopped and started again, alone and together. Afterwards what
 * the chaos of kills asks for must hold, and after each fault what the chaos of the last mile asks for: see `chaosOfCluster`.
 */
import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import type { Snapshot } from '#domain/board.ts'
import type { OrderView } from '#domain/order-view.ts'
import { seededRandom } from '#domain/simulation/random.ts'
import { startCluster } from '#tests/helpers/cluster.ts'
import { type HeadlessScreen, headlessScreen } from '#tests/helpers/headless-screen.ts'
import { figureOf, metricsOf } from '#tests/helpers/metrics.ts'
import { privateServer } from '#tests/helpers/postgres.ts'
import { roundRobin } from '#tests/helpers/round-robin.ts'
import { readLocation } from '#tests/helpers/screens.ts'
import { assertWholeContents, readContents } from '#tests/helpers/whole.ts'
import { type Answered, assertAnswered, assertBoards, ordersOf, sendOrders } from './answered.ts'
import { type ClusterAround, type ClusterFault, clusterFaultsOf } from './cluster-faults.ts'
import { watchProof } from './proof-watch.ts'

const locations = ['north', 'south', 'station']
const recoversWithinMs = 5_000

/** How much longer than it should a fault lasts at most, until it is seen to bite. */
const bitesWithinMs = 10_000

/** Between two orders of one sender, so that there is traffic until the last fault is over. */
const restMs = 100

export type ClusterReport = {
  seed: number
  faults: number
  /** Updates answered 2xx. */
  answered: number
  /** Posts that got no answer, or 503, and were sent again. */
  sentAgain: number
  /** Of these, those that had been stored before their answer was lost. */
  storedUnanswered: number
  changes: number
  slowestRecoveryMs: number
  looks: number
}

type Options = { screens?: number; senders?: number; faultsOfSeed?: number }

/** @throws when something answered is missing, something is stored wrongly, or a screen was wrong; the message names the seed */
export async function chaosOfCluster(
  seed: number,
  { screens: count = 12, senders = 6, faultsOfSeed = 6 }: Options = {},
): Promise<ClusterReport> {
  const random = seededRandom(seed, 17)
  const postgres = await privateServer({ max_connections: '200' })
  try {
    await using cluster = await startCluster(3, { postgresUrl: postgres.url, settings: { LOG_LEVEL: 'fatal' } })
    const { servers, redis, database } = cluster
    await using proxy = await roundRobin(servers.map(({ url }) => Number(new URL(url).port)))
    const token = servers[0]?.token ?? ''
    const screens: HeadlessScreen[] = []
    const watch = watchProof(screens)
    const answered: Answered[] = []
    const orders = ordersOf(seed, 50_000, locations)
    let sentAgain = 0
    /** Resolved while traffic may flow. */
    let flowing = Promise.resolve()
    let resume = () => {}
    let waiting = 0

    const sending = Array.from({ length: senders }, () =>
      sendOrders(orders, {
        target: async () => {
          waiting += 1
          await Promise.all([flowing, setTimeout(restMs)])
          waiting -= 1
          return { url: proxy.url, token }
        },
        keepAlive: false,
        onAnswered: (one) => answered.push(one),
        onSentAgain: () => {
          sentAgain += 1
        },
      }),
    )

    function hold(): void {
      flowing = new Promise((resolve) => {
        resume = resolve
      })
    }

    async function isHeld(): Promise<void> {
      while (waiting < senders) await setTimeout(10)
    }

    try {
      const added = await Promise.all(
        Array.from({ length: count }, (_, index) =>
          servers[index % servers.length]?.addScreen(index % 4 === 0 ? 'counter' : 'kitchen', ...locations),
        ),
      )
      for (const screen of added) screens.push(headlessScreen(proxy.url, screen?.token ?? ''))
      const reader = added[0]?.token ?? ''
      const around: ClusterAround = { servers, redis, postgres, database, random }
      const allRight = (withinMs: number) => untilAllRight(around, reader, screens, withinMs)
      hold()
      await isHeld()
      await allRight(20_000)
      resume()
      let slowestRecoveryMs = 0
      for (const fault of clusterFaultsOf(seed, faultsOfSeed)) {
        try {
          await suffer(fault, around)
          hold()
          const overAt = Date.now()
          await isHeld()
          slowestRecoveryMs = Math.max(slowestRecoveryMs, (await allRight(recoversWithinMs)) - overAt)
          watch.assertHonest()
          await assertNoneMissed(around, reader)
          resume()
          await setTimeout(random.whole(500, 1_500))
        } catch (error) {
          throw new Error(`${fault.name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
        }
      }
      orders.length = 0
      await Promise.all(sending)
      await allRight(recoversWithinMs)
      for (const screen of screens) assert.equal(screen.wentBack(), 0, 'an order was shown older than before')
      for (const server of servers) {
        assert.equal(figureOf(await metricsOf(server), 'passline_screen_divergence_total'), 0, 'boards that differed')
        await assertBoards(database, server.url, reader, locations)
      }
      const contents = await readContents(database)
      assertWholeContents(contents)
      const storedUnanswered = await assertAnswered(database, answered)
      return {
        seed,
        faults: faultsOfSeed,
        answered: answered.length,
        sentAgain,
        storedUnanswered,
        changes: contents.changes.length,
        slowestRecoveryMs,
        looks: watch.looks(),
      }
    } finally {
      orders.length = 0
      resume()
      watch.stop()
      for (const { stop } of screens) stop()
    }
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  } finally {
    await postgres.remove()
  }
}

/** One fault from begin to end. */
async function suffer(fault: ClusterFault, around: ClusterAround): Promise<void> {
  const lastsMs = fault.lastsMs(around.random)
  const end = await fault.begin(around)
  const startedAt = Date.now()
  let hasBitten = false
  try {
    while (Date.now() - startedAt < (hasBitten ? lastsMs : lastsMs + bitesWithinMs)) {
      hasBitten ||= await fault.isBiting(around)
      await setTimeout(200)
    }
  } finally {
    await end()
  }
  assert.ok(hasBitten, 'it did not bite')
}

async function boardsOf(url: string, token: string): Promise<Snapshot<OrderView>[]> {
  return Promise.all(
    locations.map(async (location) => (await readLocation({ url }, token, location)).json as Snapshot<OrderView>),
  )
}

/** Waits until every screen is live and holds the boards of every server, which are the same. @returns when that was seen */
async function untilAllRight(
  { servers }: ClusterAround,
  token: string,
  screens: readonly HeadlessScreen[],
  withinMs: number,
): Promise<number> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const urls = servers.map(({ url }) => url)
    const problem = await problemNow(urls, token, screens)
    if (problem === null) return Date.now()
    if (Date.now() > deadline) throw new Error(`not right within ${withinMs} ms: ${problem}`)
    await setTimeout(50)
  }
}

/** @returns null when all is right */
async function problemNow(
  urls: readonly string[],
  token: string,
  screens: readonly HeadlessScreen[],
): Promise<string | null> {
  try {
    const all = await Promise.all(urls.map((url) => boardsOf(url, token)))
    const [first = []] = all
    const other = all.findIndex((boards) => textOf(boards) !== textOf(first))
    if (other !== -1) return `server ${other} gives another board than server 0`
    const expected = textOfOrders(first.flatMap(({ orders }) => orders))
    for (const [index, { store }] of screens.entries()) {
      const { kind } = store.connection()
      if (kind !== 'live') return `screen ${index} is ${kind}`
      if (textOfOrders(store.orders()) !== expected) return `screen ${index} shows another board`
    }
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const textOf = (boards: readonly Snapshot<OrderView>[]) =>
  JSON.stringify(boards.map(({ epoch, seq, checksum }) => [epoch, seq, checksum]))

const textOfOrders = (orders: readonly OrderView[]) =>
  orders
    .map(({ locationId, id, seq }) => `${locationId} ${id} ${seq}`)
    .sort()
    .join('\n')

/** No server says of a screen that it is silent. */
async function assertNoneMissed({ servers }: ClusterAround, token: string): Promise<void> {
  for (const { url } of servers) {
    const { json } = await readLocation({ url }, token, locations[0] ?? '', 'screens')
    const { screens } = json as { screens: { id: string; silentSince: string | null }[] }
    assert.deepEqual(
      screens.filter(({ silentSince }) => silentSince !== null),
      [],
      'a screen that is not silent is said to be',
    )
  }
}
