/**
 * Restaurants at work: an endless stream of webhook bodies in virtual time.
 *
 * The same options tell the same stream. Time never goes backwards, and what is kept is bounded
 * by the orders that are open: with too many of them the restaurants take no more.
 */
import { minuteMs } from './courier-trip.ts'
import { eventQueue } from './event-queue.ts'
import { brands } from './menu.ts'
import type { Fault, OrderStory, Story } from './order-story.ts'
import { writeOrderStory } from './order-story.ts'
import { seededRandom } from './random.ts'
import type { WebhookBody } from './webhook-body.ts'
import { withTimes } from './webhook-body.ts'

export type SimulationOptions = {
  /** Any whole number. */
  seed: number
  /** Stream's location ids; at least one. */
  locations: readonly string[]
  /** Epoch milliseconds. */
  startAt: number
  /** Orders placed at one location in a minute of the restaurants' time. */
  ordersPerMinute?: number
  /** How many times faster than life the stories are told. */
  speed?: number
  /** Begins with the open orders of a running service: all that was said of them, at `startAt`. */
  startMidService?: boolean
}

export type SimulatedEvent = {
  /** When it is posted, epoch milliseconds of virtual time. */
  at: number
  body: WebhookBody
  /** One order throughout the stream, and the order id that its bodies carry. */
  orderKey: string
  /**
   * True where `order.created` announces the order: the answer to it gives the id that
   * the order's later bodies must carry instead of `orderKey`. See `withOrderId`.
   */
  isAnnounced: boolean
  /** True for what was said before `startAt`. */
  isBacklog: boolean
  /** True for the last body of its order. */
  isLast: boolean
  fault: Fault | null
  story: Story
}

export const defaultOrdersPerMinute = 0.8

/** Webhooks of one order on average, faults included. */
export const meanEventsPerOrder = 7.3

/** Long enough before the start for future orders and for the slowest story. */
const warmUpMs = 240 * minuteMs

/** The most open orders at one location, by its orders per minute: more than twice what is usual. */
export function maximumOpenOrders(ordersPerMinute: number = defaultOrdersPerMinute): number {
  return Math.ceil(20 + 90 * ordersPerMinute)
}

type OpenStory = OrderStory & { at: number; rank: number; told: number }

/** Tells the stream. Endless: take what is needed. */
export function* simulate(options: SimulationOptions): Generator<SimulatedEvent, never, undefined> {
  const {
    seed,
    locations,
    startAt,
    ordersPerMinute = defaultOrdersPerMinute,
    speed = 1,
    startMidService = false,
  } = options
  if (locations.length === 0) throw new RangeError('a simulation needs at least one location')
  if (!(ordersPerMinute > 0 && speed > 0)) throw new RangeError('ordersPerMinute and speed must be above 0')

  const postedAt = (at: number) => startAt + (at - startAt) / speed
  const betweenOrdersMs = minuteMs / (ordersPerMinute * locations.length)
  const maximumOpen = maximumOpenOrders(ordersPerMinute) * locations.length
  const arrivals = seededRandom(seed, 1)
  const open = eventQueue<OpenStory>()
  let placed = 0
  let nextOrderAt = (startMidService ? startAt - warmUpMs : startAt) + pause()

  function pause(): number {
    return -Math.log(1 - arrivals.next()) * betweenOrdersMs
  }

  function placeOrder(): void {
    const placedAt = nextOrderAt
    nextOrderAt += pause()
    const index = arrivals.whole(0, locations.length - 1)
    if (open.size >= maximumOpen) return
    placed += 1
    const story = writeOrderStory(seededRandom(seed, 2, placed), {
      orderNumber: `${seed}-${placed}`,
      locationId: locations[index] as string,
      brand: brandOf(index, arrivals.chance(0.25)),
      placedAt,
    })
    const [first] = story.posts
    const ended = (story.posts.at(-1)?.at ?? placedAt) < startAt
    if (first && !ended) open.add({ ...story, at: Math.max(first.at, startAt), rank: placed, told: 0 })
  }

  for (;;) {
    for (let first = open.first(); first === undefined || nextOrderAt <= first.at; first = open.first()) placeOrder()
    const story = open.takeFirst()
    const post = story?.posts[story.told]
    if (!story || !post) continue
    const { orderKey, isAnnounced } = story
    story.told += 1
    const next = story.posts[story.told]
    if (next) {
      story.at = Math.max(next.at, startAt)
      open.add(story)
    }
    yield {
      at: postedAt(Math.max(post.at, startAt)),
      body: withTimes(post.body, postedAt),
      orderKey,
      isAnnounced,
      isBacklog: post.at < startAt,
      isLast: next === undefined,
      fault: post.fault,
      story: story.story,
    }
  }
}

/** Each location has a brand; a second, virtual one cooks in the same kitchen. */
function brandOf(locationIndex: number, isVirtual: boolean) {
  const brand = brands[(locationIndex + (isVirtual ? 3 : 0)) % brands.length]
  if (!brand) throw new RangeError('no brands')
  return brand
}
