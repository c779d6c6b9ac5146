/** The first statements of a batch: lock its locations, then read what it decides on. */
import type pg from 'pg'
import { iso } from '#domain/iso-time.ts'
import type { Order } from '#domain/order.ts'
import { keyOf } from '../batch.ts'
import type { Found, Wanted } from '../found.ts'
import { type OrderRow, orderColumns, orderOf } from '../order-rows.ts'
import { isLockHeld } from './errors.ts'
import { postgresSql } from './sql.ts'
import type { WrittenOrders } from './written-orders.ts'

/** Of locations that are new: who has it makes the row. */
const makingLock = (id: string) => `hashtextextended(${id}, 0)`

/**
 * Of locations that are there nothing is written. Those to which another server is writing, or which it makes at that
 * moment or has made since this began, are passed over. NOT IN looks into a hash, which joins may not here. CASE keeps to
 * its order: nothing is asked of a location that is had already. Whoever makes one without that lock is waited for: in the
 * order of their ids, byte by byte, so that it is the same at every server.
 */
const lockLocations = `WITH given AS (SELECT * FROM json_to_recordset($2::json) AS given(id text, heard_at timestamp)),
  there AS (SELECT one.* FROM given CROSS JOIN LATERAL (SELECT id, head, checksum, prep_time_minutes FROM locations l
      WHERE l.id = given.id FOR NO KEY UPDATE SKIP LOCKED) one),
  made AS (INSERT INTO locations (id, time_zone, created_at) SELECT given.id, $1, given.heard_at FROM given
      WHERE CASE WHEN given.id NOT IN (SELECT id FROM there)
        THEN CASE WHEN (SELECT l.id FROM locations l WHERE l.id = given.id) IS NULL
          THEN pg_try_advisory_xact_lock(${makingLock('given.id')}) END END
      ORDER BY given.id COLLATE "C"
    ON CONFLICT (id) DO NOTHING
    RETURNING id, head, checksum, prep_time_minutes)
  SELECT one.*, pg_current_xact_id()::text AS transaction_id FROM (SELECT * FROM there UNION ALL SELECT * FROM made) one`

/**
 * Of an order that nobody has written since we did, that it is there: it is not sent again. Without its OFFSET 0 the inner
 * query would be made one with the outer, and be run for every order.
 */
const read = `SELECT wanted.location_id, wanted.id, other.seq, other.facts, other.items, other.said, other.customers,
      NULL AS answer
    FROM json_to_recordset($1::json) AS wanted(location_id text, id text, seq int, by text)
    JOIN orders o ON o.location_id = wanted.location_id AND o.id = wanted.id
    LEFT JOIN LATERAL (SELECT ${orderColumns(postgresSql)}
      WHERE o.seq IS DISTINCT FROM wanted.seq OR o.xmin::text IS DISTINCT FROM wanted.by OFFSET 0) other ON true
  UNION ALL
  SELECT a.location_id, a.action_id, NULL, NULL, NULL, NULL, NULL, a.answer
    FROM json_to_recordset($2::json) AS wanted(location_id text, id text)
    JOIN actions a ON a.location_id = wanted.location_id AND a.action_id = wanted.id`

type LocationRow = {
  id: string
  head: number
  checksum: string
  prep_time_minutes: number | null
  transaction_id: string
}
type ReadRow = { location_id: string; id: string; answer: string | null } & (OrderRow | { facts: null })

/**
 * Locks a location, or the making of it, as soon as it can be had. Nothing else may be locked before, so that no two
 * batches wait for each other.
 * @param waitMs how long to wait for each that is before us: who has it, and who waits for it as well
 * @param lockMs answers how long to wait for other locks after that, milliseconds
 * @returns false when whoever has it did not let go of it: then the transaction is at its end
 */
export async function waitFor(
  client: pg.Client,
  locationId: string,
  waitMs: number,
  lockMs: () => number,
): Promise<boolean> {
  // Of what is not waited for, the statement after it says so if it fails.
  const limit = (milliseconds: number) => client.query(`SET LOCAL lock_timeout = ${milliseconds}`).catch(() => {})
  limit(waitMs)
  try {
    const ask = (name: string, text: string) => client.query({ name, text, values: [locationId] })
    const lockRow = () => ask('wait', 'SELECT FROM locations WHERE id = $1 FOR NO KEY UPDATE')
    if ((await lockRow()).rowCount === 0) {
      await ask('wait for who makes it', `SELECT pg_advisory_xact_lock(${makingLock('$1')})`)
      await lockRow()
    }
  } catch (error) {
    if (isLockHeld(error)) return false
    throw error
  }
  limit(lockMs())
  return true
}

/**
 * In a transaction that is open, or begun and not answered yet. Both statements go to the server at once. Each sees what was
 * committed before it began: all that is read is read after the lock.
 * @returns with the number of the transaction; null when no location was locked
 */
export async function lockAndRead(
  client: pg.Client,
  wanted: Wanted,
  written: WrittenOrders,
): Promise<{ found: Found; transactionId: string | null }> {
  const [locking, reading] = [lock(client, wanted), readRest(client, wanted, written)]
  // Where it was not locked, nothing was read: the first of the two says why.
  reading.catch(() => {})
  const { locations, transactionId } = await locking
  const passedOver = new Set(wanted.locations.map(([id]) => id))
  for (const { id } of locations) passedOver.delete(id)
  return { found: { passedOver, locations, ...(await reading) }, transactionId }
}

async function lock(client: pg.Client, { locations, newLocationTimeZone }: Wanted) {
  if (locations.length === 0) return { locations: [], transactionId: null }
  const given = locations.map(([id, heardAt]) => ({ id, heard_at: iso(heardAt) }))
  const values = [newLocationTimeZone, JSON.stringify(given)]
  const { rows } = await client.query<LocationRow>({ name: 'lock and make', text: lockLocations, values })
  return {
    locations: rows.map(({ id, head, checksum, prep_time_minutes }) => {
      return { id, head, checksum: Number(checksum), prepTimeMinutes: prep_time_minutes }
    }),
    transactionId: rows[0]?.transaction_id ?? null,
  }
}

async function readRest(
  client: pg.Client,
  { orders, actions }: Wanted,
  written: WrittenOrders,
): Promise<Pick<Found, 'orders' | 'actions'>> {
  const found: Pick<Found, 'orders' | 'actions'> = { orders: [], actions: [] }
  if (orders.length + actions.length === 0) return found
  const ours = new Map<string, Order>()
  const asked = orders.map(([location_id, id]) => {
    const key = keyOf(location_id, id)
    const known = written.get(key)
    if (known === null) return { location_id, id }
    ours.set(key, known.order)
    return { location_id, id, seq: known.order.seq, by: known.by }
  })
  const askedActions = actions.map(([location_id, id]) => ({ location_id, id }))
  const values = [JSON.stringify(asked), JSON.stringify(askedActions)]
  const { rows } = await client.query<ReadRow>({ name: 'read', text: read, values })
  for (const row of rows) {
    const { location_id, id, answer } = row
    if (answer !== null) found.actions.push({ location_id, action_id: id, answer })
    else if (row.facts !== null) found.orders.push(orderOf(row))
    else found.orders.push(ours.get(keyOf(location_id, id)) as Order)
  }
  return found
}
