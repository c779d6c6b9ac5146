/**
 * Chaos for the last mile: screens, four of them pages in Chromium, follow simulated traffic over a line that goes bad,
 * and from a server that hangs or dies. Each fault must first be seen to bite. While it lasts, nobody says that it is
 * live without proof; at most five seconds after its end every board is the server's.
 */
import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { chromium, type Page } from 'playwright'
import type { Snapshot } from '#domain/board.ts'
import type { OrderView } from '#domain/order-view.ts'
import { seededRandom } from '#domain/simulation/random.ts'
import { simulate } from '#domain/simulation/simulation.ts'
import { withOrderId } from '#domain/simulation/webhook-body.ts'
import { chromiumArguments, findChromium } from '#tests/chromium.mjs'
import { type HeadlessScreen, headlessScreen } from '#tests/helpers/headless-screen.ts'
import { figureOf, metricsOf } from '#tests/helpers/metrics.ts'
import { type ServerProcess, serverProcess } from '#tests/helpers/server-process.ts'
import { toxicProxy } from '#tests/helpers/toxic-proxy.ts'
import { type Around, type Fault, faultsOf } from './last-mile-faults.ts'
import { assertPagesHonest, isDeaf, openPages, problemOfPage, readBoard } from './last-mile-pages.ts'
import { type ProofWatch, watchProof } from './proof-watch.ts'

const locations = ['north', 'south']
const recoversWithinMs = 5_000

/** How much longer than it should a fault lasts at most, until it is seen to bite. */
const bitesWithinMs = 10_000

export type LastMileReport = {
  seed: number
  faults: number
  /** Changes of the boards while it lasted: each screen had to get every one, or what came of it. */
  changes: number
  /** The longest that a board took to be right again after the end of a fault. */
  slowestRecoveryMs: number
  /** How often somebody was looked at, to see whether it said that it was live without proof. */
  looks: number
}

type Options = { screens?: number; pages?: number; faultsOfSeed?: number }

/** @throws when a screen said what it could not know, or was not right in time; the message names seed and fault */
export async function lastMile(
  seed: number,
  { screens = 20, pages: pageCount = 4, faultsOfSeed = 4 }: Options = {},
): Promise<LastMileReport> {
  const random = seededRandom(seed, 11)
  await using server = await serverProcess({ LOG_LEVEL: 'fatal' })
  await using line = await toxicProxy(Number(new URL(server.url).port), () => random.whole(0, 999) / 1_000)
  const executablePath = findChromium()
  const browser = await chromium.launch({ args: chromiumArguments, ...(executablePath && { executablePath }) })
  const headless: HeadlessScreen[] = []
  const traffic = startTraffic(server, seed)
  const watch = watchProof(headless)
  try {
    const pages = await openPages({ browser, server, line }, locations, pageCount)
    for (let index = pageCount; index < screens; index += 1) {
      headless.push(headlessScreen(line.url, (await server.addScreen('kitchen', ...locations)).token))
    }
    const contexts = pages.map((page) => page.context())
    const around = { server, line, browser, contexts, pages, random }
    const reader = (await server.addScreen('counter', ...locations)).token
    const report: LastMileReport = { seed, faults: 0, changes: 0, slowestRecoveryMs: 0, looks: 0 }
    await allRight(server, reader, headless, pages, 20_000)
    for (const fault of faultsOf(seed, faultsOfSeed)) {
      try {
        report.slowestRecoveryMs = Math.max(
          report.slowestRecoveryMs,
          await suffer(fault, around, headless, traffic, reader, watch),
        )
        report.faults += 1
      } catch (error) {
        throw new Error(`seed ${seed}, ${fault.name}: ${String(error instanceof Error ? error.message : error)}`, {
          cause: error,
        })
      }
    }
    report.looks = watch.looks()
    for (const screen of headless) assert.equal(screen.wentBack(), 0, 'an order was shown older than before')
    assert.equal(figureOf(await metricsOf(server), 'passline_screen_divergence_total'), 0, 'boards that differed')
    report.changes = (await boardsOf(server, reader)).reduce((sum, board) => sum + board.seq, 0)
    return report
  } finally {
    watch.stop()
    await traffic.stop()
    for (const { stop } of headless) stop()
    await browser.close()
  }
}

/** One fault from begin to recovery. @returns how long that took */
async function suffer(
  fault: Fault,
  around: Around,
  headless: readonly HeadlessScreen[],
  traffic: Traffic,
  reader: string,
  watch: ProofWatch,
): Promise<number> {
  const { server, pages, random } = around
  const lastsMs = fault.lastsMs(random)
  const troubles = () => headless.reduce((sum, screen) => sum + screen.troubles(), 0)
  const troublesBefore = troubles()
  const begunAt = Date.now()
  await fault.begin(around)
  // Whether pages noted nothing is seen afterwards: now they do not answer.
  let hasBitten = fault.bite === 'pages note nothing'
  const startedAt = Date.now()
  const isLasting = () => Date.now() - startedAt < (hasBitten ? lastsMs : lastsMs + bitesWithinMs)
  while (isLasting()) {
    await setTimeout(200)
    if (fault.bite === 'beats fail') hasBitten ||= troubles() > troublesBefore
    if (fault.bite === 'pages fetch nothing') hasBitten ||= (await Promise.all(pages.map(isDeaf))).every(Boolean)
  }
  assert.ok(hasBitten, `it did not bite: ${fault.bite} was never seen`)
  traffic.hold()
  const endedAt = Date.now()
  await fault.end(around)
  const overAt = Date.now()
  await traffic.isHeld()
  const wholeAt = await allRight(server, reader, headless, pages, recoversWithinMs - (Date.now() - overAt))
  watch.assertHonest()
  await assertPagesHonest(fault, pages, { begunAt, endedAt })
  traffic.resume()
  await setTimeout(random.whole(500, 1_500))
  return wholeAt - overAt
}

async function boardsOf(server: ServerProcess, token: string): Promise<Snapshot<OrderView>[]> {
  return Promise.all(
    locations.map(async (location) => {
      const response = await fetch(`${server.url}/api/locations/${location}/board`, {
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(4_000),
      })
      return (await response.json()) as Snapshot<OrderView>
    }),
  )
}

/** Waits until every screen is live and holds exactly the server's boards. @returns when that was seen */
async function allRight(
  server: ServerProcess,
  token: string,
  headless: readonly HeadlessScreen[],
  pages: readonly Page[],
  withinMs: number,
): Promise<number> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const problem = await problemNow(server, token, headless, pages)
    if (problem === null) return Date.now()
    if (Date.now() > deadline) throw new Error(`not right within ${withinMs} ms: ${problem}`)
    await setTimeout(50)
  }
}

async function problemNow(
  server: ServerProcess,
  token: string,
  headless: readonly HeadlessScreen[],
  pages: readonly Page[],
): Promise<string | null> {
  const boards = await boardsOf(server, token)
  const orders = boards.flatMap((board) => board.orders)
  const expected = textOf(orders.map(({ locationId, id, seq }) => [locationId, id, String(seq)]))
  for (const [index, { store }] of headless.entries()) {
    const { kind } = store.connection()
    if (kind !== 'live') return `screen ${index} is ${kind}`
    const shown = textOf(store.orders().map(({ locationId, id, seq }) => [locationId, id, String(seq)]))
    if (shown !== expected) return `screen ${index} shows another board`
  }
  const shownOnPages = await Promise.all(pages.map((page) => page.evaluate(readBoard)))
  for (const [index, board] of shownOnPages.entries()) {
    if (board.words !== 'Live' && board.words !== 'Live again') return `page ${index} says ${board.words}`
    const problem = problemOfPage(board, orders)
    if (problem !== null) return `page ${index}: ${problem}`
  }
  return null
}

const textOf = (rows: readonly (readonly string[])[]) =>
  rows
    .map((row) => row.join(' '))
    .sort()
    .join('\n')

type Traffic = {
  /** Posts nothing new from now on. */
  hold: () => void
  /** Resolves when all that was posted is answered. */
  isHeld: () => Promise<void>
  resume: () => void
  stop: () => Promise<void>
}

/** Posts about eight updates a second, each until it is answered. */
function startTraffic(server: ServerProcess, seed: number): Traffic {
  const events = simulate({ seed, locations, startAt: Date.now(), ordersPerMinute: 0.8 })[Symbol.iterator]()
  const ids = new Map<string, string>()
  let isHolding = false
  let isStopped = false
  let underWay: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    if (isHolding || isStopped || isPosting) return
    underWay = postNext()
  }, 125)
  let isPosting = false

  async function postNext(): Promise<void> {
    const next = events.next()
    if (next.done) return
    const { body, orderKey } = next.value
    isPosting = true
    while (!isStopped) {
      try {
        const answer = await server.post(withOrderId(body, ids.get(orderKey) ?? orderKey))
        if (answer.order) ids.set(orderKey, answer.order.provider_id)
        break
      } catch {
        await setTimeout(100)
      }
    }
    isPosting = false
  }

  return {
    hold: () => {
      isHolding = true
    },
    isHeld: () => underWay,
    resume: () => {
      isHolding = false
    },
    stop: async () => {
      isStopped = true
      clearInterval(timer)
      await underWay
    },
  }
}
