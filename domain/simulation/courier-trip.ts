/**
 * A courier's trip as the platform tells it: a plot moves a cursor through virtual time and notes what is said.
 *
 * Everything before the pickup waits for a driver, and the pickup waits for the food.
 */
import type { DeliveryStatus, Status } from '../stream-words.ts'
import type { SimulatedDriver } from './drivers.ts'
import { introduce, makeDriver, makeRobot, tellAtTheDoor, tellMore } from './drivers.ts'
import type { Platform } from './platforms.ts'
import type { Random } from './random.ts'
import type { DriverBody } from './webhook-body.ts'

export const minuteMs = 60_000

/** One thing said. Without `status`, the order's own status at that time is said; `canceled` is an `order.canceled`. */
export type Said = {
  at: number
  status?: Status
  deliveryStatus?: DeliveryStatus
  driver?: DriverBody
  canceled?: true
}

export type Trip = {
  random: Random
  platform: Platform
  /** When the kitchen is done, epoch milliseconds. */
  readyAt: number
  /** When the next thing is said, epoch milliseconds. */
  at: number
  said: Said[]
}

type Plot = (trip: Trip) => void

/** How often each plot is played, in percent: most orders are healthy. */
const plots = [
  [81, 'healthy'],
  [2.5, 'driver_replaced'],
  [1, 'driver_replaced_at_the_door'],
  [2, 'driver_released'],
  [1, 'driver_released_at_the_door'],
  [2, 'no_driver_then_found'],
  [0.5, 'no_driver_at_all'],
  [1.2, 'failed_to_pickup'],
  [1.2, 'failed_to_deliver'],
  [1.6, 'brought_back'],
  [0.5, 'failed'],
  [2.5, 'canceled_while_preparing'],
  [1.2, 'canceled_with_driver_here'],
  [0.8, 'canceled_after_pickup'],
] as const

export type CourierStory = (typeof plots)[number][1]

const tell: Record<CourierStory, Plot> = {
  healthy: (trip) => {
    const driver = search(trip)
    approach(trip, driver)
    arrive(trip, driver)
    collect(trip)
    deliver(trip)
  },
  driver_replaced: (trip) => {
    approach(trip, search(trip), 0.5)
    finishWith(trip, sendDriver(trip))
  },
  driver_replaced_at_the_door: (trip) => {
    const first = search(trip)
    approach(trip, first)
    arrive(trip, first)
    pass(trip, 1, 5)
    finishWith(trip, sendDriver(trip))
  },
  driver_released: (trip) => {
    const first = search(trip)
    approach(trip, first, 0.5)
    release(trip)
    finishWith(trip, trip.random.chance(0.25) ? first : sendDriver(trip))
  },
  driver_released_at_the_door: (trip) => {
    const first = search(trip)
    approach(trip, first)
    arrive(trip, first)
    pass(trip, 1, 6)
    release(trip)
    finishWith(trip, trip.random.chance(0.25) ? first : sendDriver(trip))
  },
  no_driver_then_found: (trip) => {
    const driver = search(trip)
    say(trip, { deliveryStatus: 'failed_to_assign_driver' })
    release(trip)
    finishWith(trip, driver)
  },
  no_driver_at_all: (trip) => {
    search(trip)
    pass(trip, 8, 15)
    say(trip, { deliveryStatus: 'failed_to_assign_driver' })
    pass(trip, 5, 10)
    cancel(trip)
  },
  failed_to_pickup: (trip) => {
    const first = search(trip)
    approach(trip, first)
    if (trip.random.chance(0.6)) arrive(trip, first)
    pass(trip, 2, 6)
    say(trip, { deliveryStatus: 'failed_to_pickup' })
    if (trip.random.chance(0.7)) {
      release(trip)
      finishWith(trip, sendDriver(trip))
    } else {
      pass(trip, 2, 6)
      say(trip, { status: 'failed', deliveryStatus: 'failed' })
    }
  },
  failed_to_deliver: (trip) => {
    leave(trip)
    pass(trip, 8, 22)
    if (trip.random.chance(0.7)) say(trip, { status: 'out_for_delivery', deliveryStatus: 'arrived_at_dropoff' })
    pass(trip, 4, 9)
    say(trip, { status: 'failed', deliveryStatus: 'failed_to_deliver' })
  },
  brought_back: (trip) => {
    tell.failed_to_deliver(trip)
    pass(trip, 0.3, 2)
    const status = trip.random.pick<Status>(['failed', 'out_for_delivery'])
    say(trip, { status, deliveryStatus: 'enroute_to_return' })
    pass(trip, 6, 18)
    if (trip.random.chance(0.85)) say(trip, { status, deliveryStatus: 'arrived_at_return' })
    pass(trip, 1, 4)
    say(trip, { status: 'failed', deliveryStatus: 'returned' })
  },
  failed: (trip) => {
    approach(trip, search(trip), 0.7)
    pass(trip, 1, 5)
    say(trip, { status: 'failed', ...(trip.random.chance(0.6) ? { deliveryStatus: 'failed' } : {}) })
  },
  canceled_while_preparing: (trip) => {
    const driver = search(trip)
    if (trip.random.chance(0.4)) approach(trip, driver, 0.4)
    cancel(trip)
  },
  canceled_with_driver_here: (trip) => {
    const driver = search(trip)
    approach(trip, driver)
    arrive(trip, driver)
    pass(trip, 0.5, 3)
    cancel(trip)
  },
  canceled_after_pickup: (trip) => {
    leave(trip)
    pass(trip, 2, 10)
    cancel(trip)
  },
}

/** Tells one trip from when the restaurant has taken the order; what was said is in `trip.said`, in order. */
export function tellTrip(trip: Trip): CourierStory {
  const story = trip.random.weighted(plots)
  tell[story](trip)
  return story
}

/** A cancel, as `order.canceled`, as `order.updated`, or as both. */
export function cancel(trip: Trip): void {
  const byMerchant = trip.random.chance(0.25)
  const told = trip.random.pick(['canceled', 'updated', 'both'] as const)
  if (told !== 'updated') trip.said.push({ at: trip.at, canceled: true })
  if (told === 'both') pass(trip, 0.01, 0.3)
  if (told !== 'canceled') {
    say(trip, {
      status: byMerchant ? 'merchant_canceled' : 'dsp_canceled',
      ...(byMerchant && trip.random.chance(0.5) ? { deliveryStatus: 'merchant_canceled' } : {}),
    })
  }
}

function search(trip: Trip): SimulatedDriver {
  const { random } = trip
  if (random.chance(0.3)) {
    say(trip, { deliveryStatus: 'pending' })
    pass(trip, 0.2, 1)
  }
  if (random.chance(0.8)) say(trip, { deliveryStatus: 'pending_driver_confirmation' })
  pass(trip, 1, 5)
  return sendDriver(trip)
}

function sendDriver({ random, platform }: Trip): SimulatedDriver {
  if (random.chance(platform.robots)) return makeRobot(random)
  return makeDriver(random, platform.robots === 1 || random.chance(0.04) ? 'uber' : platform.source)
}

/** The way to the restaurant, up to `share` of it: drivers are sent so that they come about when the food is ready. */
function approach(trip: Trip, driver: SimulatedDriver, share = 1): void {
  const { random } = trip
  const arrivalAt = Math.max(trip.at + random.between(3, 9) * minuteMs, trip.readyAt + random.between(-4, 5) * minuteMs)
  const wayMs = (arrivalAt - trip.at) * share
  say(trip, { deliveryStatus: 'enroute_to_pickup', driver: introduce(random, driver) })
  if (random.chance(0.15)) {
    trip.at += wayMs * 0.3
    say(trip, { deliveryStatus: 'enroute_to_pickup', driver: tellMore(driver) })
    trip.at += wayMs * 0.7
  } else {
    trip.at += wayMs
  }
}

function arrive(trip: Trip, driver: SimulatedDriver): void {
  const words = tellAtTheDoor(trip.random, driver)
  say(trip, { deliveryStatus: 'arrived_at_pickup', ...(words ? { driver: words } : {}) })
}

/** The pickup: there is no word of its own for it, `enroute_to_dropoff` proves it. */
function collect(trip: Trip): void {
  trip.at = Math.max(trip.at, trip.readyAt) + trip.random.between(0.5, 4) * minuteMs
  say(trip, { status: 'out_for_delivery', deliveryStatus: 'enroute_to_dropoff' })
}

function deliver(trip: Trip): void {
  const { random } = trip
  pass(trip, 6, 20)
  if (random.chance(0.75)) say(trip, { status: 'out_for_delivery', deliveryStatus: 'arrived_at_dropoff' })
  pass(trip, 1, 4)
  say(trip, { status: 'completed', ...(random.chance(0.9) ? { deliveryStatus: 'completed' } : {}) })
}

/** A healthy trip up to the pickup. */
function leave(trip: Trip): void {
  const driver = search(trip)
  approach(trip, driver)
  arrive(trip, driver)
  collect(trip)
}

function finishWith(trip: Trip, driver: SimulatedDriver): void {
  approach(trip, driver)
  arrive(trip, driver)
  collect(trip)
  deliver(trip)
}

function release(trip: Trip): void {
  pass(trip, 0.05, 1)
  say(trip, { deliveryStatus: trip.random.pick(['pending', 'pending_driver_confirmation']) })
  pass(trip, 1, 6)
}

function say(trip: Trip, said: Omit<Said, 'at'>): void {
  trip.said.push({ at: trip.at, ...said })
}

function pass(trip: Trip, lowMinutes: number, highMinutes: number): void {
  trip.at += trip.random.between(lowMinutes, highMinutes) * minuteMs
}
