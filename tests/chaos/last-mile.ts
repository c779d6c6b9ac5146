/**
 * Chaos for the last mile: screens, four of them pages in Chromium, follow simulated traffic over a line that goes bad,
 * and from a server that hangs or dies. Each fault must first be seen to bite. While it lasts, nobody says that it is
 * live without proof; at most five seconds after its end every board is the server's.
 */
import assert from 'node:assert/strict'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright'
import type { Snapshot } from '#domain/board.ts'
import type { OrderView } from '#domain/order-view.ts'
import { type Random, seededRandom } from '#domain/simulation/random.ts'
import { simulate } from '#domain/simulation/simulation.ts'
import { withOrderId } from '#domain/simulation/webhook-body.ts'
import { chromiumArguments, findChromium } from '#tests/chromium.mjs'
import { type HeadlessScreen, headlessScreen } from '#tests/helpers/headless-screen.ts'
import { figureOf, metricsOf } from '#tests/helpers/metrics.ts'
import { type ServerProcess, serverProcess } from '#tests/helpers/server-process.ts'
import { type ToxicProxy, toxicProxy } from '#tests/helpers/toxic-proxy.ts'

const locations = ['north', 'south']
const proofLastsMs = 10_000
const recoversWithinMs = 5_000

/** What a screen may take to find out that its proof is too old, and a page to show it. */
const tickMs = 800
const graceMs = 1_500

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

type Options = { screens?: number; pages?: number; faultsOfSeed?: number; only?: string }

type Around = {
  server: ServerProcess
  line: ToxicProxy
  browser: Browser
  contexts: readonly BrowserContext[]
  pages: readonly Page[]
  random: Random
}

type Fault = {
  name: string
  /** No answer can reach these screens while it lasts. */
  deafens: 'all' | 'pages' | 'nobody'
  /** How it is seen to bite. */
  bite: 'beats fail' | 'pages fetch nothing' | 'pages note nothing'
  lastsMs: (random: Random) => number
  begin: (around: Around) => Promise<unknown> | unknown
  end: (around: Around) => Promise<unknown> | unknown
}

/** Longer than a proof lasts, and than a page takes to show it. */
const long = (random: Random) => random.whole(12_300, 13_300)
/** Long enough for a beat to fail. */
const short = (random: Random) => random.whole(8_000, 9_000)
const turning = (
  name: string,
  deafens: Fault['deafens'],
  toxic: (random: Random) => Parameters<ToxicProxy['turn']>[0],
): Fault => ({
  name,
  deafens,
  bite: 'beats fail',
  lastsMs: deafens === 'nobody' ? short : long,
  begin: ({ line, random }) => line.turn(toxic(random)),
  end: ({ line }) => line.turn(null),
})

const faults: readonly Fault[] = [
  turning('black hole', 'all', () => ({ kind: 'black-hole' })),
  turning('delay of 15 s', 'all', () => ({ kind: 'delay', ms: 15_000, jitterMs: 0 })),
  turning('jitter', 'nobody', () => ({ kind: 'delay', ms: 300, jitterMs: 7_000 })),
  turning('resets', 'all', () => ({ kind: 'reset' })),
  turning('slow', 'nobody', () => ({ kind: 'slow', bytesPerSecond: 40 })),
  turning('cut after some bytes', 'nobody', (random) => ({ kind: 'cut', afterBytes: random.whole(200, 3_000) })),
  { ...drops(), name: 'two seconds gone, again and again', deafens: 'nobody', bite: 'beats fail', lastsMs: short },
  {
    name: 'the server hangs',
    deafens: 'all',
    bite: 'beats fail',
    lastsMs: long,
    begin: ({ server }) => server.child().kill('SIGSTOP'),
    end: ({ server }) => server.child().kill('SIGCONT'),
  },
  {
    name: 'the server dies and starts',
    deafens: 'nobody',
    bite: 'beats fail',
    lastsMs: (random) => random.whole(200, 4_000),
    begin: ({ server }) => server.stop('SIGKILL'),
    end: ({ server }) => server.start(),
  },
  {
    name: 'pages are offline',
    deafens: 'pages',
    bite: 'pages fetch nothing',
    lastsMs: long,
    begin: ({ contexts }) => Promise.all(contexts.map((context) => context.setOffline(true))),
    end: ({ contexts }) => Promise.all(contexts.map((context) => context.setOffline(false))),
  },
  {
    name: 'tabs are frozen',
    deafens: 'nobody',
    bite: 'pages note nothing',
    lastsMs: long,
    begin: ({ browser }) => signalRenderers(browser, 'SIGSTOP'),
    end: ({ browser }) => signalRenderers(browser, 'SIGCONT'),
  },
]

function drops(): Pick<Fault, 'begin' | 'end'> {
  let timer: NodeJS.Timeout | undefined
  return {
    begin: ({ line }) => {
      let isGone = true
      line.turn({ kind: 'reset' })
      timer = setInterval(() => {
        isGone = !isGone
        line.turn(isGone ? { kind: 'reset' } : null)
      }, 2_000)
    },
    end: ({ line }) => {
      clearInterval(timer)
      line.turn(null)
    },
  }
}

/** Stops what draws the pages, as a device does that falls asleep; Chromium's own freezing spares pages in sight. */
async function signalRenderers(browser: Browser, signal: NodeJS.Signals): Promise<void> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  for (const { type, id } of processInfo) if (type === 'renderer') process.kill(id, signal)
}

/** The faults of a seed: neighbouring seeds have different ones, so that few seeds have all. */
function faultsOf(seed: number, count: number): Fault[] {
  return Array.from({ length: count }, (_, index) => faults[(seed * count + index) % faults.length] as Fault)
}

/** @throws when a screen said what it could not know, or was not right in time; the message names seed and fault */
export async function lastMile(
  seed: number,
  { screens = 20, pages: pageCount = 4, faultsOfSeed = 4, only }: Options = {},
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
    const { contexts, pages } = await openPages(browser, server, line, pageCount)
    for (let index = pageCount; index < screens; index += 1) {
      headless.push(headlessScreen(line.url, (await server.addScreen('kitchen', ...locations)).token))
    }
    const around = { server, line, browser, contexts, pages, random }
    const reader = (await server.addScreen('counter', ...locations)).token
    const report: LastMileReport = { seed, faults: 0, changes: 0, slowestRecoveryMs: 0, looks: 0 }
    await allRight(server, reader, headless, pages, 20_000)
    const chosen = faultsOf(seed, faultsOfSeed)
    for (const fault of only ? faults.filter(({ name }) => name === only) : chosen) {
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
  while (Date.now() - begunAt < lastsMs) {
    await pause(200)
    if (fault.bite === 'beats fail') hasBitten ||= troubles() > troublesBefore
    if (fault.bite === 'pages fetch nothing') hasBitten ||= (await Promise.all(pages.map(isDeaf))).every(Boolean)
  }
  assert.ok(hasBitten, `it did not bite: ${fault.bite} was never seen`)
  traffic.hold()
  const endedAt = Date.now()
  await fault.end(around)
  // A start takes its time: the fault ends with it.
  const overAt = fault.name.includes('starts') ? Date.now() : endedAt
  await traffic.isHeld()
  const wholeAt = await allRight(server, reader, headless, pages, recoversWithinMs - (Date.now() - overAt))
  watch.assertHonest()
  await assertPagesHonest(fault, pages, { begunAt, endedAt })
  traffic.resume()
  await pause(random.whole(500, 1_500))
  return wholeAt - overAt
}

type ProofWatch = { assertHonest: () => void; looks: () => number; stop: () => void }

/** Looks ten times a second whether somebody says that it is live though its last answered question is too old. */
function watchProof(headless: readonly HeadlessScreen[]): ProofWatch {
  const lies: string[] = []
  let looks = 0
  let lastLookAt = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    // A process that was held up itself could not have told either.
    const isLate = now - lastLookAt > 300
    lastLookAt = now
    if (isLate) return
    for (const { store, answeredAt } of headless) {
      looks += 1
      const { kind } = store.connection()
      const ageMs = now - (answeredAt() ?? 0)
      if ((kind === 'live' || kind === 'live-slow') && ageMs > proofLastsMs + tickMs) {
        lies.push(`a screen says ${kind}, and the question that was answered last was asked ${ageMs.toFixed(0)} ms ago`)
      }
    }
  }, 100)
  return {
    assertHonest: () => assert.deepEqual(lies, []),
    looks: () => looks,
    stop: () => clearInterval(timer),
  }
}

type Sample = { at: number; words: string }

/** Every page notes five times a second what it says of its connection. */
function noteWords(): void {
  const samples: Sample[] = []
  Object.assign(globalThis, { samples })
  setInterval(() => {
    const words = document.querySelector('[data-connection]')?.textContent ?? ''
    samples.push({ at: Date.now(), words })
  }, 200)
}

/** A frozen page does not answer. */
function samplesOf(page: Page): Promise<Sample[]> {
  return page.evaluate(() => Reflect.get(globalThis, 'samples') as Sample[])
}

async function isDeaf(page: Page): Promise<boolean> {
  const asked = page.evaluate(() =>
    fetch('/api/health', { cache: 'no-store', signal: AbortSignal.timeout(1_000) }).then(
      () => true,
      () => false,
    ),
  )
  return !(await Promise.race([asked.catch(() => false), pause(1_500).then(() => false)]))
}

async function assertPagesHonest(
  fault: Fault,
  pages: readonly Page[],
  { begunAt, endedAt }: { begunAt: number; endedAt: number },
): Promise<void> {
  for (const [index, page] of pages.entries()) {
    const samples = await samplesOf(page)
    const during = samples.filter(({ at }) => at >= begunAt && at <= endedAt)
    if (fault.deafens !== 'nobody') {
      const late = during.filter(({ at }) => at > begunAt + proofLastsMs + graceMs)
      assert.ok(late.length > 0, `page ${index} was not looked at`)
      const wrong = late.find(({ words }) => !words.startsWith('Not live since'))
      assert.equal(wrong, undefined, `page ${index} says ${wrong?.words} after ${(wrong?.at ?? 0) - begunAt} ms`)
    }
    if (fault.bite === 'pages note nothing') {
      assert.ok(during.length < 10, `page ${index} was not frozen: it noted ${during.length} times`)
    }
  }
}

async function openPages(browser: Browser, server: ServerProcess, line: ToxicProxy, count: number) {
  const opened = Array.from({ length: count }, async () => {
    const { link } = await server.addScreen('kitchen', ...locations)
    const context = await browser.newContext({ viewport: { width: 1600, height: 600 }, locale: 'en-US' })
    const page = await context.newPage()
    await page.addInitScript(noteWords)
    // Paired, it goes to the board before it was loaded itself.
    await page.goto(link.replace(server.url, line.url), { waitUntil: 'commit' })
    await page.locator('[data-connection="live"]').waitFor()
    return page
  })
  const pages = await Promise.all(opened)
  return { contexts: pages.map((page) => page.context()), pages }
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
    await pause(50)
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

type PageBoard = { words: string; lanes: { lane: string; count: number; later: number; orders: string[] }[] }

/** In the page: what it says, and what stands in each lane. */
function readBoard(): PageBoard {
  const sections = [...document.querySelectorAll<HTMLElement>('[data-lane-section]')]
  return {
    words: document.querySelector('[data-connection]')?.textContent ?? '',
    lanes: sections.map((section) => ({
      lane: section.dataset.laneSection ?? '',
      count: Number(section.querySelector<HTMLElement>('[data-lane-count]')?.dataset.laneCount),
      later: section.querySelectorAll('details [data-order-id]').length,
      orders: [...section.querySelectorAll<HTMLElement>('[data-order-id]')].map(
        ({ dataset }) => `${dataset.locationId} ${dataset.orderId}`,
      ),
    })),
  }
}

/** A long lane counts all its orders, and renders those that can be seen. */
function problemOfPage({ lanes }: PageBoard, orders: readonly OrderView[]): string | null {
  for (const { lane, count, later, orders: shown } of lanes) {
    const expected = new Set(
      orders.filter((order) => order.lane === lane).map(({ locationId, id }) => `${locationId} ${id}`),
    )
    if (count + later !== expected.size) return `${lane} counts ${count} and ${later} later, not ${expected.size}`
    if (shown.some((order) => !expected.has(order))) return `${lane} shows what is not in it`
    if (shown.length < Math.min(count, 24) + later) return `${lane} shows ${shown.length} of ${expected.size}`
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
        await pause(100)
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

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
