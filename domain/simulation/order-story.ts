/** One order from its placing to its end, as webhooks in virtual time, faults of the line included. */
import type { Status } from '../stream-words.ts'
import type { CourierStory, Said, Trip } from './courier-trip.ts'
import { minuteMs, tellTrip } from './courier-trip.ts'
import type { Brand } from './menu.ts'
import { orderNotes, priceOf, writeLines } from './menu.ts'
import { personName, phoneNumber } from './names.ts'
import type { FulfillmentType, Platform } from './platforms.ts'
import { platforms } from './platforms.ts'
import type { Random } from './random.ts'
import type { StatusOnlyStory } from './status-only.ts'
import { tellStatusOnly } from './status-only.ts'
import type { CreatedBody, UpdatedBody, WebhookBody } from './webhook-body.ts'

export type Story = CourierStory | StatusOnlyStory

/** What the line did to a post: `repeated` was sent before, `late` was overtaken by a newer one. */
export type Fault = 'repeated' | 'late'

export type Post = { at: number; body: WebhookBody; fault: Fault | null }

export type OrderStory = {
  /** Names the order in its bodies, and is the `idempotency_key` where `order.created` announces it. */
  orderKey: string
  /** False for orders that begin with an update, under an id of their own. */
  isAnnounced: boolean
  story: Story
  /** In the order in which they are sent; never empty. */
  posts: Post[]
}

/** A future order is announced this long before it is due, at most; no story lasts longer than a few hours. */
const furthestAheadMs = 150 * minuteMs

const announcedShare = 0.8
const futureShare = 0.03
const repeatedShare = 0.03
const lateShare = 0.025

type Placing = {
  random: Random
  platform: Platform
  fulfillmentType: FulfillmentType
  locationId: string
  brand: Brand
  orderKey: string
  placedAt: number
  /** Null for as soon as possible. */
  requestedFor: number | null
}

/**
 * Writes the whole story of one order.
 * @param random a generator of this order's own
 * @param orderNumber tells the order from all others of the stream
 * @param placedAt epoch milliseconds
 */
export function writeOrderStory(
  random: Random,
  {
    orderNumber,
    locationId,
    brand,
    placedAt,
  }: { orderNumber: string; locationId: string; brand: Brand; placedAt: number },
): OrderStory {
  const platform = random.weighted(platforms)
  const fulfillmentType = random.weighted(platform.fulfillment)
  const isAnnounced = random.chance(announcedShare)
  const isFuture = isAnnounced && random.chance(futureShare)
  const requestedFor = isFuture ? placedAt + random.between(45 * minuteMs, furthestAheadMs) : null
  const orderKey = `${platform.source}_order_${orderNumber}_${Math.round(placedAt)}`
  const placing: Placing = { random, platform, fulfillmentType, locationId, brand, orderKey, placedAt, requestedFor }

  const kitchenMs = random.between(8, 20) * minuteMs
  const acceptedAt = (requestedFor === null ? placedAt : requestedFor - kitchenMs) + random.between(0.1, 1) * minuteMs
  const trip: Trip = { random, platform, readyAt: acceptedAt + kitchenMs, at: acceptedAt, said: [] }
  const tracked = fulfillmentType === 'delivery' && platform.tracksCourier
  const story = tracked ? tellTrip(trip) : tellStatusOnly(trip, fulfillmentType)

  const updates = withKitchen(trip, acceptedAt).map(
    (said): Post => ({ at: said.at, body: updateBody(placing, said, trip.readyAt), fault: null }),
  )
  const posts = [...(isAnnounced ? announcement(placing) : []), ...withFaults(random, updates)]
  return { orderKey, isAnnounced, story, posts: posts.sort((one, other) => one.at - other.at) }
}

/** What the courier's side said, with the kitchen's words put between: work begun, food ready. */
function withKitchen({ random, said, readyAt }: Trip, acceptedAt: number): Said[] {
  const overAt = said.find(leavesKitchen)?.at ?? Number.POSITIVE_INFINITY
  const kitchen: Said[] = []
  const hasWords = said.some((one) => one.deliveryStatus !== undefined)
  if (!hasWords || random.chance(0.5)) kitchen.push({ at: acceptedAt - 3_000, status: 'in_progress' })
  if (readyAt < overAt && (!hasWords || random.chance(0.93))) {
    const before = said.findLast((one) => one.at <= readyAt)?.deliveryStatus
    const tellsDelivery = before !== undefined && !before.startsWith('failed') && random.chance(0.5)
    kitchen.push({ at: readyAt, status: 'ready_for_pickup', ...(tellsDelivery ? { deliveryStatus: before } : {}) })
  }
  return [...kitchen, ...said].sort((one, other) => one.at - other.at)
}

function leavesKitchen({ status, deliveryStatus, canceled }: Said): boolean {
  return (
    canceled === true || deliveryStatus === 'enroute_to_dropoff' || (status !== undefined && status !== 'in_progress')
  )
}

function updateBody({ locationId, orderKey, platform }: Placing, said: Said, readyAt: number): WebhookBody {
  if (said.canceled) return { type: 'order.canceled', object: { provider_id: orderKey, location_id: locationId } }
  return {
    type: 'order.updated',
    object: {
      location_id: locationId,
      order_id: orderKey,
      status: said.status ?? statusBeforePickup(said, platform, readyAt),
      ...(said.deliveryStatus === undefined ? {} : { delivery_status: said.deliveryStatus }),
      ...(said.driver === undefined ? {} : { driver_details: said.driver }),
    },
  } satisfies UpdatedBody
}

function statusBeforePickup({ at, deliveryStatus }: Said, platform: Platform, readyAt: number): Status {
  if (platform.saysOutEarly && deliveryStatus === 'enroute_to_pickup') return 'out_for_delivery'
  return at >= readyAt ? 'ready_for_pickup' : 'in_progress'
}

/** `order.created`, now and then again: word for word, or amended under the same key. */
function announcement(placing: Placing): Post[] {
  const { random, placedAt } = placing
  const body = createdBody(placing)
  const posts: Post[] = [{ at: placedAt, body, fault: null }]
  if (random.chance(0.02)) posts.push({ at: placedAt + random.between(2_000, 30_000), body, fault: 'repeated' })
  if (random.chance(0.012))
    posts.push({ at: placedAt + random.between(1, 3) * minuteMs, body: amended(body), fault: null })
  return posts
}

/** The same order with the first line once more. */
function amended(body: CreatedBody): CreatedBody {
  const line_items = body.object.line_items.map((line, index) =>
    index === 0 ? { ...line, quantity: line.quantity + 1 } : line,
  )
  return { ...body, object: { ...body.object, line_items, ...totalsOf(line_items) } }
}

function createdBody(placing: Placing): CreatedBody {
  const { random, platform, fulfillmentType, locationId, brand, orderKey, placedAt, requestedFor } = placing
  const guestCount = platform.olderForm
    ? 1
    : random.weighted([
        [92, 1],
        [5, 2],
        [2, 3],
        [1, 6],
      ]) // prettier-ignore
  const customers = Array.from({ length: guestCount }, (_, index) => ({
    id: `customer_${index + 1}`,
    name: personName(random),
    phone: phoneNumber(random),
  }))
  const guestIds = platform.olderForm ? [undefined] : customers.map((customer) => customer.id)
  const line_items = writeLines(random, brand, guestIds)
  const dspOrderId = `${platform.source}-${random.text(12, '0123456789abcdef')}`
  const [first] = customers
  return {
    type: 'order.created',
    object: {
      idempotency_key: orderKey,
      fulfillment_type: fulfillmentType,
      source: platform.source,
      brand: brand.name,
      dsp_order_number: platform.writeNumber(random),
      location_id: locationId,
      ...(platform.olderForm && first
        ? { source_order_id: dspOrderId, customer_name: first.name, customer_phone: first.phone, placed_at: placedAt }
        : { dsp_order_id: dspOrderId, customers }),
      line_items,
      is_future_order: requestedFor !== null,
      ...(requestedFor === null ? {} : { requested_for: requestedFor }),
      ...(random.chance(0.15) ? { special_instructions: random.pick(orderNotes) } : {}),
      ...totalsOf(line_items),
    },
  }
}

function totalsOf(lines: CreatedBody['object']['line_items']) {
  const subtotal = priceOf(lines)
  return { subtotal, tax: Math.round(subtotal * 0.08), tax_withheld_by_dsp: 0 }
}

/** The same updates over a line that repeats some, and lets a newer one overtake some. */
function withFaults(random: Random, updates: readonly Post[]): Post[] {
  return updates.flatMap((post, index): Post[] => {
    const next = updates[index + 1]
    if (next && random.chance(lateShare)) {
      return [{ ...post, at: next.at + random.between(500, 40_000), fault: 'late' }]
    }
    if (!random.chance(repeatedShare)) return [post]
    const afterMs = random.chance(0.8) ? random.between(500, 20_000) : random.between(1, 6) * minuteMs
    return [post, { ...post, at: post.at + afterMs, fault: 'repeated' }]
  })
}
