/** Which order stands where: by lane, the most urgent first, and in the same place while nothing changes. */
import { waitingSince } from '#components/order/age.ts'
import { timesOf } from '#components/order/order-times.ts'
import { type Lane, lanes } from '#domain/lane.ts'
import type { OrderView } from '#domain/order-view.ts'

/** An order that nobody promised for a time is urgent as if it were due after 20 minutes. */
const unpromisedMs = 20 * 60_000

function dueOrExpected(order: OrderView): number {
  const { due, firstSeen } = timesOf(order)
  return due ?? firstSeen + unpromisedMs
}

/** Epoch milliseconds; the smaller, the further up. */
function urgency(order: OrderView): number {
  switch (order.lane) {
    case 'preparing':
    case 'ready':
      return dueOrExpected(order)
    case 'driver_here':
      return waitingSince(order)
    case 'attention':
    case 'on_the_way':
      return timesOf(order).inLaneSince
    case 'done':
      return -timesOf(order).inLaneSince
    default:
      return order.lane satisfies never
  }
}

export function orderKey(order: OrderView): string {
  return `${order.locationId}/${order.id}`
}

function compare(one: OrderView, other: OrderView): number {
  return (
    one.attentionRank - other.attentionRank ||
    urgency(one) - urgency(other) ||
    timesOf(one).firstSeen - timesOf(other).firstSeen ||
    (orderKey(one) < orderKey(other) ? -1 : 1)
  )
}

/** Nobody needs to start it yet. */
export function isLater(order: OrderView, now: number): boolean {
  return order.lane === 'preparing' && (timesOf(order).start ?? now) > now
}

/** The orders of each lane, as they come. */
export function byLane(orders: readonly OrderView[]): Record<Lane, readonly OrderView[]> {
  const grouped = Object.fromEntries(lanes.map((lane) => [lane, [] as OrderView[]])) as Record<Lane, OrderView[]>
  for (const order of orders) grouped[order.lane].push(order)
  return grouped
}

/** The orders of one lane as they are shown. */
export function inOrder(orders: readonly OrderView[]): readonly OrderView[] {
  return orders.toSorted(compare)
}
