/** What a batch writes: rows for each of its tables. */
import { keptSince } from '#domain/forget.ts'
import { iso } from '#domain/iso-time.ts'
import type { Order } from '#domain/order.ts'
import { nextSweepAt } from '#domain/sweep.ts'
import { factsOf, wordsNumber, wordsOf } from './order-rows.ts'

type Value = string | number | null

/** What is blanked or removed of the past (past.ts); a row that is gone already is none to blank. */
const pastTables = [
  'receiptBodies',
  'refusalBodies',
  'heardWordsAfterEnd',
  'oldOrders',
  'oldItems',
  'oldAssignments',
  'oldCustomers',
  'oldChanges',
  'oldReceipts',
  'oldActions',
  'agedRefusals',
  'receiptsTo',
] as const

export type PastTable = (typeof pastTables)[number]

export const batchTables = [
  'newLocations',
  'orders',
  'items',
  'forgottenAssignments',
  'assignments',
  'amendedCustomers',
  'customers',
  'forgetFrom',
  'holds',
  'endedHolds',
  'wordsAfterEnd',
  'changes',
  'receipts',
  'actions',
  'refusals',
  'oldRefusals',
  'presence',
  'secretUses',
  'locations',
  ...pastTables,
] as const

export type BatchTable = (typeof batchTables)[number]

/** Rows for each table, each the values of that table's statement in their order. */
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
    iso(order.firstSeenAt),
    sweepAt === null ? null : iso(sweepAt),
    // Written with a new order, and not again: a lower bound, which what finds it moves on.
    stored ? null : iso(order.heardAt),
    JSON.stringify(factsOf(order)),
  ])
  if (order.items.length > 0 && stored?.items !== order.items) rows.items.push([...key, JSON.stringify(order.items)])
  // Most changes are of the order's progress: what people wrote is as it was.
  const mayHaveOtherWords = !stored || stored.note !== order.note || stored.assignments !== order.assignments
  const words = mayHaveOtherWords ? wordsOf(order) : null
  if (mayHaveOtherWords && words !== (stored && wordsOf(stored))) {
    if (words === null) rows.forgottenAssignments.push([...key, wordsNumber])
    else rows.assignments.push([...key, wordsNumber, words])
  }
  for (const { id, said } of order.assignments) {
    const known = stored?.assignments.find((one) => one.id === id)?.said
    if (known === said) continue
    if (Object.keys(said).length > 0) rows.assignments.push([...key, id, JSON.stringify(said)])
    else if (known && Object.keys(known).length > 0) rows.forgottenAssignments.push([...key, id])
  }
  if (stored?.customers !== order.customers) {
    if (stored && stored.customers.length > 0) rows.amendedCustomers.push(key)
    order.customers.forEach(({ id, name, phone }, position) => {
      rows.customers.push([...key, id, position, name, phone])
    })
  }
  if (stored && stored.erasedAt !== order.erasedAt) {
    rows.forgetFrom.push([order.erasedAt === null ? iso(keptSince(order)) : null, ...key])
  }
  if ((stored?.heldUntil ?? null) !== order.heldUntil) {
    if (order.heldUntil === null) rows.endedHolds.push(key)
    else rows.holds.push([...key, iso(order.heldUntil)])
  }
}
