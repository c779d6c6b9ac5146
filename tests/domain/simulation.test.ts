import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mayBeLocationId } from '#domain/location-id.ts'
import type { OrderUpdate } from '#domain/order-update.ts'
import { parseUpdate } from '#domain/order-update.ts'
import type { SimulatedEvent, SimulationOptions } from '#domain/simulation/simulation.ts'
import {
  defaultOrdersPerMinute,
  maximumOpenOrders,
  meanEventsPerOrder,
  simulate,
} from '#domain/simulation/simulation.ts'
import { withOrderId, withTimes } from '#domain/simulation/webhook-body.ts'
import { deliveryStatuses, statuses } from '#domain/stream-words.ts'

const startAt = Date.UTC(2026, 0, 5, 18)

test('the same options tell the same stream', () => {
  assert.deepEqual(take(500, { seed: 7 }), take(500, { seed: 7 }))
  assert.deepEqual(take(500, { seed: 7, startMidService: true }), take(500, { seed: 7, startMidService: true }))
})

test('different seeds tell different streams, also when they differ by little or by much', () => {
  const streams = [0, 1, 2, -1, 2 ** 32, 2 ** 40, 2 ** 40 + 1].map((seed) =>
    JSON.stringify(bodiesOf(take(50, { seed }))),
  )
  const withoutKeys = streams.map((stream) => stream.replaceAll(/_order_[-\d]+_/g, '_'))
  assert.equal(new Set(withoutKeys).size, streams.length)
})

test('time never goes backwards, and each body is an update of its own order', () => {
  fc.assert(
    fc.property(anyOptions, (options) => {
      let last = options.startAt ?? startAt
      for (const event of take(300, options)) {
        assert.ok(event.at >= last)
        last = event.at
        assert.equal(updateOf(event).orderId, event.orderKey)
        assert.ok(options.locations?.includes(updateOf(event).locationId))
      }
    }),
    { numRuns: 100 },
  )
})

test('an announced order begins with its announcement, any other is never announced', () => {
  fc.assert(
    fc.property(anyOptions, (options) => {
      for (const posts of byOrder(take(400, options)).values()) {
        assert.equal(posts[0]?.body.type === 'order.created', posts[0]?.isAnnounced)
        assert.equal(
          posts.some((post) => post.body.type === 'order.created'),
          posts[0]?.isAnnounced,
        )
      }
    }),
    { numRuns: 40 },
  )
})

test('all fulfilment types, sources, statuses, stories and faults occur', () => {
  const events = take(12_000, { seed: 11 })
  const created = events.flatMap(({ body }) => (body.type === 'order.created' ? [body.object] : []))
  const updated = events.flatMap(({ body }) => (body.type === 'order.updated' ? [body.object] : []))
  const drivers = updated.flatMap((said) => said.driver_details ?? [])

  assert.deepEqual([...new Set(created.map((order) => order.fulfillment_type))].sort(), [
    'curbside',
    'delivery',
    'dine_in',
    'drive_thru',
    'merchant_managed_delivery',
    'pickup',
  ])
  assert.ok(new Set(created.map((order) => order.source)).size >= 5)
  assert.ok(new Set(created.map((order) => order.brand)).size >= 3)
  assert.deepEqual(new Set(updated.map((said) => said.status)), new Set(statuses))
  assert.deepEqual(new Set(updated.map((said) => said.delivery_status)), new Set([undefined, ...deliveryStatuses]))
  assert.deepEqual([...new Set(events.map((event) => event.story))].sort(), [
    'brought_back',
    'canceled_after_pickup',
    'canceled_while_preparing',
    'canceled_with_driver_here',
    'driver_released',
    'driver_released_at_the_door',
    'driver_replaced',
    'driver_replaced_at_the_door',
    'failed',
    'failed_to_deliver',
    'failed_to_pickup',
    'healthy',
    'no_driver_at_all',
    'no_driver_then_found',
    'status_only',
    'status_only_canceled',
    'status_only_canceled_when_ready',
    'status_only_without_end',
  ])
  assert.ok(events.some((event) => event.fault === 'repeated') && events.some((event) => event.fault === 'late'))
  assert.ok(events.some((event) => event.body.type === 'order.canceled'))
  assert.ok(created.some((order) => order.is_future_order && (order.requested_for ?? 0) > startAt))
  assert.ok(created.some((order) => order.customer_name !== undefined && order.customers === undefined))
  assert.ok(created.some((order) => (order.customers?.length ?? 0) > 1))
  assert.ok(created.some((order) => order.line_items.some((line) => line.provider_id === undefined)))
  assert.ok(
    created.some((order) => order.line_items.some((line) => line.modifiers.some((one) => one.modifiers.length > 0))),
  )
  assert.ok(drivers.some((driver) => driver.vehicle_info?.is_autonomous === true && driver.passcode !== undefined))
  assert.ok(
    drivers.some((driver) => driver.phone?.code !== undefined && driver.vehicle_info?.license_plate !== undefined),
  )
  assert.ok(drivers.some((driver) => driver.picture_url?.startsWith('https://example.com/')))
  for (const script of [/\p{Script=Han}/u, /\p{Script=Arabic}/u, /[éøŁ]/u]) {
    assert.ok(
      drivers.some((driver) => script.test(driver.name ?? '')),
      String(script),
    )
  }
})

test('a released driver is unassigned by an update that names no one', () => {
  const orders = [...byOrder(take(12_000, { seed: 3 })).values()].filter(([first]) =>
    first?.story.startsWith('driver_released'),
  )
  assert.ok(orders.length > 10)
  for (const posts of orders.filter((one) => one.at(-1)?.isLast && one.every((post) => post.fault !== 'late'))) {
    const said = posts.flatMap(({ body }) => (body.type === 'order.updated' ? [body.object] : []))
    const named = said.findIndex((one) => one.driver_details?.name !== undefined)
    const released = said.findIndex((one, index) => index > named && one.delivery_status?.startsWith('pending'))
    assert.ok(named >= 0 && released > named)
    assert.equal(said[released]?.driver_details, undefined)
  }
})

test('a repeated post is word for word one of the same order that came before', () => {
  for (const posts of byOrder(take(5_000, { seed: 5 })).values()) {
    posts.forEach((post, index) => {
      if (post.fault !== 'repeated') return
      const earlier = posts.slice(0, index).map((one) => JSON.stringify(one.body))
      assert.ok(earlier.includes(JSON.stringify(post.body)))
    })
  }
})

test('most orders are healthy, about a fifth come unannounced, faults are rare', () => {
  const events = take(20_000, { seed: 13 })
  const orders = [...byOrder(events).values()].map((posts) => posts[0] as SimulatedEvent)
  const share = (of: readonly unknown[], all: readonly unknown[]) => of.length / all.length
  const healthy = orders.filter((order) => order.story === 'healthy' || order.story === 'status_only')
  assert.ok(share(healthy, orders) > 0.75 && share(healthy, orders) < 0.92)
  const unannounced = orders.filter((order) => !order.isAnnounced)
  assert.ok(share(unannounced, orders) > 0.15 && share(unannounced, orders) < 0.25)
  const faults = events.filter((event) => event.fault !== null)
  assert.ok(share(faults, events) > 0.02 && share(faults, events) < 0.08)
  const ended = events.filter((event) => event.isLast)
  assert.ok(Math.abs(events.length / ended.length / meanEventsPerOrder - 1) < 0.05)
})

test('open orders stay bounded, and each ends after a few hours', () => {
  for (const ordersPerMinute of [defaultOrdersPerMinute, 20]) {
    const openSince = new Map<string, number>()
    for (const event of take(30_000, { seed: 17, locations: ['one', 'two'], ordersPerMinute })) {
      const since = openSince.get(event.orderKey) ?? event.at
      assert.ok(event.at - since < 6 * 3_600_000)
      openSince.set(event.orderKey, since)
      if (event.isLast) openSince.delete(event.orderKey)
      assert.ok(openSince.size <= 2 * maximumOpenOrders(ordersPerMinute))
    }
  }
})

test('speed tells the same stories in less time', () => {
  const slow = take(400, { seed: 19 })
  const fast = take(400, { seed: 19, speed: 10 })
  assert.deepEqual(
    fast.map(({ orderKey, story, body }) => [orderKey, story, body.type]),
    slow.map(({ orderKey, story, body }) => [orderKey, story, body.type]),
  )
  slow.forEach((event, index) => {
    const at = startAt + (event.at - startAt) / 10
    assert.ok(Math.abs((fast[index]?.at ?? 0) - at) < 1e-3)
  })
})

test('a start in mid-service first tells what was said of the open orders', () => {
  const events = take(400, { seed: 23, startMidService: true })
  const backlog = events.filter((event) => event.isBacklog)
  assert.ok(backlog.every((event) => event.at === startAt))
  assert.ok(events.slice(0, backlog.length).every((event) => event.isBacklog))
  assert.ok(backlog.every((event) => !event.isLast))
  const orders = byOrder(backlog)
  assert.ok(orders.size > 10 && orders.size <= maximumOpenOrders())
  const reached = new Set([...orders.values()].map((posts) => posts.at(-1)).map(wordOf))
  assert.ok(reached.size >= 5, [...reached].join())
})

test('a body takes the order id that the receiver gave, and times that were moved', () => {
  const events = take(3_000, { seed: 29 })
  for (const { body, orderKey } of events) {
    const given = withOrderId(body, 'given')
    if (body.type === 'order.created') assert.equal(given, body)
    else assert.equal(JSON.stringify(given), JSON.stringify(body).replace(JSON.stringify(orderKey), '"given"'))
  }
  const future = events
    .map((event) => event.body)
    .find((body) => body.type === 'order.created' && body.object.requested_for)
  assert.ok(future?.type === 'order.created')
  const moved = withTimes(future, (at) => at + 1_000)
  assert.ok(moved.type === 'order.created')
  assert.equal(moved.object.requested_for, (future.object.requested_for ?? 0) + 1_000)
})

test('a simulation without a location is refused', () => {
  assert.throws(() => take(1, { locations: [] }), RangeError)
  assert.throws(() => take(1, { speed: 0 }), RangeError)
})

const anyOptions: fc.Arbitrary<Partial<SimulationOptions>> = fc.record({
  seed: fc.integer(),
  startAt: fc.integer({ min: 1, max: 4e12 }),
  locations: fc.uniqueArray(
    fc.string({ minLength: 1 }).filter((id) => id.trim() === id && !id.includes('\0') && mayBeLocationId(id)),
    {
      minLength: 1,
      maxLength: 4,
    },
  ),
  ordersPerMinute: fc.double({ min: 0.05, max: 4, noNaN: true }),
  speed: fc.double({ min: 0.1, max: 100, noNaN: true }),
  startMidService: fc.boolean(),
})

function take(count: number, options: Partial<SimulationOptions>): SimulatedEvent[] {
  const events = simulate({ seed: 1, locations: ['one', 'two', 'three', 'four'], startAt, ...options })
  return Array.from({ length: count }, () => events.next().value)
}

const bodiesOf = (events: SimulatedEvent[]) => events.map((event) => event.body)

function byOrder(events: SimulatedEvent[]): Map<string, SimulatedEvent[]> {
  const orders = new Map<string, SimulatedEvent[]>()
  for (const event of events) {
    const posts = orders.get(event.orderKey)
    if (posts) posts.push(event)
    else orders.set(event.orderKey, [event])
  }
  return orders
}

/** Read as the receiver reads it, after the way through JSON. */
function updateOf({ body }: SimulatedEvent): OrderUpdate {
  const parsed = parseUpdate(JSON.parse(JSON.stringify(body)), (_locationId, key) => (key ?? '').replace(/^key:/, ''))
  assert.equal(parsed.kind, 'update', JSON.stringify(parsed))
  if (parsed.kind !== 'update') throw new Error('unreachable')
  return parsed.update
}

function wordOf(event: SimulatedEvent | undefined): string {
  const body = event?.body
  if (body?.type !== 'order.updated') return body?.type ?? ''
  return body.object.delivery_status ?? body.object.status ?? ''
}
