/**
 * The past as forgetting finds it: read in pieces, on the reader's connection, so that nobody waits who writes.
 * Changes and receipts stand in the order of time, and are found by it; what is on hold is passed over. Where several
 * servers write, they stand in it but for seconds (Sql.outOfOrderMs): nobody is kept longer for that, for what came
 * before another that is old is taken for old, too.
 */
import type { Client } from './database.ts'
import type { Sql } from './sql.ts'

/** Rows that are read, or written, before others have their turn. */
export const rowsAtOnce = 500

/** Orders that are forgotten at a time: each writes several rows. */
export const ordersAtOnce = 100

export type OrderKey = { locationId: string; orderId: string }

/** `from`: the moment as it is stored. The last of a piece is the place where the next one begins. */
export type DueOrder = OrderKey & { from: string }

export type OldChange = OrderKey & {
  id: number
  at: number
  seq: number
  /** Nothing happened to its order since, and it left the board. */
  isLast: boolean
}

export type PastReceipt = { id: number; at: number; hasBody: boolean; isHeld: boolean }

const firstMoment = '0001-01-01T00:00:00.000Z'

/** Null, or a number that Prisma may give as a bigint. */
type Count = number | bigint | null

const isHeld = (table: string) =>
  `EXISTS (SELECT 1 FROM order_holds h WHERE h.location_id = ${table}.location_id AND h.order_id = ${table}.order_id)`

export type Past = ReturnType<typeof createPast>

export function createPast(reader: Client, sql: Sql) {
  const query = <Row>(text: string, ...parameters: unknown[]) =>
    reader.$queryRawUnsafe<Row[]>(sql.statement(text), ...parameters)

  /** Orders whose people may be due: kept since `from` or earlier, and on no hold at `at`. Epoch milliseconds. */
  async function dueOrders(from: number, at: number, after: DueOrder | null): Promise<DueOrder[]> {
    const rows = await query<{ forget_from: string; location_id: string; id: string }>(
      `SELECT ${sql.momentText('o.forget_from')} AS forget_from, o.location_id, o.id FROM orders o
        WHERE (o.forget_from, o.location_id, o.id) > (${sql.moment('?')}, ?, ?) AND o.forget_from <= ${sql.moment('?')}
          AND NOT EXISTS (SELECT 1 FROM order_holds h
            WHERE h.location_id = o.location_id AND h.order_id = o.id AND h.until > ${sql.moment('?')})
        ORDER BY o.forget_from, o.location_id, o.id LIMIT ${ordersAtOnce}`,
      after?.from ?? firstMoment,
      after?.locationId ?? '',
      after?.orderId ?? '',
      new Date(from).toISOString(),
      new Date(at).toISOString(),
    )
    return rows.map((row) => ({ locationId: row.location_id, orderId: row.id, from: row.forget_from }))
  }

  /** When something came about these orders after their end, epoch milliseconds. */
  async function wordsAfterEnd(orders: readonly OrderKey[]): Promise<(OrderKey & { at: number })[]> {
    const rows = await query<{ location_id: string; order_id: string; at: string }>(
      `SELECT w.location_id, w.order_id, ${sql.momentText('w.at')} AS at FROM ${sql.each('wanted')}
        JOIN words_after_end w ON w.location_id = wanted.value ->> 0 AND w.order_id = wanted.value ->> 1`,
      JSON.stringify(orders.map(({ locationId, orderId }) => [locationId, orderId])),
    )
    return rows.map((row) => ({ locationId: row.location_id, orderId: row.order_id, at: Date.parse(row.at) }))
  }

  /**
   * Before which row of a table that grows by time none is from a moment on: by halves, for there is no index. Where
   * rows may stand out of the order of time, it looks that much earlier.
   */
  function firstIdFrom(table: 'changes' | 'receipts', at: number): Promise<number> {
    return halve(table, at - sql.outOfOrderMs)
  }

  /** From which row of such a table on none is from a moment or earlier. */
  function firstIdAfter(table: 'changes' | 'receipts', at: number): Promise<number> {
    return halve(table, at + 1 + sql.outOfOrderMs)
  }

  async function halve(table: 'changes' | 'receipts', at: number): Promise<number> {
    const moment = new Date(at).toISOString()
    const [found] = await query<{ low: Count }>(
      `WITH RECURSIVE halves (low, high) AS (
          SELECT coalesce((SELECT min(id) FROM ${table}), 0), coalesce((SELECT max(id) FROM ${table}), -1) + 1
        UNION ALL
          SELECT CASE WHEN middle.at < ${sql.moment('?')} THEN middle.id + 1 ELSE low END,
              CASE WHEN middle.at < ${sql.moment('?')} THEN high ELSE (low + high) / 2 END
            FROM halves JOIN ${table} middle ON middle.id = (SELECT min(id) FROM ${table} WHERE id >= (low + high) / 2)
            WHERE low < high)
        SELECT low FROM halves WHERE low >= high`,
      moment,
      moment,
    )
    return Number(found?.low ?? 0)
  }

  /** Rows of one order, or of a location's none, in a piece of a table: from an id on, and where it ends; null: no more. */
  async function piece<Row>(
    table: 'changes' | 'receipts',
    columns: string,
    { locationId, orderId }: { locationId: string; orderId: string | null },
    from: number,
  ) {
    const [end] = await query<{ id: Count }>(
      `SELECT max(id) AS id FROM (SELECT id FROM ${table} WHERE id >= ? ORDER BY id LIMIT ${rowsAtOnce}) AS piece`,
      from,
    )
    if (end?.id == null) return null
    const to = Number(end.id)
    const rows = await query<Row>(
      `SELECT ${columns} FROM ${table} WHERE id BETWEEN ? AND ? AND location_id = ? AND order_id IS NOT DISTINCT FROM ? ORDER BY id`,
      from,
      to,
      locationId,
      orderId,
    )
    return { rows, next: to + 1 }
  }

  /** Receipts after an id, the first ones first. */
  async function receiptsAfter(id: number): Promise<PastReceipt[]> {
    const rows = await query<{ id: Count; at: string; has_body: Count; is_held: Count }>(
      `SELECT r.id, ${sql.momentText('r.at')} AS at, r.body IS NOT NULL AS has_body, ${isHeld('r')} AS is_held
        FROM receipts r WHERE r.id > ? ORDER BY r.id LIMIT ${rowsAtOnce}`,
      id,
    )
    return rows.map((row) => ({
      id: Number(row.id),
      at: Date.parse(row.at),
      hasBody: Number(row.has_body) === 1,
      isHeld: Number(row.is_held) === 1,
    }))
  }

  /** Up to which receipt the bodies are forgotten. */
  async function receiptsForgottenTo(): Promise<number> {
    return Number((await reader.forgetting.findUnique({ where: { id: 1 } }))?.receiptsTo ?? 0)
  }

  /** Refusals after an id, the first ones first; which of them still hold what was sent. */
  async function refusalsAfter(id: bigint): Promise<{ id: bigint; at: number; holdsWords: boolean }[]> {
    const rows = await query<{ id: number | bigint; at: string; holds_words: Count }>(
      `SELECT id, ${sql.momentText('at')} AS at, body IS NOT NULL OR ${sql.holdsMessage('error')} AS holds_words
        FROM refusals WHERE id > ? ORDER BY id LIMIT ${rowsAtOnce}`,
      id,
    )
    return rows.map((row) => ({
      id: BigInt(row.id),
      at: Date.parse(row.at),
      holdsWords: Number(row.holds_words) === 1,
    }))
  }

  /** What was sent and refused, after a refusal's id: a few at a time, for they may be large. */
  async function refusedBodiesAfter(id: bigint): Promise<{ id: bigint; body: Buffer }[]> {
    const rows = await reader.refusal.findMany({
      where: { id: { gt: id }, body: { not: null } },
      select: { id: true, body: true },
      orderBy: { id: 'asc' },
      take: 4,
    })
    return rows.map((row) => ({ id: row.id, body: Buffer.from(row.body ?? []) }))
  }

  /** Changes after an id, the first ones first, those of orders on hold apart. */
  async function changesAfter(id: number): Promise<OldChange[]> {
    const rows = await query<{
      id: Count
      at: string
      location_id: string
      order_id: string
      seq: Count
      is_last: Count
    }>(
      `SELECT c.id, ${sql.momentText('c.at')} AS at, c.location_id, c.order_id, c.seq, o.seq = c.seq AND o.left_seq IS NOT NULL AS is_last
        FROM changes c LEFT JOIN orders o ON o.location_id = c.location_id AND o.id = c.order_id
        WHERE c.id > ? AND NOT ${isHeld('c')} ORDER BY c.id LIMIT ${rowsAtOnce}`,
      id,
    )
    return rows.map((row) => ({
      id: Number(row.id),
      at: Date.parse(row.at),
      locationId: row.location_id,
      orderId: row.order_id,
      seq: Number(row.seq),
      isLast: Number(row.is_last) === 1,
    }))
  }

  /** Receipts as `receiptsAfter`, but never the newest, whose id the next one must not take again. */
  async function removableReceiptsAfter(id: number): Promise<{ id: number; at: number }[]> {
    const rows = await query<{ id: Count; at: string }>(
      `SELECT r.id, ${sql.momentText('r.at')} AS at FROM receipts r WHERE r.id > ? AND r.id < (SELECT max(id) FROM receipts)
        AND NOT ${isHeld('r')} ORDER BY r.id LIMIT ${rowsAtOnce}`,
      id,
    )
    return rows.map((row) => ({ id: Number(row.id), at: Date.parse(row.at) }))
  }

  /** What people did, in the order of the table's key, which is not that of time. */
  async function actionsAfter(locationId: string, actionId: string) {
    const rows = await query<{ location_id: string; action_id: string; at: string; is_held: Count }>(
      `SELECT a.location_id, a.action_id, ${sql.momentText('a.at')} AS at, ${isHeld('a')} AS is_held FROM actions a
        WHERE (a.location_id, a.action_id) > (?, ?) ORDER BY a.location_id, a.action_id LIMIT ${rowsAtOnce}`,
      locationId,
      actionId,
    )
    return rows.map((row) => ({
      locationId: row.location_id,
      actionId: row.action_id,
      at: Date.parse(row.at),
      isHeld: Number(row.is_held) === 1,
    }))
  }

  /** What people did at a location, after an action's id, a piece at a time. */
  function actionsOfLocation(locationId: string, after: string) {
    return query<{ action_id: string; order_id: string; screen_id: string; name: string; at: string; answer: string }>(
      `SELECT action_id, order_id, screen_id, name, at, answer FROM actions
        WHERE location_id = ? AND action_id > ? ORDER BY action_id LIMIT ${rowsAtOnce}`,
      locationId,
      after,
    )
  }

  return {
    dueOrders,
    wordsAfterEnd,
    firstIdFrom,
    firstIdAfter,
    piece,
    receiptsAfter,
    receiptsForgottenTo,
    refusalsAfter,
    refusedBodiesAfter,
    changesAfter,
    removableReceiptsAfter,
    actionsAfter,
    actionsOfLocation,
  }
}
