/** What a batch writes: rows for each of its tables. */
import type { Order } from '#domain/order.ts'
import { nextSweepAt } from '#domain/sweep.ts'
import { factsOf } from './order-rows.ts'

type Value = string | number | null

export const batchTables = [
  'orders',
  'items',
  'assignments',
  'amendedCustomers',
  'customers',
  'changes',
  'receipts',
  'actions',
  'refusals',
  'oldRefusals',
  'presence',
  'secretUses',
  'locations',
] as const

export type BatchTable = (typeof batchTables)[number]

/** Rows for each table, each the values of that table's statement (transaction.ts) in their order. */
export type BatchRows = Record<BatchTable, (Value | Uint8Array)[][]>

export function noRows(): BatchRows {
  return Object.fromEntries(batchTables.map((table) => [table, []])) as unknown as BatchRows
}

/** Adds an order's row; those of its items and its people only where they differ from what is stored. */
export function addOrder(rows: BatchRows, order: Order, stored: Order | null): void {
  const key = [order.locationId, order.id]
  const sweepAt = nextSweepAt(order)
  rows.orders.push([
    ...key,
    order.seq,
    order.leftBoard === null ? null : order.seq,
    timeText(order.firstSeenAt),
    sweepAt === null ? null : timeText(sweepAt),
    JSON.stringify(factsOf(order)),
  ])
  if (order.items.length > 0 && stored?.items !== order.items) rows.items.push([...key, JSON.stringify(order.items)])
  for (const { id, said } of order.assignments) {
    if (stored?.assignments.find((one) => one.id === id)?.said === said || Object.keys(said).length === 0) continue
    rows.assignments.push([...key, id, JSON.stringify(said)])
  }
  if (stored?.customers !== order.customers) {
    if (stored && stored.customers.length > 0) rows.amendedCustomers.push(key)
    order.customers.forEach(({ id, name, phone }, position) => {
      rows.customers.push([...key, id, position, name, phone])
    })
  }
}

let last = { at: Number.NaN, text: '' }

/** A moment as it is stored; the rows of a batch share most of theirs. */
export function timeText(at: number): string {
  if (at !== last.at) last = { at, text: new Date(at).toISOString() }
  return last.text
}
