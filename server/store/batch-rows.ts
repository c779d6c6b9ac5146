/** What a batch writes: rows for each of its tables, all in one statement. */
import type { Order } from '#domain/order.ts'
import { nextSweepAt } from '#domain/sweep.ts'
import type { Prisma } from '#prisma/generated/sqlite/client.ts'
import { factsOf } from './order-rows.ts'
import { forEachRow } from './sqlite-adapter.ts'

type Value = string | number | null

const statements = {
  orders: `INSERT INTO orders (location_id, id, seq, left_seq, first_seen_at, sweep_at, facts)
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (location_id, id) DO UPDATE SET
      seq = excluded.seq, left_seq = excluded.left_seq, sweep_at = excluded.sweep_at, facts = excluded.facts`,
  items: `INSERT INTO order_items (location_id, order_id, items) VALUES (?, ?, ?)
    ON CONFLICT (location_id, order_id) DO UPDATE SET items = excluded.items`,
  assignments: `INSERT INTO assignments (location_id, order_id, number, said) VALUES (?, ?, ?, ?)
    ON CONFLICT (location_id, order_id, number) DO UPDATE SET said = excluded.said`,
  amendedCustomers: 'DELETE FROM customers WHERE location_id = ? AND order_id = ?',
  customers: 'INSERT INTO customers (location_id, order_id, id, position, name, phone) VALUES (?, ?, ?, ?, ?, ?)',
  changes: 'INSERT INTO changes (location_id, order_id, seq, at, "by", facts) VALUES (?, ?, ?, ?, ?, ?)',
  receipts: `INSERT INTO receipts (at, credential_id, type, location_id, order_id, outcome, seq, body)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  actions: `INSERT INTO actions (location_id, action_id, order_id, screen_id, name, at, answer)
    VALUES (?, ?, ?, ?, ?, ?, ?)`,
  locations: `UPDATE locations SET head = ?, checksum = ?, last_webhook_at = coalesce(?, last_webhook_at) WHERE id = ?`,
} as const

type Table = keyof typeof statements

const tables = Object.keys(statements) as Table[]
const writeAll = forEachRow(Object.values(statements))

/** Rows for each table, each the values of that table's statement in order. */
export type BatchRows = Record<Table, Value[][]>

export function noRows(): BatchRows {
  return Object.fromEntries(tables.map((table) => [table, []])) as unknown as BatchRows
}

export async function writeRows(transaction: Prisma.TransactionClient, rows: BatchRows): Promise<void> {
  await transaction.$executeRawUnsafe(
    writeAll,
    tables.map((table) => rows[table]),
  )
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
