/**
 * The lanes of a screen's orders, as a store.
 * A lane stays the same array until one of its own orders changes, so that the other lanes are not rendered again.
 */
import type { Screen } from '#components/live/screen.ts'
import { type Lane, lanes } from '#domain/lane.ts'
import { easilyConfused } from '#domain/order-number.ts'
import type { OrderView } from '#domain/order-view.ts'
import { byLane } from './lane-order.ts'

export type Lanes = Record<Lane, readonly OrderView[]> & {
  /** All of them, in no particular order. */
  all: readonly OrderView[]
  /** Spoken numbers of open orders that could be taken for one another. */
  confusable: ReadonlySet<string>
  locations: number
}

export function createLaneStore(screen: Pick<Screen, 'subscribe' | 'orders'>): {
  subscribe: Screen['subscribe']
  lanes: () => Lanes
} {
  let current = lanesOf(screen.orders(), null)
  return {
    subscribe: screen.subscribe,
    lanes() {
      const orders = screen.orders()
      if (orders !== current.all) current = lanesOf(orders, current)
      return current
    },
  }
}

function lanesOf(orders: readonly OrderView[], before: Lanes | null): Lanes {
  const grouped: Record<Lane, readonly OrderView[]> = byLane(orders)
  for (const lane of lanes) {
    if (before && sameItems(before[lane], grouped[lane])) grouped[lane] = before[lane]
  }
  const confusable = easilyConfused(orders.filter((one) => one.lane !== 'done').map((one) => one.spokenNumber))
  return {
    ...grouped,
    all: orders,
    confusable: before && sameItems([...before.confusable], [...confusable]) ? before.confusable : confusable,
    locations: new Set(orders.map((order) => order.locationId)).size,
  }
}

function sameItems<Item>(one: readonly Item[], other: readonly Item[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index])
}
