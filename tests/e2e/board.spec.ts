/** The main job, as its users see it: a Stream update reaches a restaurant's screen. */
import { expect } from '@playwright/test'
import { type DeliveryStatus, deliveryStatuses, type Status, statuses } from '#domain/stream-words.ts'
import { example, type ServerProcess } from '../helpers/server-process.ts'
import { updated } from '../helpers/webhooks.ts'
import { card, connection, isLive, onRefusal, openLink, place, test } from './screens.ts'

/** The link of a screen that follows every location. */
async function everyScreen(server: ServerProcess): Promise<string> {
  const words = ['--name', 'Kitchen', '--role', 'kitchen', '--every-location']
  return String((await server.passline('screen', 'add', ...words)).link)
}

test('a link pairs one browser, and an update appears with its driver', async ({ browser, server }) => {
  const link = await everyScreen(server)
  const first = await (await browser.newContext()).newPage()
  await openLink(first, link)
  await isLive(first)
  await server.post(example('00-every-driver-detail.json'))
  const order = card(first, 'pos_order_123')
  await expect(order).toContainText('123')
  for (const words of ['John Driver', 'DoorDash', 'Silver', 'Toyota', 'Camry', 'ABC1234', '1234']) {
    await expect(order).toContainText(words)
  }
  await expect(order).toContainText('Meet driver at front entrance')
  await expect(order).toContainText('+15555551234')
  await expect(order).toHaveAttribute('data-lane', 'driver_here')
  // A code in two lines is a code misread.
  const lines = await order.locator('[data-passcode] > strong').evaluate((code) => {
    const range = document.createRange()
    range.selectNodeContents(code)
    return new Set(Array.from(range.getClientRects(), ({ top }) => top)).size
  })
  expect(lines).toBe(1)

  const second = await (await browser.newContext()).newPage()
  await second.goto(link)
  await expect(second.locator('h1')).toContainText('used')
  await second.goto(`${server.url}/board`)
  await expect(second).toHaveURL(`${server.url}/pair`)
})

test('a script that the page did not bring does not run', async ({ browser, server }) => {
  const page = await (await browser.newContext()).newPage()
  const refusals: string[] = []
  await onRefusal(page, (what) => refusals.push(what))
  await page.goto(`${server.url}/board`)
  await expect(page.locator('h1')).toBeVisible()
  const hasRun = await page.evaluate(() => {
    const script = document.createElement('script')
    script.textContent = 'globalThis.hasRun = true'
    document.head.append(script)
    document.body.insertAdjacentHTML('beforeend', '<img src="data:," onerror="globalThis.hasRun = true">')
    // After the handler that stands in the markup, if that is one.
    const image = document.body.lastElementChild
    return new Promise((resolve) => {
      image?.addEventListener('error', () => resolve(Reflect.has(globalThis, 'hasRun')))
    })
  })
  expect(hasRun).toBe(false)
  await expect.poll(() => refusals).toEqual(['script-src-elem inline', 'script-src-attr inline'])
})

test('each of Stream’s examples, on an order of its own, shows what it says', async ({ openScreen, server }) => {
  const expected: [file: string, lane: string, words: string[]][] = [
    ['00-every-driver-detail.json', 'driver_here', ['John Driver', 'ABC1234', '1234', 'Driver here']],
    ['01-event-structure.json', 'on_the_way', ['On the way to the customer']],
    ['02-driver-assigned-and-en-route.json', 'preparing', ['Jane Driver', 'Driver on the way to us']],
    ['03-driver-arrived-at-restaurant.json', 'driver_here', ['Jane Driver', '5678', 'Driver here']],
    ['04-order-out-for-delivery.json', 'on_the_way', ['On the way to the customer']],
    ['05-order-completed.json', 'done', []],
    ['06-autonomous-delivery-robot.json', 'preparing', ['Kiwi Robot #42', 'Robot']],
    ['07-delivery-failed.json', 'attention', ['failed']],
    ['08-order-canceled-by-dsp.json', 'attention', ['Stop']],
    ['21-order-canceled.json', 'attention', ['Stop']],
  ]
  const { page } = await openScreen()
  for (const [file, lane, words] of expected) {
    const id = `own-${file.slice(0, 2)}`
    await server.post(example(file, { order_id: id, ...(file.startsWith('21') && { provider_id: id }) }))
    await expect(card(page, id)).toHaveAttribute('data-lane', lane)
    for (const word of words) await expect(card(page, id)).toContainText(word)
  }
  const created = await server.post(example('20-order-created.json'))
  const order = card(page, created.order?.provider_id ?? '')
  for (const words of ['456', 'Uber', 'Cheeseburger', 'No onions', 'Extra Cheese', 'Jane Doe']) {
    await expect(order).toContainText(words)
  }
})

/** What a cook must be able to read on a fresh order's card, written by hand. */
const wordsOfStatus: Record<Status, string> = {
  in_progress: 'Preparing',
  ready_for_pickup: 'Ready, says Stream',
  out_for_delivery: 'Out for delivery',
  completed: 'Completed',
  failed: 'The order failed',
  merchant_canceled: 'Stop, do not make',
  dsp_canceled: 'Stop, do not make',
}
const wordsOfDelivery: Record<DeliveryStatus, string> = {
  pending: 'Courier not booked yet',
  pending_driver_confirmation: 'Waiting for a driver to accept',
  enroute_to_pickup: 'Driver on the way to us',
  arrived_at_pickup: 'Driver here',
  enroute_to_dropoff: 'On the way to the customer',
  arrived_at_dropoff: 'At the customer’s door',
  completed: 'Delivered to the customer',
  failed_to_assign_driver: 'No driver found',
  failed_to_pickup: 'could not collect',
  failed_to_deliver: 'Could not be delivered',
  failed: 'failed',
  merchant_canceled: 'Stop, do not make',
  enroute_to_return: 'on its way back',
  arrived_at_return: 'At the door',
  returned: 'At the door',
}

test('every status and delivery status is shown in words, and an unknown one as it is', async ({
  openScreen,
  server,
}) => {
  // Lanes render what they show and a little more.
  const { page } = await openScreen({ viewport: { width: 4_200, height: 4_000 } })
  const shown: [id: string, words: string][] = []
  for (const status of statuses) {
    await server.post(updated(place, `s-${status}`, { status }))
    shown.push([`s-${status}`, wordsOfStatus[status]])
  }
  for (const value of deliveryStatuses) {
    await server.post(updated(place, `d-${value}`, { status: undefined, delivery_status: value }))
    shown.push([`d-${value}`, wordsOfDelivery[value]])
  }
  await server.post(updated(place, 'unknown', { status: 'in_progress', delivery_status: 'waiting_for_moon' }))
  shown.push(['unknown', 'waiting for moon'])
  for (const [id, words] of shown) {
    await expect(card(page, id), id).toContainText(words)
    const text = ((await card(page, id).textContent()) ?? '').replaceAll(id, '')
    expect(text, `${id} in words`).not.toMatch(/[a-z]_[a-z]/)
  }
})

test('an update reaches two browsers of a location within a second, and never another location', async ({
  openScreen,
  server,
}) => {
  const [one, two, elsewhere] = await Promise.all([
    openScreen(),
    openScreen(),
    openScreen({ locations: ['other_place'] }),
  ])
  await server.post(updated(place, 'warm-up', { status: 'in_progress' }))
  await expect(card(one.page, 'warm-up')).toBeVisible()
  await server.post(updated(place, 'order-1', { status: 'in_progress' }))
  const soon = { timeout: 1_000 }
  await Promise.all([
    expect(card(one.page, 'order-1')).toBeVisible(soon),
    expect(card(two.page, 'order-1')).toBeVisible(soon),
  ])
  // An update of its own comes after: what was before it had its chance to arrive.
  await server.post(updated('other_place', 'order-2', { status: 'in_progress' }))
  await expect(card(elsewhere.page, 'order-2')).toBeVisible()
  await expect(card(elsewhere.page, 'order-1')).toHaveCount(0)
  await expect(card(one.page, 'order-2')).toHaveCount(0)

  await one.page.reload()
  await isLive(one.page)
  await expect(card(one.page, 'order-1')).toBeVisible()
})

test('a restart loses nothing, and the boards come back by themselves', async ({ openScreen, server }) => {
  const { page } = await openScreen()
  await server.post(updated(place, 'before', { status: 'in_progress' }))
  await expect(card(page, 'before')).toBeVisible()
  await server.stop('SIGKILL')
  await expect(connection(page)).not.toHaveAttribute('data-connection', 'live')
  await server.start()
  await server.post(updated(place, 'after', { status: 'in_progress' }))
  await expect(card(page, 'after')).toBeVisible()
  await expect(card(page, 'before')).toBeVisible()
  await isLive(page)
})

test('a board says since when it is not live, and that it is live again', async ({ openScreen, server }) => {
  const { page } = await openScreen()
  await server.post(updated(place, 'kept', { status: 'in_progress' }))
  await expect(card(page, 'kept')).toBeVisible()
  // Frozen, the server keeps its sockets open: only a question without an answer shows it.
  server.child().kill('SIGSTOP')
  await expect(connection(page)).toHaveAttribute('data-connection', 'not-live', { timeout: 20_000 })
  await expect(connection(page)).toContainText(/Not live since \d\d:\d\d/)
  await expect(card(page, 'kept')).toBeVisible()
  server.child().kill('SIGCONT')
  await isLive(page)
  await expect(connection(page)).toHaveText('Live again')
  await expect(connection(page)).toHaveText('Live')
})

test('Ready, Handed over and Not handed over after all move an order on every screen', async ({
  openScreen,
  server,
}) => {
  const [one, two] = await Promise.all([openScreen(), openScreen()])
  await server.post(
    updated(place, 'order-1', {
      status: 'in_progress',
      delivery_status: 'enroute_to_pickup',
      driver_details: { source: 'uber', name: 'Jane Driver' },
    }),
  )
  await card(one.page, 'order-1').getByRole('button', { name: 'Ready', exact: true }).click()
  await expect(card(two.page, 'order-1')).toHaveAttribute('data-lane', 'ready')
  await card(two.page, 'order-1').getByRole('button', { name: 'Handed over' }).click()
  await expect(card(one.page, 'order-1')).toHaveAttribute('data-lane', 'on_the_way')
  await two.page.getByRole('button', { name: /undo/i }).click()
  await expect(card(one.page, 'order-1')).toHaveAttribute('data-lane', 'ready')
})

test('a cancelled order asks to be stopped until somebody has seen it', async ({ openScreen, server }) => {
  const { page } = await openScreen()
  await server.post(updated(place, 'order-1', { status: 'in_progress' }))
  await expect(card(page, 'order-1')).toHaveAttribute('data-lane', 'preparing')
  await server.post({ type: 'order.canceled', object: { provider_id: 'order-1', location_id: place } })
  await expect(card(page, 'order-1')).toHaveAttribute('data-lane', 'attention')
  await expect(card(page, 'order-1')).toContainText('Stop')
  await card(page, 'order-1').getByRole('button', { name: 'Not made' }).click()
  await expect(card(page, 'order-1')).toHaveAttribute('data-lane', 'done')
})

test('a revoked screen is emptied at once', async ({ openScreen, server }) => {
  const { page, id } = await openScreen()
  await server.post(updated(place, 'order-1', { status: 'in_progress' }))
  await expect(card(page, 'order-1')).toBeVisible()
  await server.passline('screen', 'revoke', id)
  await expect(connection(page)).toHaveAttribute('data-connection', 'revoked', { timeout: 1_000 })
  await expect(card(page, 'order-1')).toHaveCount(0)
})

/** Markup, a change of direction that is never taken back, and signs that terminals obey. */
const nasty = '<img src=x onerror="document.title=1"><b>bold</b> \u202Eevil\u0007\u001B[2J {x} & "quotes"'

/** What must stay as it is for the update to be taken, or has words of its own. */
const keptFields = /^(type|location_id|idempotency_key|fulfillment_type|order_id|delivery_status|.*_at|.*_currency)$/

/** Every text of a webhook in which people's text can stand, made nasty. */
function withNastyText(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return keptFields.test(name) ? value : nasty
  if (Array.isArray(value)) return value.map((one) => withNastyText(one, name))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withNastyText(inner, key)]))
}

test('text from outside is text, whatever it holds, and turns nothing around it', async ({ openScreen, server }) => {
  const { page } = await openScreen()
  const created = example('20-order-created.json')
  await server.post({ ...created, object: { ...(withNastyText(created.object) as object), location_id: place } })
  await server.post(withNastyText(example('00-every-driver-detail.json')))
  await server.post(updated(place, nasty, { status: nasty, delivery_status: nasty }))
  await expect(page.locator('article')).toHaveCount(3)
  await expect(page.locator('article').first()).toContainText('<b>bold</b>')
  expect(await page.title()).toBe('Passline')
  expect(await page.locator('article :is(b, img[src="x"])').count()).toBe(0)
  const loose = await page.locator('article').evaluateAll((articles) => {
    /** What turns with it: everything in the nearest element that keeps directions to itself. */
    const turnedWith = (element: Element | null): string =>
      element === null || getComputedStyle(element).unicodeBidi.includes('isolate')
        ? (element?.textContent ?? 'the page')
        : turnedWith(element.parentElement)
    const found: string[] = []
    for (const article of articles) {
      const texts = document.createTreeWalker(article, NodeFilter.SHOW_TEXT)
      for (let text = texts.nextNode(); text; text = texts.nextNode()) {
        const value = text.nodeValue ?? ''
        if (!value.includes('\u202E')) continue
        const [before, after] = turnedWith(text.parentElement).split(value)
        // Nothing of ours stands with it, neither beside it nor in the same text.
        if (before || after || !value.startsWith('<img') || !/quotes"?$/.test(value)) {
          found.push(text.parentElement?.outerHTML.slice(0, 300) ?? '')
        }
      }
    }
    return found
  })
  expect(loose).toEqual([])
})

test('a screen of every location shows a new location’s first order', async ({ browser, server }) => {
  const link = await everyScreen(server)
  const page = await (await browser.newContext()).newPage()
  await openLink(page, link)
  await isLive(page)
  await server.post(updated('never heard of', 'order-1', { status: 'in_progress' }))
  await expect(card(page, 'order-1')).toBeVisible({ timeout: 1_000 })
})

test('in the hand and upright, the lanes stand below one another, and the page scrolls', async ({
  openScreen,
  server,
}) => {
  for (let order = 0; order < 12; order += 1) {
    const status = (['in_progress', 'ready_for_pickup'] as const)[order % 2]
    await server.post(updated(place, `order-${order}`, { status }))
  }
  const { page } = await openScreen()
  await expect(page.locator('[data-order-id]')).toHaveCount(12)
  for (const [width, height] of [
    [390, 844],
    [834, 1194],
    [1080, 1920],
  ] as const) {
    await page.setViewportSize({ width, height })
    const size = `${width}×${height}`
    const seen = await page.evaluate(() => {
      const lanes = [...document.querySelectorAll('[data-lane-section]')].map((lane) => lane.getBoundingClientRect())
      const isOver = (above: DOMRect, below: DOMRect | undefined) => below !== undefined && above.bottom > below.top + 1
      const cards = [...document.querySelectorAll('[data-order-id]')]
      const isOutside = (one: Element) => {
        const lane = one.closest('[data-lane-section]')?.getBoundingClientRect()
        return !lane || one.getBoundingClientRect().bottom > lane.bottom + 1
      }
      return {
        overlapping: lanes.filter((lane, index) => isOver(lane, lanes[index + 1])).length,
        outside: cards.filter(isOutside).length,
        wider: document.documentElement.scrollWidth - innerWidth,
      }
    })
    expect(seen, size).toEqual({ overlapping: 0, outside: 0, wider: 0 })
    await page.mouse.wheel(0, 10_000)
    await expect(page.locator('[data-order-id]').last(), size).toBeInViewport({ ratio: 0.9 })
  }
})
