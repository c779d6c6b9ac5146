/**
 * Whether a database is whole: sequences without gap or repeat, heads and checksums that agree with them, and every
 * order as a fresh fold of what was received makes it.
 */
import assert from 'node:assert/strict'
import { businessDayStartedAt } from '#domain/business-day.ts'
import { checksumAfter } from '#domain/checksum.ts'
import { decide } from '#domain/decide.ts'
import type { Order } from '#domain/order.ts'
import { parseUpdate } from '#domain/order-update.ts'
import { sweep } from '#domain/sweep.ts'
import { type OrderRow, orderColumns, orderOf } from '#server/store/order-rows.ts'
import { sqliteSql } from '#server/store/sqlite/sql.ts'
import { type Row, stored } from './stored.ts'

/** Fails with the first thing that is not whole. What staff did is not folded: there must be none. */
export function assertWhole(databaseFile: string): void {
  assert.deepEqual(stored(databaseFile, 'PRAGMA integrity_check'), [{ integrity_check: 'ok' }])
  assertSequences(databaseFile)
  assertFold(databaseFile, storedOrders(databaseFile))
}

/** Fails when a location's sequence has a gap or a repeat, or its head or its checksum does not agree with it. */
export function assertSequences(databaseFile: string): void {
  const orders = storedOrders(databaseFile)
  for (const location of stored(databaseFile, 'SELECT id, head, checksum FROM locations ORDER BY id')) {
    const here = orders.filter((order) => order.locationId === location.id)
    assertSequence(databaseFile, location, here)
  }
}

/** Every order, as the store reads it. */
function storedOrders(databaseFile: string): Order[] {
  const rows = stored(databaseFile, `SELECT ${orderColumns(sqliteSql)} FROM orders o ORDER BY o.location_id, o.id`)
  return rows.map((row) => orderOf(row as unknown as OrderRow))
}

function assertSequence(databaseFile: string, { id, head, checksum }: Row, orders: readonly Order[]): void {
  const changes = stored(databaseFile, 'SELECT seq, order_id FROM changes WHERE location_id = ? ORDER BY id', id)
  assert.deepEqual(
    changes.map(({ seq }) => seq),
    Array.from({ length: Number(head) }, (_, index) => index + 1),
    `the seqs of ${id}`,
  )
  const sum = orders.reduce(
    (before, order) => checksumAfter(before, null, { ...order, onBoard: order.leftBoard === null }),
    0,
  )
  assert.equal(Number(checksum), sum, `the checksum of ${id}`)
  const lastOf = new Map(changes.map(({ seq, order_id }) => [order_id, seq]))
  for (const order of orders) assert.equal(order.seq, lastOf.get(order.id), `the last change of ${order.id}`)
}

/** Plays all receipts again, and what time did in between, and compares outcome by outcome and order by order. */
function assertFold(databaseFile: string, orders: readonly Order[]): void {
  const folded = new Map<string, Order>()
  const heads = new Map<string, number>()
  const key = (locationId: string, orderId: string) => JSON.stringify([locationId, orderId])
  const settings = new Map(
    stored(databaseFile, 'SELECT id, time_zone, day_start_minutes, prep_time_minutes FROM locations').map((row) => [
      row.id,
      row,
    ]),
  )
  for (const one of stepsInOrder(databaseFile)) {
    const locationId = String(one.location_id)
    const seq = (heads.get(locationId) ?? 0) + 1
    const at = Date.parse(String(one.at))
    const location = settings.get(locationId)
    if (one.by === 'time') {
      const place = key(locationId, String(one.order_id))
      const order = folded.get(place)
      assert.ok(order, `time changed an order that nobody named: ${place}`)
      const started = businessDayStartedAt(at, String(location?.time_zone), Number(location?.day_start_minutes))
      const swept = sweep(order, { at, seq }, started)
      assert.ok(swept, `time changed ${place} for no reason`)
      folded.set(place, swept)
      heads.set(locationId, seq)
      continue
    }
    // An order that was created without a key has an id that nobody can make again.
    const parsed = parseUpdate(JSON.parse(String(one.body)), () => String(one.order_id))
    assert.equal(parsed.kind, 'update', 'a receipt holds what is no update')
    if (parsed.kind !== 'update') continue
    const place = key(locationId, parsed.update.orderId)
    const prepTimeMinutes = location?.prep_time_minutes === null ? null : Number(location?.prep_time_minutes)
    const decision = decide(folded.get(place) ?? null, parsed.update, { at, seq, prepTimeMinutes })
    assert.deepEqual([one.outcome, one.seq], [decision.outcome, decision.order.seq], `receipt ${one.id} of ${place}`)
    if (decision.outcome !== 'changed') continue
    folded.set(place, decision.order)
    heads.set(locationId, seq)
  }
  const foldedInOrder = [...folded.values()].sort((one, other) =>
    one.locationId === other.locationId ? (one.id < other.id ? -1 : 1) : one.locationId < other.locationId ? -1 : 1,
  )
  assert.equal(orders.length, foldedInOrder.length, 'as many orders as were heard of')
  for (const [index, order] of foldedInOrder.entries()) {
    // As JSON: what is undefined is not stored.
    assert.deepEqual(orders[index], JSON.parse(JSON.stringify(order)), `order ${order.id} as a fresh fold makes it`)
  }
}

/** Receipts in the order of their decisions, with what time changed where its seq places it. */
function stepsInOrder(databaseFile: string): Row[] {
  const changed = stored(databaseFile, `SELECT location_id, order_id, seq, at, "by" FROM changes ORDER BY id`)
  assert.ok(!changed.some(({ by }) => by === 'staff'), 'what staff did cannot be folded from receipts')
  const timesOf = new Map<string, Row[]>()
  for (const row of changed) {
    if (row.by !== 'time') continue
    const location = String(row.location_id)
    timesOf.set(location, [...(timesOf.get(location) ?? []), row])
  }
  const steps: Row[] = []
  const takeUpTo = (location: string, seq: number) => {
    const times = timesOf.get(location) ?? []
    while (times[0] && Number(times[0].seq) < seq) steps.push(times.shift() as Row)
  }
  for (const receipt of stored(databaseFile, `SELECT * FROM receipts WHERE outcome <> 'ignored' ORDER BY id`)) {
    const location = String(receipt.location_id)
    if (receipt.outcome === 'changed') takeUpTo(location, Number(receipt.seq))
    steps.push({ ...receipt, by: 'stream' })
  }
  for (const location of timesOf.keys()) takeUpTo(location, Number.POSITIVE_INFINITY)
  return steps
}
