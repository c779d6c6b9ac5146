/** What screens are told of a location: where its head is, a snapshot of its board, what changed above a cursor. */

import type { Locale } from '#domain/locales.ts'
import { type OpeningHours, openingHoursSchema } from '#domain/opening-hours.ts'
import type { Order } from '#domain/order.ts'
import type { WaitLimits } from '#domain/wait-limits.ts'
import type { Client } from './database.ts'
import { type OrderRow, orderColumns, orderOf } from './order-rows.ts'
import type { Sql } from './sql.ts'

export type Head = { seq: number; checksum: number; lastWebhookAt: Date | null }

export type LocationSettings = {
  id: string
  name: string | null
  timeZone: string
  dayStartMinutes: number
  prepTimeMinutes: number | null
  openingHours: OpeningHours | null
  language: Locale | null
  waitLimits: WaitLimits | null
}

type HeadRow = { head: number | bigint; checksum: bigint; last_webhook_at: string | Date | null }

/** Beyond this many changed orders a snapshot costs less. */
const maximumChangedOrders = 500

/** The seqs of a location have 32 bits; a screen may name any number. */
const maximumSeq = 2 ** 31 - 1

/** Of orders that left the board, so many are looked through: reading blocks. */
const maximumSearched = 5_000
const maximumFound = 20

const withHead = (sql: Sql, orders: string) => `SELECT l.head, l.checksum, l.last_webhook_at, ${orderColumns(sql)}
  FROM locations l LEFT JOIN (${orders}) o ON true WHERE l.id = ?`

const onBoard = 'SELECT * FROM orders WHERE location_id = ? AND left_seq IS NULL'

/**
 * A location's head, and beside it the orders on its board, or those changed above a seq: one statement is one moment;
 * a head and orders of two moments would make a screen miss a change. The board is one range of an index, what left it
 * above a seq is another: neither costs by the past.
 */
export const boardQueries = (sql: Sql) => ({
  snapshot: withHead(sql, onBoard),
  changes: withHead(
    sql,
    `${onBoard} AND seq > ? UNION ALL SELECT * FROM orders WHERE location_id = ? AND left_seq > ? LIMIT ?`,
  ),
})

function headOf(row: HeadRow): Head {
  return {
    seq: Number(row.head),
    checksum: Number(row.checksum),
    lastWebhookAt: row.last_webhook_at === null ? null : new Date(row.last_webhook_at),
  }
}

export type Boards = ReturnType<typeof createBoards>

export function createBoards(reader: Client, sql: Sql) {
  const columns = orderColumns(sql)
  const queries = boardQueries(sql)
  const query = <Row>(text: string, ...parameters: unknown[]) =>
    reader.$queryRawUnsafe<Row[]>(sql.statement(text), ...parameters)

  /** The heads of these locations; a location never heard of has none. */
  async function heads(locationIds: readonly string[]): Promise<Map<string, Head>> {
    const rows = await query<HeadRow & { id: string }>(
      `SELECT id, head, checksum, last_webhook_at FROM locations
        WHERE id IN (SELECT wanted.value ->> 0 FROM ${sql.each('wanted')})`,
      JSON.stringify(locationIds.map((id) => [id])),
    )
    return new Map(rows.map((row) => [row.id, headOf(row)]))
  }

  /** The seq of each location's last change; of those that have none yet, nothing. */
  async function allHeads(): Promise<Map<string, number>> {
    const rows = await query<{ id: string; head: number | bigint }>('SELECT id, head FROM locations WHERE head > 0')
    return new Map(rows.map(({ id, head }) => [id, Number(head)]))
  }

  /**
   * The head and the orders of a board, read as of one moment.
   * @param after null: the orders on the board; a seq: every order changed above it, those that left included
   * @returns null for orders when more changed than a snapshot would cost
   */
  async function read(locationId: string, after: number | null): Promise<{ head: Head; orders: Order[] | null }> {
    const above = after === null ? null : Math.min(after, maximumSeq)
    const parameters = above === null ? [locationId] : [locationId, above, locationId, above, maximumChangedOrders + 1]
    const rows = await query<HeadRow & { [Key in keyof OrderRow]: OrderRow[Key] | null }>(
      after === null ? queries.snapshot : queries.changes,
      ...parameters,
      locationId,
    )
    const [first] = rows
    const head = first ? headOf(first) : { seq: 0, checksum: 0, lastWebhookAt: null }
    if (after !== null && rows.length > maximumChangedOrders) return { head, orders: null }
    return { head, orders: rows.filter((row): row is HeadRow & OrderRow => row.id !== null).map(orderOf) }
  }

  /** Every location, by id. */
  async function locations(): Promise<LocationSettings[]> {
    const rows = await reader.location.findMany({
      select: {
        id: true,
        name: true,
        timeZone: true,
        dayStartMinutes: true,
        prepTimeMinutes: true,
        openingHours: true,
        language: true,
        waitLimits: true,
      },
      orderBy: { id: 'asc' },
    })
    return rows.map((row) => ({
      ...row,
      openingHours: row.openingHours === null ? null : openingHoursSchema.parse(JSON.parse(row.openingHours)),
      language: row.language as Locale | null,
      waitLimits: row.waitLimits === null ? null : (JSON.parse(row.waitLimits) as WaitLimits),
    }))
  }

  /** The orders on the boards of these locations that time may change now. Moments in epoch milliseconds. */
  async function dueForSweep(
    places: readonly { locationId: string; dayStartedAt: number }[],
    at: number,
  ): Promise<{ locationId: string; orderId: string }[]> {
    // Moments are compared as the writer wrote them: Prisma writes +00:00 where the writer writes Z.
    const wanted = places.map(({ locationId, dayStartedAt }) => [locationId, new Date(dayStartedAt).toISOString()])
    const rows = await query<{ location_id: string; id: string }>(
      `SELECT o.location_id, o.id FROM ${sql.each('place')}
        JOIN orders o ON o.location_id = place.value ->> 0 AND o.left_seq IS NULL
        WHERE o.sweep_at <= ${sql.moment('?')} OR o.first_seen_at < ${sql.moment('place.value ->> 1')}`,
      JSON.stringify(wanted),
      new Date(at).toISOString(),
    )
    return rows.map((row) => ({ locationId: row.location_id, orderId: row.id }))
  }

  /** Every order on any board: for each location one range of an index, in this order of joining, however long its past. */
  async function allOnBoard(): Promise<Order[]> {
    const rows = await query<OrderRow>(
      `SELECT ${columns} FROM locations l CROSS JOIN orders o
        WHERE o.location_id = l.id AND o.left_seq IS NULL`,
    )
    return rows.map(orderOf)
  }

  async function order(locationId: string, orderId: string): Promise<Order | null> {
    const [row] = await query<OrderRow>(
      `SELECT ${columns} FROM orders o WHERE o.location_id = ? AND o.id = ?`,
      locationId,
      orderId,
    )
    return row ? orderOf(row) : null
  }

  /**
   * Orders of a location by their id, or by how their number ends, as people say it: those on the board, and so many of
   * the latest that left it. The newest first.
   */
  async function find(locationId: string, text: string): Promise<Order[]> {
    const rows = await query<OrderRow>(
      `SELECT ${columns} FROM (
          SELECT * FROM orders WHERE location_id = ? AND left_seq IS NULL
          UNION ALL
          SELECT * FROM (SELECT * FROM orders WHERE location_id = ? AND left_seq IS NOT NULL ORDER BY left_seq DESC LIMIT ?) AS latest
        ) o WHERE o.id = ? OR ${sql.endsWith(`${sql.json('o.facts')} ->> 'number'`, '?')}
        ORDER BY o.seq DESC LIMIT ?`,
      locationId,
      locationId,
      maximumSearched,
      text,
      text,
      text,
      maximumFound,
    )
    return rows.map(orderOf)
  }

  /** @throws when the database does not answer */
  async function answers(): Promise<true> {
    await reader.$queryRawUnsafe('SELECT 1 FROM locations LIMIT 1')
    return true
  }

  return { answers, heads, allHeads, read, locations, dueForSweep, allOnBoard, order, find }
}
