/** Fills a database with the past of a chain: orders that are done, with their changes and receipts, and a few open ones. */
import Database from 'better-sqlite3'
import { orderHash } from '#domain/checksum.ts'
import { newOrder } from '#domain/order.ts'
import { factsOf } from '#server/store/order-rows.ts'
import { locationIds } from './traffic.ts'

type Past = { orders: number; changesPerOrder: number; openPerLocation: number }

/** @param file a database that is migrated, and open nowhere */
export function fillWithPast(file: string, { orders, changesPerOrder, openPerLocation }: Past): void {
  const database = new Database(file)
  database.pragma('synchronous = OFF')
  const at = new Date(Date.UTC(2026, 0, 1)).toISOString()
  const facts = JSON.stringify(factsOf({ ...newOrder('', '', Date.now(), 1), status: 'completed', courierHeard: true }))
  const body = JSON.stringify({
    type: 'order.updated',
    object: {
      location_id: 'x'.repeat(20),
      order_id: 'x'.repeat(36),
      status: 'ready_for_pickup',
      driver_details: 'x'.repeat(200),
    },
  })
  const insertOrder = database.prepare(
    'INSERT INTO orders (location_id, id, seq, left_seq, first_seen_at, facts) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const insertChange = database.prepare(
    `INSERT INTO changes (location_id, order_id, seq, at, "by", facts) VALUES (?, ?, ?, ?, 'stream', ?)`,
  )
  const insertReceipt = database.prepare(
    `INSERT INTO receipts (at, credential_id, type, location_id, order_id, outcome, seq, body)
      VALUES (?, 'c', 'order.updated', ?, ?, 'changed', ?, ?)`,
  )
  const insertLocation = database.prepare(
    `INSERT INTO locations (id, time_zone, created_at, head, checksum) VALUES (?, 'UTC', ?, ?, ?)`,
  )
  const heads = new Map<string, number>()
  const checksums = new Map<string, number>()
  const perLocation = Math.ceil(orders / locationIds.length)
  const addOrder = database.transaction((number: number) => {
    const locationId = locationIds[number % locationIds.length] as string
    const id = `past-${(number * 7_919) % 1_000_003}-${number}`
    let seq = heads.get(locationId) ?? 0
    for (let change = 0; change < changesPerOrder; change += 1) {
      seq += 1
      insertChange.run(locationId, id, seq, at, '{"type":"order.updated","status":"in_progress","lane":"preparing"}')
      insertReceipt.run(at, locationId, id, seq, body)
    }
    heads.set(locationId, seq)
    const isOpen = Math.floor(number / locationIds.length) >= perLocation - openPerLocation
    insertOrder.run(locationId, id, seq, isOpen ? null : seq, new Date().toISOString(), facts)
    if (isOpen) checksums.set(locationId, ((checksums.get(locationId) ?? 0) + orderHash(id, seq)) >>> 0)
  })
  const addMany = database.transaction((from: number, to: number) => {
    for (let number = from; number < to; number += 1) addOrder(number)
  })
  for (let number = 0; number < orders; number += 10_000) addMany(number, Math.min(orders, number + 10_000))
  for (const id of locationIds) insertLocation.run(id, at, heads.get(id) ?? 0, checksums.get(id) ?? 0)
  database.pragma('wal_checkpoint(TRUNCATE)')
  database.close()
}
