/**
 * Orders as this server wrote them last: what nobody has written since need not be read again. Others write as well;
 * PostgreSQL notes in each row which transaction wrote it (`xmin`). The row of an order is written whenever anything of
 * it changes, its items and its people too: what that row says holds for all of them. What we have not
 * written for a while is let go, for other servers may have ended it, and forgotten its people.
 */
import type { Order } from '#domain/order.ts'
import { createLastCommitted } from '../last-committed.ts'

/** An order is kept for as long as this after we wrote it, and twice as long at most. */
export const generationMs = 15 * 60_000

export type WrittenOrders = ReturnType<typeof createWrittenOrders>

export function createWrittenOrders() {
  let young = createLastCommitted()
  let old = createLastCommitted()
  const writers = new WeakMap<Order, string>()
  const timer = setInterval(() => {
    old = young
    young = createLastCommitted()
  }, generationMs)
  timer.unref()
  return {
    /** @returns the order, and the `xmin` of its row unless others have written it since */
    get: (key: string): { order: Order; by: string } | null => {
      const order = young.order(key) ?? old.order(key)
      const by = order && writers.get(order)
      return by === undefined || order === undefined ? null : { order, by }
    },
    /** @param transactionId of which a row keeps 32 bits */
    keep: (orders: ReadonlyMap<string, Order>, transactionId: string) => {
      const by = String(BigInt.asUintN(32, BigInt(transactionId)))
      for (const [key, order] of orders) {
        writers.set(order, by)
        old.letGo(key)
        young.keepOrder(key, order)
      }
    },
    /** When another database may have taken the place of this one: its transactions have numbers of their own. */
    forget: () => {
      for (const known of [young, old]) known.forget()
    },
    stop: () => clearInterval(timer),
  }
}
