/**
 * `npm run screenshots`: the picture of the README. With a folder, the board in every size, light and language,
 * empty, busy, with long names and stale, to be looked at.
 */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { type Browser, chromium, type Page } from 'playwright'
import { simulate } from '#domain/simulation/simulation.ts'
import { withOrderId } from '#domain/simulation/webhook-body.ts'
import { chromiumArguments, findChromium } from './chromium.mjs'
import { example, type ServerProcess, serverProcess, updated } from './helpers/server-process.ts'

const folder = process.argv[2]
const place = 'main_street'

const executablePath = findChromium()
const browser = await chromium.launch({ args: chromiumArguments, ...(executablePath && { executablePath }) })
try {
  if (folder === undefined) await pictureOfReadme(browser)
  else await everyPicture(browser, folder)
} finally {
  await browser.close()
}

async function pictureOfReadme(browser: Browser): Promise<void> {
  await using server = await serverProcess()
  await fillBoard(server, 24)
  await postHandOffs(server)
  const page = await openBoard(browser, server, { width: 1920, height: 1080, scheme: 'dark', locale: 'en' })
  mkdirSync('docs', { recursive: true })
  await page.screenshot({ path: 'docs/board.png' })
}

const sizes = { tv: [1920, 1080], tablet: [1280, 800], phone: [390, 844] } as const
const fillings = { empty: 0, busy: 40, names: 0 } as const

async function everyPicture(browser: Browser, into: string): Promise<void> {
  mkdirSync(into, { recursive: true })
  for (const [filling, orders] of Object.entries(fillings)) {
    await using server = await serverProcess()
    await fillBoard(server, orders)
    if (filling === 'names') await postLongNames(server)
    for (const [size, [width, height]] of Object.entries(sizes)) {
      for (const scheme of ['dark', 'light'] as const) {
        for (const locale of filling === 'busy' ? ['en', 'zh', 'ar', 'es'] : ['en']) {
          const page = await openBoard(browser, server, { width, height, scheme, locale })
          await page.screenshot({ path: path.join(into, `${filling}-${size}-${scheme}-${locale}.png`) })
          await page.context().close()
        }
      }
    }
    if (filling !== 'busy') continue
    const page = await openBoard(browser, server, { width: 1920, height: 1080, scheme: 'dark', locale: 'en' })
    server.child().kill('SIGSTOP')
    await page.locator('[data-connection="not-live"]').waitFor({ timeout: 30_000 })
    await page.screenshot({ path: path.join(into, 'stale-tv-dark-en.png') })
    server.child().kill('SIGCONT')
  }
}

type Look = { width: number; height: number; scheme: 'dark' | 'light'; locale: string }

async function openBoard(browser: Browser, server: ServerProcess, look: Look): Promise<Page> {
  const { link } = await server.addScreen('kitchen', place)
  const context = await browser.newContext({
    viewport: { width: look.width, height: look.height },
    colorScheme: look.scheme,
    locale: look.locale,
  })
  const page = await context.newPage()
  await page.goto(link)
  await page.locator('[data-connection="live"]').waitFor()
  return page
}

/** Posts the beginning of a service until about so many orders are open. */
async function fillBoard(server: ServerProcess, openOrders: number): Promise<void> {
  if (openOrders === 0) return
  const open = new Set<string>()
  const ids = new Map<string, string>()
  const service = { seed: 7, locations: [place], startAt: Date.now(), startMidService: true, ordersPerMinute: 2 }
  for (const event of simulate(service)) {
    if (!event.isBacklog) break
    if (!open.has(event.orderKey) && open.size >= openOrders) continue
    open.add(event.orderKey)
    const answer = await server.post(withOrderId(event.body, ids.get(event.orderKey) ?? event.orderKey))
    if (answer.order) ids.set(event.orderKey, answer.order.provider_id)
  }
}

/** Drivers at the counter, one of them a robot, and a cancel: what a counter is for. */
async function postHandOffs(server: ServerProcess): Promise<void> {
  const arrived = { status: 'ready_for_pickup', delivery_status: 'arrived_at_pickup' }
  await server.post(example('00-every-driver-detail.json', { location_id: place, order_id: 'doordash-order-2841' }))
  const robot = { location_id: place, order_id: 'robot-order-9317', ...arrived }
  await server.post(example('06-autonomous-delivery-robot.json', robot))
  const cancelled = await server.post(example('20-order-created.json', { location_id: place }))
  await server.post(updated(place, cancelled.order?.provider_id ?? '', { status: 'dsp_canceled' }))
}

async function postLongNames(server: ServerProcess): Promise<void> {
  const long = 'Maximiliano Alejandro Fernández-Villaverde de la Santísima Trinidad y Todos los Santos'
  await server.post(
    example('20-order-created.json', {
      location_id: place,
      brand: 'The Original Grandmother’s Handmade Dumplings & Noodles Company of Upper Lower Street',
      customers: [{ id: 'customer_1', name: long, phone: '+15555550100' }],
      special_instructions: `Please ring twice, then wait. ${long}. `.repeat(3),
    }),
  )
  await server.post(
    updated(place, 'a-very-long-order-number-that-some-platform-invented-0123456789', {
      status: 'ready_for_pickup',
      delivery_status: 'arrived_at_pickup',
      driver_details: {
        source: 'the_very_long_named_delivery_platform',
        name: long,
        phone: { number: '+4915112345678901234', code: '123456789#' },
        vehicle_info: {
          make: 'Mercedes-Benz Nutzfahrzeuge',
          model: 'Sprinter 316 CDI',
          color: 'Pearlescent Midnight Blue',
          license_plate: 'ABCDEFGH-123456',
        },
        handoff_instructions:
          'Meet at the rear entrance behind the second loading dock, and ask for the shift manager.',
        passcode: 'AB12-CD34-EF56',
      },
    }),
  )
}
