/**
 * Locations and orders as the last commit left them, so that a batch reads only what it does not know. Only the one
 * writer of a database may keep them, and whatever may have changed something past it makes it forget all.
 */
import type { Order } from '#domain/order.ts'

export type LocationState = { head: number; checksum: number; prepTimeMinutes: number | null }

/** As `weightOf` counts. */
const maximumWeight = 80_000
const maximumLocations = 50_000

export type LastCommitted = ReturnType<typeof createLastCommitted>

/** Where others write as well nothing is known: it is read again, under its lock, by each batch. */
export const noneCommitted: LastCommitted = {
  location: () => undefined,
  order: () => undefined,
  keepLocation: () => {},
  keepOrder: () => {},
  letGo: () => {},
  forget: () => {},
}

export function createLastCommitted() {
  const locations = new Map<string, LocationState>()
  /** The longest unused first. */
  const orders = new Map<string, Order>()
  let weight = 0

  function drop(key: string): void {
    const order = orders.get(key)
    if (!order) return
    weight -= weightOf(order)
    orders.delete(key)
  }

  return {
    location: (id: string) => locations.get(id),
    order: (key: string) => orders.get(key),
    keepLocation: (id: string, state: LocationState) => {
      if (locations.size >= maximumLocations) locations.clear()
      locations.set(id, state)
    },
    /** An order that left the board is hardly asked for again. */
    keepOrder: (key: string, order: Order) => {
      drop(key)
      if (order.leftBoard !== null) return
      orders.set(key, order)
      weight += weightOf(order)
      for (const oldest of orders.keys()) {
        if (weight <= maximumWeight) break
        drop(oldest)
      }
    },
    letGo: drop,
    forget: () => {
      locations.clear()
      orders.clear()
      weight = 0
    },
  }
}

/** An order counts eight, about a kilobyte and a half; each of its items and their modifiers one. */
export function weightOf(order: Order): number {
  return order.items.reduce((all, item) => all + 1 + item.modifiers.length, 8)
}
