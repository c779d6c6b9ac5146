/**
 * What a board costs the device that shows it: Chromium slowed down six times, 300 active orders, 20 updates a second.
 * Tasks that hold it up, the time from update to paint; what an idle board costs; and whether half an hour of it grows.
 */
import { type Browser, type CDPSession, chromium, type Page } from 'playwright'
import { chromiumArguments, findChromium } from '#tests/chromium.mjs'
import { example, type ServerProcess, serverProcess } from '#tests/helpers/server-process.ts'
import { updated } from '#tests/helpers/webhooks.ts'
import { table } from './report.ts'

const place = 'main_street'
const activeOrders = 300
const updatesPerSecond = 20
const slowedDown = 6

type Painted = { locationId: string; seq: number; at: number }
type Noted = { paints: Painted[]; longTasks: number[] }

export async function benchScreen({ seconds = 60, idleSeconds = 60 } = {}): Promise<void> {
  await withBoard(async ({ server, browser, page, session, orders }) => {
    await session.send('Emulation.setCPUThrottlingRate', { rate: slowedDown })
    await play(server, orders, 10)
    await page.evaluate(forget)
    const sent = await play(server, orders, seconds)
    await new Promise((resolve) => setTimeout(resolve, 4_000))
    const { paints, longTasks } = await page.evaluate(noted)
    const waits = [...sent]
      .map(([seq, at]) => Math.min(...paints.filter((one) => one.seq >= seq).map((one) => one.at - at)))
      .sort((one, other) => one - other)
    const share = (part: number) => (waits[Math.floor(waits.length * part)] ?? Number.NaN).toFixed(0)
    await session.send('Emulation.setCPUThrottlingRate', { rate: 1 })
    const idle = await cpuShare(browser, idleSeconds)
    console.log(
      table(
        ['', 'measured'],
        [
          [`tasks over 50 ms in ${seconds} s, at ${slowedDown} × slower`, String(longTasks.length)],
          ['the longest of these, ms', Math.max(0, ...longTasks).toFixed(0)],
          ['update to paint, p50 ms', share(0.5)],
          ['update to paint, p95 ms', share(0.95)],
          ['idle board, share of a core', `${(idle * 100).toFixed(2)} %`],
        ],
      ),
    )
  })
}

export async function benchScreenSoak({ minutes = 30 } = {}): Promise<void> {
  await withBoard(async ({ server, page, session, orders }) => {
    const rows: string[][] = []
    for (let minute = 0; minute <= minutes; minute += 1) {
      if (minute > 0) await play(server, orders, 60)
      if (minute % 5 !== 0 && minute !== 1) continue
      // What is noted for the benchmark itself is not the board's.
      await page.evaluate(forget)
      await session.send('HeapProfiler.collectGarbage')
      const { usedSize } = await session.send('Runtime.getHeapUsage')
      const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters')
      rows.push([String(minute), (usedSize / 1024 ** 2).toFixed(1), String(nodes), String(jsEventListeners)])
      console.error(rows.at(-1)?.join('  '))
    }
    console.log(table(['minute', 'heap MiB', 'DOM nodes', 'listeners'], rows))
  })
}

type Around = { server: ServerProcess; browser: Browser; page: Page; session: CDPSession; orders: string[] }

async function withBoard(work: (around: Around) => Promise<void>): Promise<void> {
  await using server = await serverProcess({ LOG_LEVEL: 'fatal' })
  const executablePath = findChromium()
  const browser = await chromium.launch({ args: chromiumArguments, ...(executablePath && { executablePath }) })
  try {
    const orders: string[] = []
    for (let number = 0; number < activeOrders; number += 1) orders.push(await placeOrder(server))
    const { link } = await server.addScreen('kitchen', place)
    const page = await (await browser.newContext({ viewport: { width: 1920, height: 1080 } })).newPage()
    await page.addInitScript(noteEverything)
    await page.goto(link, { waitUntil: 'commit' })
    await page.locator('[data-connection="live"]').waitFor()
    const session = await page.context().newCDPSession(page)
    await work({ server, browser, page, session, orders })
  } finally {
    await browser.close()
  }
}

let placed = 0

/** A new order with a few items. @returns the id that Stream calls it by */
async function placeOrder(server: ServerProcess): Promise<string> {
  placed += 1
  const fields = { location_id: place, idempotency_key: `key ${placed}`, dsp_order_number: String(1_000 + placed) }
  const answer = await server.post(example('20-order-created.json', fields))
  return answer.order?.provider_id ?? ''
}

/** Posts updates at the rate, each a change; as many orders end as begin. @returns by seq, when it was sent */
async function play(server: ServerProcess, orders: string[], seconds: number): Promise<Map<number, number>> {
  const sent = new Map<number, number>()
  const begun = Date.now()
  const posts: Promise<void>[] = []
  for (let number = 0; number < seconds * updatesPerSecond; number += 1) {
    const wait = begun + (number * 1_000) / updatesPerSecond - Date.now()
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    posts.push(step(server, orders, number, sent))
  }
  await Promise.all(posts)
  return sent
}

async function step(server: ServerProcess, orders: string[], number: number, sent: Map<number, number>): Promise<void> {
  if (number % 20 === 19) {
    orders.push(await placeOrder(server))
    return
  }
  const isEnd = number % 20 === 18
  const id = isEnd ? (orders.shift() ?? '') : (orders[(number * 37) % orders.length] ?? '')
  const delivery_status = number % 3 === 0 ? 'arrived_at_pickup' : 'enroute_to_pickup'
  const passcode = String(1_000 + (number % 9_000))
  const fields = isEnd
    ? { status: 'completed' }
    : { delivery_status, driver_details: { source: 'uber', name: `Driver ${number % 40}`, passcode } }
  const at = Date.now()
  const { outcome, seq } = await server.post(updated(place, id, fields))
  if (outcome === 'changed') sent.set(seq, at)
}

/** In the page, before anything else: when the board says that it painted what, and which tasks held it up. */
function noteEverything(): void {
  const all: Noted = { paints: [], longTasks: [] }
  Object.assign(globalThis, { noted: all })
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) all.longTasks.push(duration)
  }).observe({ type: 'longtask' })
  const send = WebSocket.prototype.send
  WebSocket.prototype.send = function (data) {
    const beat = typeof data === 'string' ? /^42\d+(\["beat",.*)$/s.exec(data) : null
    if (beat) {
      const [, said] = JSON.parse(beat[1] ?? '') as [string, { paints?: [string, number, number][] }]
      for (const [locationId, seq, agoMs] of said.paints ?? []) {
        all.paints.push({ locationId, seq, at: Date.now() - agoMs })
      }
    }
    send.call(this, data)
  }
}

function noted(): Noted {
  return Reflect.get(globalThis, 'noted') as Noted
}

function forget(): void {
  const all = Reflect.get(globalThis, 'noted') as Noted
  all.paints.length = 0
  all.longTasks.length = 0
}

/** What the page's process uses of one core. */
async function cpuShare(browser: Browser, seconds: number): Promise<number> {
  const session = await browser.newBrowserCDPSession()
  const used = async () => {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo')
    return processInfo.filter(({ type }) => type === 'renderer').reduce((sum, { cpuTime }) => sum + cpuTime, 0)
  }
  const before = await used()
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
  const share = ((await used()) - before) / seconds
  await session.detach()
  return share
}
