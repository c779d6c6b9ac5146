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
import type { Sql } from '#server/store/sql.ts'
import { sqliteSql } from '#server/store/sqlite/sql.ts'
import type { TestDatabase } from './databases.ts'
import { type Row, stored } from './stored.ts'

/** What is looked at of a database, each in the order in which it was stored. */
export type Contents = { locations: Row[]; orders: Order[]; changes: Row[]; receipts: Row[] }

/** The questions that are answered by it. */
export const contentQueries = (sql: Sql) => ({
  locations: 'SELECT id, head, checksum, time_zone, day_start_minutes, prep_time_minutes FROM locations ORDER BY id',
  orders: `SELECT ${orderColumns(sql)} FROM orders o`,
  changes: `SELECT c.location_id, c.order_id, c.seq, ${sql.momentText('c.at')} AS at, c."by" FROM changes c ORDER BY c.id`,
  receipts: `SELECT r.id, ${sql.momentText('r.at')} AS at, r.location_id, r.order_id, r.outcome, r.seq, r.body
    FROM receipts r WHERE r.outcome <> 'ignored' ORDER BY r.id`,
})

function contentsOf(databaseFile: string): Contents {
  const { locations, orders, changes, receipts } = contentQueries(sqliteSql)
  const rows = (sql: string) => stored(databaseFile, sql)
  return {
    locations: rows(locations),
    orders: rows(orders).map((row) => orderOf(row as unknown as OrderRow)),
    changes: rows(changes),
    receipts: rows(receipts),
  }
}

/** The same of any database, as of one moment: where servers run, time goes on to take orders off boards. */
export async function readContents({ sql, rows }: Pick<TestDatabase, 'sql' | 'rows'>): Promise<Contents> {
  const queries = contentQueries(sql)
  for (;;) {
    const contents = {
      locations: await rows(queries.locations),
      orders: (await rows(queries.orders)).map((row) => orderOf(row as unknown as OrderRow)),
      changes: await rows(queries.changes),
      receipts: await rows(queries.receipts),
    }
    const heads = (locations: readonly Row[]) => JSON.stringify(locations.map(({ id, head }) => [id, Number(head)]))
    if (heads(await rows(queries.locations)) === heads(contents.locations)) return contents
  }
}

/** Fails with the first thing that is not whole. What staff did is not folded: there must be none. */
export function assertWhole(databaseFile: string): void {
  assert.deepEqual(stored(databaseFile, 'PRAGMA integrity_check'), [{ integrity_check: 'ok' }])
  assertWholeContents(contentsOf(databaseFile))
}

export function assertWholeContents(contents: Contents): void {
  assertSequencesIn(contents)
  assertFold(contents)
}

/** Fails when a location's sequence has a gap or a repeat, or its head or its checksum does not agree with it. */
export function assertSequences(databaseFile: string): void {
  assertSequencesIn(contentsOf(databaseFile))
}

export function assertSequencesIn(contents: Contents): void {
  for (const location of contents.locations) assertSequence(contents, location)
}

function assertSequence(contents: Contents, { id, head, checksum }: Row): void {
  const orders = contents.orders.filter((order) => order.locationId === id)
  const changes = contents.changes.filter(({ location_id }) => location_id === id)
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
function assertFold(contents: Contents): void {
  const folded = new Map<string, Order>()
  const heads = new Map<string, number>()
  const key = (locationId: string, orderId: string) => JSON.stringify([locationId, orderId])
  const settings = new Map(contents.locations.map((row) => [row.id, row]))
  for (const one of stepsInOrder(contents)) {
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
  const inOrder = (list: Iterable<Order>) =>
    [...list].sort((one, other) =>
      one.locationId === other.locationId ? (one.id < other.id ? -1 : 1) : one.locationId < other.locationId ? -1 : 1,
    )
  const foldedInOrder = inOrder(folded.values())
  const orders = inOrder(contents.orders)
  assert.equal(orders.length, foldedInOrder.length, 'as many orders as were heard of')
  for (const [index, order] of foldedInOrder.entries()) {
    // As JSON: what is undefined is not stored.
    assert.deepEqual(orders[index], JSON.parse(JSON.stringify(order)), `order ${order.id} as a fresh fold makes it`)
  }
}

/** Receipts in the order of their decisions, with what time changed where its seq places it. */
function stepsInOrder({ changes: changed, receipts }: Contents): Row[] {
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
  for (const receipt of receipts) {
    const location = String(receipt.location_id)
    if (receipt.outcome === 'changed') takeUpTo(location, Number(receipt.seq))
    steps.push({ ...receipt, by: 'stream' })
  }
  for (const location of timesOf.keys()) takeUpTo(location, Number.POSITIVE_INFINITY)
  return steps
}
