/**
 * The statements of one batch: a constant number, however many updates it holds. What it does not know is read, and all
 * of its rows are written in one transaction. Between the two nobody else writes; should somebody do it all the same,
 * a location's head is not what it was, and nothing is written.
 */
import { type BatchRows, type BatchTable, batchTables } from '../batch-rows.ts'
import type { Client } from '../database.ts'
import { type Found, noLocations, type Wanted } from '../found.ts'
import { type OrderRow, orderColumns, orderOf } from '../order-rows.ts'
import { forEachRow, mayFindNothing, runForEachRow } from './adapter.ts'
import { sqliteSql } from './sql.ts'

/** Reads what is wanted; what is not there is not found. */
export async function readWanted(client: Client, wanted: Wanted): Promise<Found> {
  return {
    passedOver: noLocations,
    locations: await readLocations(client, wanted),
    orders: await readOrders(client, wanted),
    actions: await readActions(client, wanted),
  }
}

async function readLocations(client: Client, { locations }: Wanted): Promise<Found['locations']> {
  if (locations.length === 0) return []
  const rows = await client.$queryRawUnsafe<
    { id: string; head: number | bigint; checksum: number | bigint; prep_time_minutes: number | bigint | null }[]
  >(
    'SELECT id, head, checksum, prep_time_minutes FROM locations WHERE id IN (SELECT value FROM json_each(?))',
    JSON.stringify(locations.map(([id]) => id)),
  )
  return rows.map((row) => ({
    id: row.id,
    head: Number(row.head),
    checksum: Number(row.checksum),
    prepTimeMinutes: row.prep_time_minutes === null ? null : Number(row.prep_time_minutes),
  }))
}

async function readOrders(client: Client, { orders }: Wanted): Promise<Found['orders']> {
  if (orders.length === 0) return []
  const rows = await client.$queryRawUnsafe<OrderRow[]>(
    `SELECT ${orderColumns(sqliteSql)} FROM json_each(?) AS wanted
      JOIN orders o ON o.location_id = wanted.value ->> 0 AND o.id = wanted.value ->> 1`,
    JSON.stringify(orders),
  )
  return rows.map(orderOf)
}

async function readActions(client: Client, { actions }: Wanted): Promise<Found['actions']> {
  if (actions.length === 0) return []
  return client.$queryRawUnsafe<Found['actions']>(
    `SELECT a.location_id, a.action_id, a.answer FROM json_each(?) AS wanted
      JOIN actions a ON a.location_id = wanted.value ->> 0 AND a.action_id = wanted.value ->> 1`,
    JSON.stringify(actions),
  )
}

const statements: Record<BatchTable, string> = {
  newLocations: 'INSERT INTO locations (id, time_zone, created_at) VALUES (?, ?, ?)',
  orders: `INSERT INTO orders (location_id, id, seq, left_seq, first_seen_at, sweep_at, forget_from, facts)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (location_id, id) DO UPDATE SET
      seq = excluded.seq, left_seq = excluded.left_seq, sweep_at = excluded.sweep_at, facts = excluded.facts`,
  items: `INSERT INTO order_items (location_id, order_id, items) VALUES (?, ?, ?)
    ON CONFLICT (location_id, order_id) DO UPDATE SET items = excluded.items`,
  forgottenAssignments: 'DELETE FROM assignments WHERE location_id = ? AND order_id = ? AND number = ?',
  assignments: `INSERT INTO assignments (location_id, order_id, number, said) VALUES (?, ?, ?, ?)
    ON CONFLICT (location_id, order_id, number) DO UPDATE SET said = excluded.said`,
  amendedCustomers: 'DELETE FROM customers WHERE location_id = ? AND order_id = ?',
  customers: 'INSERT INTO customers (location_id, order_id, id, position, name, phone) VALUES (?, ?, ?, ?, ?, ?)',
  forgetFrom: `${mayFindNothing}UPDATE orders SET forget_from = ? WHERE location_id = ? AND id = ?`,
  holds: `INSERT INTO order_holds (location_id, order_id, until) VALUES (?, ?, ?)
    ON CONFLICT (location_id, order_id) DO UPDATE SET until = excluded.until`,
  endedHolds: 'DELETE FROM order_holds WHERE location_id = ? AND order_id = ?',
  wordsAfterEnd: `INSERT INTO words_after_end (location_id, order_id, at) VALUES (?, ?, ?)
    ON CONFLICT (location_id, order_id, at) DO UPDATE SET at = excluded.at`,
  changes: 'INSERT INTO changes (location_id, order_id, seq, at, "by", facts) VALUES (?, ?, ?, ?, ?, ?)',
  receipts: `INSERT INTO receipts (at, credential_id, type, location_id, order_id, outcome, seq, body)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  actions: `INSERT INTO actions (location_id, action_id, order_id, screen_id, name, at, answer)
    VALUES (?, ?, ?, ?, ?, ?, ?)`,
  refusals: `INSERT INTO refusals (id, at, credential_id, request_id, code, error, body)
    VALUES ((SELECT coalesce(max(id), 0) FROM refusals) + ?, ?, ?, ?, ?, ?, ?)`,
  oldRefusals: 'DELETE FROM refusals WHERE id <= (SELECT max(id) FROM refusals) - ?',
  presence: `INSERT INTO presence (id, alive_at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET alive_at = excluded.alive_at`,
  secretUses: 'UPDATE credential_secrets SET last_used_at = ? WHERE id = ?',
  locations: `UPDATE locations SET head = ?, checksum = ?, last_webhook_at = coalesce(?, last_webhook_at)
    WHERE id = ? AND head = ?`,
  receiptBodies: `${mayFindNothing}UPDATE receipts SET body = NULL WHERE id = ?`,
  refusalBodies: `${mayFindNothing}UPDATE refusals SET body = NULL,
    error = json_object('error', json_object('code', code)) WHERE id = ?`,
  heardWordsAfterEnd: 'DELETE FROM words_after_end WHERE location_id = ? AND order_id = ?',
  // What was spoken of again meanwhile has another seq, and stays with all that belongs to it.
  oldOrders: 'DELETE FROM orders WHERE location_id = ? AND id = ? AND seq = ?',
  oldItems: orphans('order_items'),
  oldAssignments: orphans('assignments'),
  oldCustomers: orphans('customers'),
  oldChanges: 'DELETE FROM changes WHERE id = ?',
  oldReceipts: 'DELETE FROM receipts WHERE id = ?',
  oldActions: 'DELETE FROM actions WHERE location_id = ? AND action_id = ?',
  agedRefusals: 'DELETE FROM refusals WHERE id = ?',
  receiptsTo: `INSERT INTO forgetting (id, receipts_to) VALUES (1, ?)
    ON CONFLICT (id) DO UPDATE SET receipts_to = excluded.receipts_to`,
}

function orphans(table: 'order_items' | 'assignments' | 'customers'): string {
  return `DELETE FROM ${table} WHERE location_id = ? AND order_id = ?
    AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.location_id = ${table}.location_id AND o.id = ${table}.order_id)`
}

const writeAll = forEachRow(batchTables.map((table) => statements[table]))

/**
 * Writes all rows of a batch, in the transaction that is open, or as one.
 * @throws when a row writes nothing: a location's head was not what the batch was decided on
 */
export function writeRows(client: Pick<Client, '$executeRawUnsafe'>, rows: BatchRows): Promise<void> {
  return runForEachRow(
    batchTables.map((table) => rows[table]),
    (parameter) => client.$executeRawUnsafe(writeAll, parameter),
  )
}

/** A write that changes nothing. */
export async function probe(client: Client): Promise<void> {
  await client.$executeRawUnsafe('UPDATE locations SET head = head WHERE id = (SELECT id FROM locations LIMIT 1)')
}

/**
 * Whether the rows of a batch stand in the database: the head of one of its locations tells, for there is only one
 * writer, and what it wrote after this batch it wrote only because this one was stored. A batch that changed nothing is
 * not found, and sent again.
 */
export async function isStored(client: Pick<Client, 'location'>, rows: BatchRows): Promise<boolean> {
  const [changed] = rows.changes
  if (!changed) return false
  const [locationId] = changed
  const head = Number(rows.locations.find((row) => row[3] === locationId)?.[0])
  const location = await client.location.findUnique({ where: { id: String(locationId) }, select: { head: true } })
  return location !== null && location.head >= head
}
