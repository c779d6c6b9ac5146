/**
 * The lanes of a screen's orders, as a store.
 * A lane stays the same array until one of its own orders changes, so that the other lanes are not rendered again.
 */
import type { Screen } from '#components/live/screen.ts'
import { type Lane, lanes } from '#domain/lane.ts'
import { easilyConfused } from '#domain/order-number.ts'
import type { OrderView } from '#domain/order-view.ts'
import { byLane, inOrder } from './lane-order.ts'

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
  const shown = Object.fromEntries(lanes.map((lane) => [lane, whileSame(inOrder)])) as Record<Lane, typeof inOrder>
  const confused = whileSame(easilyConfused)
  const setOf = whileSame((numbers: readonly string[]) => new Set(numbers))
  let current = lanesOf(screen.orders())

  function lanesOf(orders: readonly OrderView[]): Lanes {
    const grouped = byLane(orders)
    for (const lane of lanes) grouped[lane] = shown[lane](grouped[lane])
    const open = orders.filter((order) => order.lane !== 'done')
    return {
      ...grouped,
      all: orders,
      confusable: setOf([...confused(open.map((order) => order.spokenNumber))]),
      locations: new Set(orders.map((order) => order.locationId)).size,
    }
  }

  return {
    subscribe: screen.subscribe,
    lanes() {
      const orders = screen.orders()
      if (orders !== current.all) current = lanesOf(orders)
      return current
    },
  }
}

/** The same function, that gives the same result again while it is given the same items. */
function whileSame<Item, Result>(compute: (items: readonly Item[]) => Result): (items: readonly Item[]) => Result {
  let last: { items: readonly Item[]; result: Result } | null = null
  return (items) => {
    if (!last || !sameItems(last.items, items)) last = { items, result: compute(items) }
    return last.result
  }
}

function sameItems<Item>(one: readonly Item[], other: readonly Item[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index])
}
