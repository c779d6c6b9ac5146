/**
 * `npm run screenshots`: the picture of the README. With a folder, the board in every size, light and language,
 * empty, busy, with long names, in every state of an order and stale, to be looked at.
 */
import { mkdirSync, readdirSync } from 'node:fs'
import path from 'node:path'
import Database from 'better-sqlite3'
import { type Browser, chromium, type Page } from 'playwright'
import { simulate } from '#domain/simulation/simulation.ts'
import { withOrderId } from '#domain/simulation/webhook-body.ts'
import { chromiumArguments, findChromium } from './chromium.mjs'
import { example, type ServerProcess, serverProcess } from './helpers/server-process.ts'
import { toxicProxy } from './helpers/toxic-proxy.ts'
import { updated } from './helpers/webhooks.ts'

const folder = process.argv[2]
const place = 'main_street'

async function pictureOfReadme(browser: Browser): Promise<void> {
  await using server = await serverProcess()
  await fillBoard(server, 24)
  await postHandOffs(server)
  const page = await openBoard(browser, server, { width: 1920, height: 1080, scheme: 'dark', locale: 'en' })
  mkdirSync('docs', { recursive: true })
  await page.screenshot({ path: 'docs/board.png' })
}

const sizes = { tv: [1920, 1080], upright: [1080, 1920], tablet: [1280, 800], phone: [390, 844] } as const
const fillings = { empty: 0, busy: 40, names: 0, states: 0 } as const
const inEveryLanguage: readonly string[] = ['busy', 'states']

async function everyPicture(browser: Browser, into: string): Promise<void> {
  mkdirSync(into, { recursive: true })
  await picturePickup(browser, into)
  for (const [filling, orders] of Object.entries(fillings)) {
    await using server = await serverProcess()
    await fillBoard(server, orders)
    if (filling === 'names') await postLongNames(server)
    if (filling === 'states') await postEveryState(browser, server)
    for (const [size, [width, height]] of Object.entries(sizes)) {
      for (const scheme of ['dark', 'light'] as const) {
        for (const locale of inEveryLanguage.includes(filling) ? ['en', 'zh', 'ar', 'es'] : ['en']) {
          const page = await openBoard(browser, server, { width, height, scheme, locale })
          await page.screenshot({ path: path.join(into, `${filling}-${size}-${scheme}-${locale}.png`) })
          await page.context().close()
        }
      }
    }
    if (filling !== 'busy') continue
    await pictureStale(browser, server, into)
    await pictureNotices(browser, server, into)
    await pictureLostNetwork(browser, server, into)
  }
}

/** A board that loses its network and gets it back, as a strip of pictures. */
async function pictureLostNetwork(browser: Browser, server: ServerProcess, into: string): Promise<void> {
  await using line = await toxicProxy(Number(new URL(server.url).port))
  const look = { width: 1920, height: 1080, scheme: 'dark', locale: 'en' } as const
  const page = await openBoard(browser, server, look, line.url)
  let frame = 0
  const take = async (name: string) => {
    frame += 1
    await page.screenshot({ path: path.join(into, `lost-${frame}-${name}.png`) })
  }
  await take('live')
  line.turn({ kind: 'black-hole' })
  await page.waitForTimeout(6_000)
  await take('after-6-s')
  await page.locator('[data-connection="not-live"]').waitFor({ timeout: 30_000 })
  await take('not-live')
  await server.post(updated(place, '7777', { status: 'merchant_canceled' }))
  line.turn(null)
  await page.locator('[data-order-id="7777"]').waitFor()
  await page.locator('[data-connection="live"]').waitFor()
  await take('live-again')
  await page.context().close()
}

/** What a board says around its orders: our own gap, a silent screen, orders that are on no kitchen's screen. */
async function pictureNotices(browser: Browser, server: ServerProcess, into: string): Promise<void> {
  const silent = await openBoard(browser, server, { width: 800, height: 600, scheme: 'dark', locale: 'en' })
  await server.stop()
  const database = new Database(server.databaseFile)
  database.prepare('UPDATE presence SET alive_at = ?').run(new Date(Date.now() - 24 * 60_000).toISOString())
  database.close()
  await silent.context().close()
  await server.start()
  const looks: Record<string, Look> = {
    'tv-dark-en': { width: 1920, height: 1080, scheme: 'dark', locale: 'en' },
    'tablet-light-zh': { width: 1280, height: 800, scheme: 'light', locale: 'zh' },
    'phone-light-ar': { width: 390, height: 844, scheme: 'light', locale: 'ar' },
  }
  for (const [name, look] of Object.entries(looks)) {
    const page = await openBoard(browser, server, look)
    await page.locator('[data-notice="screen-silent"]').first().waitFor({ timeout: 60_000 })
    await page.screenshot({ path: path.join(into, `notices-${name}.png`) })
    await page.context().close()
  }
}

/** The public board: empty, with more than fits, and when it cannot be trusted. */
async function picturePickup(browser: Browser, into: string): Promise<void> {
  const looks: Record<string, Look> = {
    'tv-dark-en': { width: 1920, height: 1080, scheme: 'dark', locale: 'en' },
    'tv-light-ar': { width: 1920, height: 1080, scheme: 'light', locale: 'ar' },
    'portrait-light-es': { width: 1080, height: 1920, scheme: 'light', locale: 'es' },
    'tablet-light-zh': { width: 1280, height: 800, scheme: 'light', locale: 'zh' },
    'phone-dark-en': { width: 390, height: 844, scheme: 'dark', locale: 'en' },
  }
  await using server = await serverProcess()
  const takeAll = async (filling: string) => {
    for (const [name, look] of Object.entries(looks)) {
      const page = await openBoard(browser, server, look, server.url, 'pickup')
      await page.screenshot({ path: path.join(into, `pickup-${filling}-${name}.png`) })
      if (filling === 'busy' && name.startsWith('tv')) {
        server.child().kill('SIGSTOP')
        await page.locator('[data-connection="not-live"]').waitFor({ timeout: 30_000 })
        await page.screenshot({ path: path.join(into, `pickup-stale-${name}.png`) })
        server.child().kill('SIGCONT')
      }
      await page.context().close()
    }
  }
  await takeAll('empty')
  await fillBoard(server, 60)
  for (const id of ['0417', '0418', '0419']) {
    const driver_details = { name: 'Zaphod B.', source: 'uber_eats' }
    await server.post(updated(place, `order-${id}`, { status: 'ready_for_pickup', driver_details }))
    if (id !== '0419') {
      const delivery_status = 'arrived_at_pickup'
      await server.post(updated(place, `order-${id}`, { status: 'ready_for_pickup', delivery_status, driver_details }))
    }
  }
  await takeAll('busy')
}

/** What a board looks like whose server stopped answering; the phone scrolled to its middle. */
async function pictureStale(browser: Browser, server: ServerProcess, into: string): Promise<void> {
  const looks = [
    { name: 'tv-dark-en', width: 1920, height: 1080, scheme: 'dark', locale: 'en' },
    { name: 'tablet-light-es', width: 1280, height: 800, scheme: 'light', locale: 'es' },
    { name: 'phone-light-ar', width: 390, height: 844, scheme: 'light', locale: 'ar' },
  ] as const
  const pages = await Promise.all(
    looks.map(async (look) => ({ name: look.name, page: await openBoard(browser, server, look) })),
  )
  server.child().kill('SIGSTOP')
  for (const { name, page } of pages) {
    await page.locator('[data-connection="not-live"]').waitFor({ timeout: 30_000 })
    await page.evaluate(() => scrollTo(0, innerWidth < innerHeight ? 1500 : 0))
    await page.screenshot({ path: path.join(into, `stale-${name}.png`) })
    await page.context().close()
  }
  server.child().kill('SIGCONT')
}

type Look = { width: number; height: number; scheme: 'dark' | 'light'; locale: string }

async function openBoard(
  browser: Browser,
  server: ServerProcess,
  look: Look,
  url = server.url,
  role: 'kitchen' | 'pickup' = 'kitchen',
): Promise<Page> {
  const { link } = await server.addScreen(role, place)
  const context = await browser.newContext({
    viewport: { width: look.width, height: look.height },
    colorScheme: look.scheme,
    locale: look.locale,
  })
  const page = await context.newPage()
  await page.goto(link.replace(server.url, url), { waitUntil: 'commit' })
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

/** Every example of Stream's, each an order of its own, and what can go wrong with an order. */
async function postEveryState(browser: Browser, server: ServerProcess): Promise<void> {
  const names = readdirSync('tests/fixtures/stream').filter((name) => /^0[0-8]-/.test(name))
  for (const name of names) {
    const orderId = `example-${name.slice(0, 2)}${Number(name.slice(0, 2)) + 41}`
    await server.post(example(name, { location_id: place, order_id: orderId }))
  }
  await postHandOffs(server)

  const ready = { status: 'ready_for_pickup' }
  const here = { delivery_status: 'arrived_at_pickup' }
  const coming = { delivery_status: 'enroute_to_pickup' }
  const leaving = { status: 'out_for_delivery', delivery_status: 'enroute_to_dropoff' }
  const cancelled = { status: 'dsp_canceled' }
  const by = (name: string) => ({
    driver_details: { source: 'uber', name, vehicle_info: { color: 'Red', make: 'Kia' } },
  })
  const steps: Record<string, object[]> = {
    '3001': [{ ...coming, ...by('Anna Lopez') }, cancelled],
    '3002': [{ ...ready, ...coming, ...by('Ben Okafor') }, cancelled],
    '3003': [{ ...here, ...by('Chen Wei') }, cancelled],
    '3004': [{ ...ready, ...here, ...by('Dina Haddad') }, cancelled],
    '3005': [{ ...leaving, ...by('Emil Novak') }, cancelled],
    '3006': [{ ...ready, ...here, ...by('Fay Moreau') }, { delivery_status: 'pending' }],
    '3007': [{ ...coming, ...by('Gus Silva') }, { delivery_status: 'pending' }],
    '3008': [{ delivery_status: 'failed_to_assign_driver' }],
    '3009': [{ ...ready, ...here, ...by('Hana Sato') }, { delivery_status: 'failed_to_pickup' }],
    '3010': [{ ...leaving, ...by('Ivo Rossi') }, { delivery_status: 'enroute_to_return' }],
    '3011': [{ ...leaving, ...by('Jo Weber') }, { delivery_status: 'arrived_at_return' }],
    '3012': [{ ...leaving, ...by('Kim Park') }, { delivery_status: 'returned' }],
    '3013': [{ ...leaving, ...by('Lea Blanc') }, { status: 'failed' }],
    '3014': [{ ...ready, ...coming, ...by('Max Braun') }, by('Nia Diallo')],
    'AB-12345': [{ status: 'brand_new_status', delivery_status: 'teleporting' }],
  }
  for (const [orderId, bodies] of Object.entries(steps)) {
    for (const body of bodies) await server.post(updated(place, orderId, { ...body }))
  }
  for (const [number, type] of Object.entries({ '88210': 'curbside', '88211': 'pickup', '88212': 'dine_in' })) {
    const guest = { location_id: place, dsp_order_number: number, idempotency_key: number, fulfillment_type: type }
    const created = await server.post(example('20-order-created.json', guest))
    if (type !== 'curbside') await server.post(updated(place, created.order?.provider_id ?? '', ready))
  }

  const page = await openBoard(browser, server, { width: 1920, height: 1080, scheme: 'dark', locale: 'en' })
  const tap = (orderId: string, action: string) =>
    page.locator(`[data-order-id="${orderId}"] [data-action="${action}"]`).first().click()
  await tap('3014', 'hand-over')
  await page.locator('[data-order-id="3014"][data-lane="on_the_way"]').waitFor({ state: 'attached' })
  await server.post(updated(place, '3014', { ...ready, ...coming, ...by('Oscar Lindqvist') }))
  await page.context().close()
}

const executablePath = findChromium()
const browser = await chromium.launch({ args: chromiumArguments, ...(executablePath && { executablePath }) })
try {
  if (folder === undefined) await pictureOfReadme(browser)
  else await everyPicture(browser, folder)
} finally {
  await browser.close()
}
