import type { OrderView } from '#domain/order-view.ts'

/** The times of an order that a board counts with, epoch milliseconds. */
export type OrderTimesMs = {
  due: number | null
  start: number | null
  firstSeen: number
  /** When Stream last spoke of it. */
  heard: number
  inLaneSince: number
  ready: number | null
  arrived: number
}

/** Orders are never changed, only replaced, so a board that ticks parses each time once. */
const parsed = new WeakMap<OrderView, OrderTimesMs>()

export function timesOf(order: OrderView): OrderTimesMs {
  const known = parsed.get(order)
  if (known) return known
  const { times } = order
  const inLaneSince = Date.parse(times.laneSince)
  const fresh: OrderTimesMs = {
    due: order.dueAt === null ? null : Date.parse(order.dueAt),
    start: order.startAt === null ? null : Date.parse(order.startAt),
    firstSeen: Date.parse(times.firstSeenAt),
    heard: Date.parse(times.heardAt),
    inLaneSince,
    ready: times.readyAt === null ? null : Date.parse(times.readyAt),
    arrived: times.driverArrivedAt === null ? inLaneSince : Date.parse(times.driverArrivedAt),
  }
  parsed.set(order, fresh)
  return fresh
}
