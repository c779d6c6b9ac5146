/** The pages in Chromium of the last mile's chaos: what they say of their connection, and what stands on their boards. */
import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import type { Page } from 'playwright'
import type { OrderView } from '#domain/order-view.ts'
import type { Around, Fault } from './last-mile-faults.ts'

/** How long a proof lasts, and a page may take to find out and to show it. */
const noticesAfterMs = 10_000 + 1_500

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

/** Whether a page reaches the server. */
export async function isDeaf(page: Page): Promise<boolean> {
  const asked = page.evaluate(() =>
    fetch('/api/health', { cache: 'no-store', signal: AbortSignal.timeout(1_000) }).then(
      () => true,
      () => false,
    ),
  )
  return !(await Promise.race([asked.catch(() => false), setTimeout(1_500, false)]))
}

/** Fails when a page said that it was live though it could not know, or was not frozen though it had to be. */
export async function assertPagesHonest(
  fault: Fault,
  pages: readonly Page[],
  { begunAt, endedAt }: { begunAt: number; endedAt: number },
): Promise<void> {
  for (const [index, page] of pages.entries()) {
    const samples = await samplesOf(page)
    const during = samples.filter(({ at }) => at >= begunAt && at <= endedAt)
    if (fault.deafens !== 'nobody') {
      const late = during.filter(({ at }) => at > begunAt + noticesAfterMs)
      assert.ok(late.length > 0, `page ${index} was not looked at`)
      const wrong = late.find(({ words }) => !words.startsWith('Not live since'))
      assert.equal(wrong, undefined, `page ${index} says ${wrong?.words} after ${(wrong?.at ?? 0) - begunAt} ms`)
    }
    if (fault.bite === 'pages note nothing') {
      assert.ok(during.length < 10, `page ${index} was not frozen: it noted ${during.length} times`)
    }
  }
}

/** Screens of these locations, each in a browser of its own, over the line. */
export async function openPages(
  { browser, server, line }: Pick<Around, 'browser' | 'server' | 'line'>,
  locations: readonly string[],
  count: number,
): Promise<Page[]> {
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
  return Promise.all(opened)
}

export type PageBoard = { words: string; lanes: LaneShown[] }

type LaneShown = { lane: string; count: number; later: number; below: number; orders: string[] }

/** In the page: what it says, and what stands in each lane. */
export function readBoard(): PageBoard {
  const sections = [...document.querySelectorAll<HTMLElement>('[data-lane-section]')]
  return {
    words: document.querySelector('[data-connection]')?.textContent ?? '',
    lanes: sections.map((section) => ({
      lane: section.dataset.laneSection ?? '',
      count: Number(section.querySelector<HTMLElement>('[data-lane-count]')?.dataset.laneCount),
      later: section.querySelectorAll('details [data-order-id]').length,
      below: Number(section.querySelector<HTMLElement>('[data-below]')?.dataset.below ?? 0),
      orders: [...section.querySelectorAll<HTMLElement>('[data-order-id]')].map(
        ({ dataset }) => `${dataset.locationId} ${dataset.orderId}`,
      ),
    })),
  }
}

/** A long lane counts all its orders; those that are not rendered are among the ones that it says are below. */
export function problemOfPage({ lanes }: PageBoard, orders: readonly OrderView[]): string | null {
  for (const { lane, count, later, below, orders: shown } of lanes) {
    const expected = new Set(
      orders.filter((order) => order.lane === lane).map(({ locationId, id }) => `${locationId} ${id}`),
    )
    if (count + later !== expected.size) return `${lane} counts ${count} and ${later} later, not ${expected.size}`
    if (shown.some((order) => !expected.has(order))) return `${lane} shows what is not in it`
    if (shown.length + below < expected.size)
      return `${lane} shows ${shown.length} and ${below} below, of ${expected.size}`
  }
  return null
}
