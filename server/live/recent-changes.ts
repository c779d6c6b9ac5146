/**
 * What changed last in each location, as far as this server stored or showed it, so that a screen that was away for a
 * moment is answered without a query. Only the contents are remembered: how far a location has come is always asked of the database, and what is not known whole here
 * is read there.
 */
import type { Order } from '#domain/order.ts'
import type { CommittedChange } from '../store/batch.ts'
import { weightOf } from '../store/last-committed.ts'

/** As `weightOf` counts: about 60 MB, where thousands of locations are busy; some of these orders the writer holds anyway. */
const maximumWeight = 320_000
/** Of one location; a screen that missed more asks for little else than a snapshot. */
const maximumOrders = 32

type Recent = {
  /** All that changed above it is here. */
  completeAbove: number
  head: number
  /** As they are at the head; the longest unchanged first. */
  orders: Map<string, Order>
}

export type RecentChanges = {
  note: (changes: readonly CommittedChange[]) => void
  /** All of it was of another history. */
  forget: () => void
  /** Every order that changed above `after`, as it is at `head`; null when that is not known here. */
  between: (locationId: string, after: number, head: number) => Order[] | null
}

export function createRecentChanges(): RecentChanges {
  /** The longest unchanged first. */
  const locations = new Map<string, Recent>()
  let weight = 0

  function drop({ orders }: Recent, order: Order): void {
    orders.delete(order.id)
    weight -= weightOf(order)
  }

  function dropLocation(locationId: string, recent: Recent): void {
    for (const order of recent.orders.values()) weight -= weightOf(order)
    locations.delete(locationId)
  }

  function noteOne({ locationId, seq, order }: CommittedChange): void {
    const known = locations.get(locationId)
    // What another server has stored before it is heard of later; for it, the database is asked.
    if (known && seq <= known.head) return
    if (known && known.head !== seq - 1) dropLocation(locationId, known)
    const recent = locations.get(locationId) ?? { completeAbove: seq - 1, head: seq, orders: new Map() }
    const before = recent.orders.get(order.id)
    if (before) drop(recent, before)
    recent.orders.set(order.id, order)
    weight += weightOf(order)
    recent.head = seq
    const [oldest] = recent.orders.values()
    if (oldest && recent.orders.size > maximumOrders) {
      drop(recent, oldest)
      recent.completeAbove = oldest.seq
    }
    locations.delete(locationId)
    locations.set(locationId, recent)
  }

  return {
    note: (changes) => {
      for (const change of changes) noteOne(change)
      for (const [locationId, recent] of locations) {
        if (weight <= maximumWeight) break
        dropLocation(locationId, recent)
      }
    },
    forget: () => {
      locations.clear()
      weight = 0
    },
    between: (locationId, after, head) => {
      const recent = locations.get(locationId)
      if (!recent || recent.head !== head || after < recent.completeAbove || after > head) return null
      return [...recent.orders.values()].filter(({ seq }) => seq > after)
    },
  }
}
