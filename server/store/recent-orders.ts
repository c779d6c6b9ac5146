/**
 * Orders as the last commit left them, so that a batch reads only those that it does not know. Only the one writer of a
 * database may keep them; whatever may have changed an order past the writer makes it forget all.
 */
import type { Order } from '#domain/order.ts'

/** About 200 bytes each: an order counts one, and one for each of its items. */
const maximumWeight = 250_000

export type RecentOrders = ReturnType<typeof createRecentOrders>

export function createRecentOrders() {
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
    get: (key: string) => orders.get(key),
    /** Keeps what a commit made of an order; one that left the board is hardly asked for again. */
    keep: (key: string, order: Order) => {
      drop(key)
      if (order.leftBoard !== null) return
      orders.set(key, order)
      weight += weightOf(order)
      for (const oldest of orders.keys()) {
        if (weight <= maximumWeight) break
        drop(oldest)
      }
    },
    forget: () => {
      orders.clear()
      weight = 0
    },
  }
}

/** Modifiers nest; what they weigh is told by the length of their list alone, for a batch has no time to walk them. */
function weightOf(order: Order): number {
  return order.items.reduce((all, item) => all + 1 + item.modifiers.length, 1)
}
