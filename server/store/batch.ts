/**
 * One batch of the writer as one transaction: a constant number of statements, however many updates it holds.
 * Lock the locations in the order of their ids (a write that changes nothing) → read the orders → let each job decide
 * in order of receipt, folding in memory → one row per order, one per change, receipts → heads → commit.
 */
import { checksumAfter } from '#domain/checksum.ts'
import type { Moment } from '#domain/decide.ts'
import { laneOf } from '#domain/lane.ts'
import type { Order } from '#domain/order.ts'
import { nextSweepAt } from '#domain/sweep.ts'
import type { Prisma } from '#prisma/generated/sqlite/client.ts'
import { factsOf, type OrderRow, orderColumns, orderOf } from './order-rows.ts'

export type ChangedBy = 'stream' | 'staff' | 'time'

/** What a job decides about an order. */
export type Step =
  | { kind: 'changed'; order: Order; by: ChangedBy; facts: Record<string, unknown> }
  | { kind: 'unchanged' }

export type ReceiptRow = {
  at: number
  credentialId: string
  type: string
  locationId: string | null
  orderId: string | null
  outcome: string
  seq: number | null
  body: string
}

export type ActionRow = {
  locationId: string
  actionId: string
  orderId: string
  screenId: string
  name: string
  at: number
  answer: string
}

export type RefusalRow = { at: number; credentialId: string; code: string; error: string; body: Buffer }

/** What a job sees of the order that it is about, inside the transaction. */
export type View = {
  order: Order | null
  /** The moment of the change, should there be one. */
  moment: Moment
  /** The answer that this action had before, or null. */
  earlierAnswer: string | null
}

/** What a job leaves behind, besides the order. */
export type Outcome<Answer> = {
  step: Step
  receipt?: ReceiptRow
  action?: ActionRow
  answer: Answer
}

/** Work on one order, or, with `about` null, a row that concerns none. */
export type Job<Answer> = {
  about: { locationId: string; orderId: string; actionId?: string } | null
  at: number
  /** Bytes that it will write, for the batch's limit. */
  bytes: number
  /** A webhook was heard: the location's last word from Stream. */
  isWebhook: boolean
  refusal?: RefusalRow
  decide: (view: View) => Outcome<Answer>
}

/** A committed step of an order. */
export type CommittedChange = { locationId: string; seq: number; order: Order; at: number }

export type BatchResult = { answers: unknown[]; changes: CommittedChange[]; heads: Map<string, number> }

type LocationState = { head: number; checksum: number; prepTimeMinutes: number | null; lastWebhookAt: number | null }

type Transaction = Prisma.TransactionClient

/** Ids may hold any character: the length keeps two pairs from running into each other. */
const keyOf = (locationId: string, orderId: string) => `${locationId.length} ${locationId}${orderId}`
const iso = (at: number) => new Date(at).toISOString()

/**
 * Runs the jobs in one transaction.
 * @param newLocationTimeZone of locations that are heard of for the first time
 * @returns the answers in the order of the jobs; nothing is true before the transaction is committed
 */
export async function runBatch(
  transaction: Transaction,
  jobs: readonly Job<unknown>[],
  newLocationTimeZone: string,
): Promise<BatchResult> {
  const locations = await lockLocations(transaction, jobs, newLocationTimeZone)
  const orders = await readOrders(transaction, jobs)
  const before = new Map(orders)
  const earlierAnswers = await readActions(transaction, jobs)
  const result: BatchResult = { answers: [], changes: [], heads: new Map() }
  const receipts: ReceiptRow[] = []
  const actions: ActionRow[] = []
  const refusals: RefusalRow[] = []
  const changeRows: unknown[] = []

  for (const job of jobs) {
    const { about } = job
    const location = about ? locations.get(about.locationId) : undefined
    const key = about ? keyOf(about.locationId, about.orderId) : ''
    const order = orders.get(key) ?? null
    const outcome = job.decide({
      order,
      moment: { at: job.at, seq: (location?.head ?? 0) + 1, prepTimeMinutes: location?.prepTimeMinutes ?? null },
      earlierAnswer: about?.actionId ? (earlierAnswers.get(keyOf(about.locationId, about.actionId)) ?? null) : null,
    })
    if (location && job.isWebhook) location.lastWebhookAt = job.at
    if (location && about && outcome.step.kind === 'changed') {
      const { order: changed, by, facts } = outcome.step
      location.head = changed.seq
      location.checksum = checksumAfter(location.checksum, placeOf(order), placeOf(changed) ?? never())
      orders.set(key, changed)
      result.heads.set(about.locationId, changed.seq)
      result.changes.push({ locationId: about.locationId, seq: changed.seq, order: changed, at: job.at })
      const told = { ...facts, lane: laneOf(changed) }
      changeRows.push([about.locationId, changed.seq, about.orderId, iso(job.at), by, told])
    }
    if (outcome.receipt) receipts.push(outcome.receipt)
    if (outcome.action) {
      actions.push(outcome.action)
      earlierAnswers.set(keyOf(outcome.action.locationId, outcome.action.actionId), outcome.action.answer)
    }
    if (job.refusal) refusals.push(job.refusal)
    result.answers.push(outcome.answer)
  }

  await writeOrders(transaction, before, orders)
  await insertAll(transaction, 'changes (location_id, seq, order_id, at, "by", facts)', '>>>>>-', changeRows)
  await insertAll(
    transaction,
    'receipts (at, credential_id, type, location_id, order_id, outcome, seq, body)',
    '>>>>>>>>',
    receipts.map((one) => [
      iso(one.at),
      one.credentialId,
      one.type,
      one.locationId,
      one.orderId,
      one.outcome,
      one.seq,
      one.body,
    ]),
  )
  await insertAll(
    transaction,
    'actions (location_id, action_id, order_id, screen_id, name, at, answer)',
    '>>>>>>>',
    actions.map((one) => [one.locationId, one.actionId, one.orderId, one.screenId, one.name, iso(one.at), one.answer]),
  )
  if (refusals.length > 0) {
    await transaction.refusal.createMany({
      data: refusals.map((one) => ({ ...one, at: new Date(one.at), body: new Uint8Array(one.body) })),
    })
  }
  await writeLocations(transaction, locations)
  return result
}

function never(): never {
  throw new Error('an order has no place')
}

const placeOf = (order: Order | null) => order && { id: order.id, seq: order.seq, onBoard: order.leftBoard === null }

/** The first statement writes, so that the transaction holds the lock before it reads. */
async function lockLocations(
  transaction: Transaction,
  jobs: readonly Job<unknown>[],
  timeZone: string,
): Promise<Map<string, LocationState>> {
  const at = new Map<string, number>()
  for (const { about, at: heardAt } of jobs) if (about && !at.has(about.locationId)) at.set(about.locationId, heardAt)
  if (at.size === 0) return new Map()
  const rows = [...at].sort(([one], [other]) => (one < other ? -1 : 1)).map(([id, heardAt]) => [id, iso(heardAt)])
  const locked = await transaction.$queryRawUnsafe<
    { id: string; head: bigint; checksum: bigint; prep_time_minutes: bigint | null }[]
  >(
    `INSERT INTO locations (id, time_zone, created_at)
      SELECT value ->> 0, ?, value ->> 1 FROM json_each(?) WHERE true
      ON CONFLICT (id) DO UPDATE SET head = head
      RETURNING id, head, checksum, prep_time_minutes`,
    timeZone,
    JSON.stringify(rows),
  )
  return new Map(
    locked.map((row) => [
      row.id,
      {
        head: Number(row.head),
        checksum: Number(row.checksum),
        prepTimeMinutes: row.prep_time_minutes === null ? null : Number(row.prep_time_minutes),
        lastWebhookAt: null,
      },
    ]),
  )
}

async function readOrders(transaction: Transaction, jobs: readonly Job<unknown>[]): Promise<Map<string, Order>> {
  const wanted = new Map<string, [string, string]>()
  for (const { about } of jobs) {
    if (about) wanted.set(keyOf(about.locationId, about.orderId), [about.locationId, about.orderId])
  }
  if (wanted.size === 0) return new Map()
  const rows = await transaction.$queryRawUnsafe<OrderRow[]>(
    `SELECT ${orderColumns} FROM json_each(?) AS wanted
      JOIN orders o ON o.location_id = wanted.value ->> 0 AND o.id = wanted.value ->> 1`,
    JSON.stringify([...wanted.values()]),
  )
  return new Map(rows.map((row) => [keyOf(row.location_id, row.id), orderOf(row)]))
}

async function readActions(transaction: Transaction, jobs: readonly Job<unknown>[]): Promise<Map<string, string>> {
  const wanted = jobs.flatMap(({ about }) => (about?.actionId ? [[about.locationId, about.actionId]] : []))
  if (wanted.length === 0) return new Map()
  const rows = await transaction.$queryRawUnsafe<{ location_id: string; action_id: string; answer: string }[]>(
    `SELECT a.location_id, a.action_id, a.answer FROM json_each(?) AS wanted
      JOIN actions a ON a.location_id = wanted.value ->> 0 AND a.action_id = wanted.value ->> 1`,
    JSON.stringify(wanted),
  )
  return new Map(rows.map((row) => [keyOf(row.location_id, row.action_id), row.answer]))
}

/** One row per order, however often it changed in this batch; people's rows only where people changed. */
async function writeOrders(
  transaction: Transaction,
  before: ReadonlyMap<string, Order>,
  after: ReadonlyMap<string, Order>,
): Promise<void> {
  const orders: unknown[] = []
  const assignments: unknown[] = []
  const customers: unknown[] = []
  const amended: unknown[] = []
  for (const [key, order] of after) {
    const earlier = before.get(key)
    if (earlier === order) continue
    const sweepAt = nextSweepAt(order)
    orders.push([
      order.locationId,
      order.id,
      order.seq,
      order.leftBoard === null ? 1 : 0,
      iso(order.firstSeenAt),
      sweepAt === null ? null : iso(sweepAt),
      factsOf(order),
    ])
    for (const { id, said } of order.assignments) {
      if (earlier?.assignments.find((one) => one.id === id)?.said === said || Object.keys(said).length === 0) continue
      assignments.push([order.locationId, order.id, id, said])
    }
    if (earlier?.customers !== order.customers) {
      if (earlier && earlier.customers.length > 0) amended.push([order.locationId, order.id])
      order.customers.forEach((one, position) => {
        customers.push([order.locationId, order.id, one.id, position, one.name, one.phone])
      })
    }
  }
  await insertAll(
    transaction,
    'orders (location_id, id, seq, on_board, first_seen_at, sweep_at, facts)',
    '>>>>>>-',
    orders,
    `ON CONFLICT (location_id, id) DO UPDATE SET
      seq = excluded.seq, on_board = excluded.on_board, sweep_at = excluded.sweep_at, facts = excluded.facts`,
  )
  await insertAll(
    transaction,
    'assignments (location_id, order_id, number, said)',
    '>>>-',
    assignments,
    'ON CONFLICT (location_id, order_id, number) DO UPDATE SET said = excluded.said',
  )
  if (amended.length > 0) {
    await transaction.$executeRawUnsafe(
      `DELETE FROM customers WHERE (location_id, order_id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))`,
      JSON.stringify(amended),
    )
  }
  await insertAll(transaction, 'customers (location_id, order_id, id, position, name, phone)', '>>>>>>', customers)
}

async function writeLocations(transaction: Transaction, locations: ReadonlyMap<string, LocationState>): Promise<void> {
  const rows = [...locations].map(([id, one]) => [
    id,
    one.head,
    one.checksum,
    one.lastWebhookAt === null ? null : iso(one.lastWebhookAt),
  ])
  if (rows.length === 0) return
  await transaction.$executeRawUnsafe(
    `UPDATE locations SET head = said.value ->> 1, checksum = said.value ->> 2,
      last_webhook_at = coalesce(said.value ->> 3, last_webhook_at)
      FROM json_each(?) AS said WHERE locations.id = said.value ->> 0`,
    JSON.stringify(rows),
  )
}

/**
 * Inserts rows, given as arrays in the order of the columns, with one statement.
 * @param columns a sign per column: `>` a value, `-` JSON, which is kept as JSON without being quoted on its way
 */
async function insertAll(
  transaction: Transaction,
  into: string,
  columns: string,
  rows: readonly unknown[],
  onConflict = '',
): Promise<void> {
  if (rows.length === 0) return
  const values = Array.from(columns, (sign, index) => `value ${sign === '-' ? '->' : '->>'} ${index}`).join(', ')
  await transaction.$executeRawUnsafe(
    `INSERT INTO ${into} SELECT ${values} FROM json_each(?) WHERE true ${onConflict}`,
    JSON.stringify(rows),
  )
}
