/**
 * One batch of the writer as one transaction: a constant number of statements, however many updates it holds.
 * Lock the locations in the order of their ids (a write that changes nothing) → read the orders → let each job decide
 * in order of receipt, folding in memory → one row per order, one per change, receipts → heads → commit.
 */
import { checksumAfter } from '#domain/checksum.ts'
import type { Moment } from '#domain/decide.ts'
import { laneOf } from '#domain/lane.ts'
import type { Order } from '#domain/order.ts'
import type { Prisma } from '#prisma/generated/sqlite/client.ts'
import { addOrder, type BatchRows, noRows, timeText, writeRows } from './batch-rows.ts'
import { type OrderRow, orderColumns, orderOf } from './order-rows.ts'
import type { RecentOrders } from './recent-orders.ts'

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

export type BatchResult = {
  answers: unknown[]
  changes: CommittedChange[]
  heads: Map<string, number>
  /** The orders that changed, by key, as they are then. */
  orders: Map<string, Order>
}

type LocationState = { head: number; checksum: number; prepTimeMinutes: number | null; lastWebhookAt: number | null }

type Transaction = Prisma.TransactionClient

/** Ids may hold any character: the length keeps two pairs from running into each other. */
const keyOf = (locationId: string, orderId: string) => `${locationId.length} ${locationId}${orderId}`

/**
 * Runs the jobs in one transaction.
 * @param recent orders that need not be read; the caller keeps in it what was committed (`orders` of the result)
 * @param newLocationTimeZone of locations that are heard of for the first time
 * @returns the answers in the order of the jobs; nothing is true before the transaction is committed
 */
export async function runBatch(
  transaction: Transaction,
  jobs: readonly Job<unknown>[],
  recent: RecentOrders,
  newLocationTimeZone: string,
): Promise<BatchResult> {
  const locations = await lockLocations(transaction, jobs, newLocationTimeZone)
  const stored = await readOrders(transaction, jobs, recent)
  const earlierAnswers = await readActions(transaction, jobs)
  const orders = new Map(stored)
  const rows = noRows()
  const refusals: RefusalRow[] = []
  const result: BatchResult = { answers: [], changes: [], heads: new Map(), orders: new Map() }

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
      location.checksum = checksumAfter(location.checksum, order && placeOf(order), placeOf(changed))
      orders.set(key, changed)
      result.orders.set(key, changed)
      result.heads.set(about.locationId, changed.seq)
      result.changes.push({ locationId: about.locationId, seq: changed.seq, order: changed, at: job.at })
      const told = JSON.stringify({ ...facts, lane: laneOf(changed) })
      rows.changes.push([about.locationId, about.orderId, changed.seq, timeText(job.at), by, told])
    }
    if (outcome.receipt) addReceipt(rows, outcome.receipt)
    if (outcome.action) {
      addAction(rows, outcome.action)
      earlierAnswers.set(keyOf(outcome.action.locationId, outcome.action.actionId), outcome.action.answer)
    }
    if (job.refusal) refusals.push(job.refusal)
    result.answers.push(outcome.answer)
  }

  for (const [key, order] of result.orders) addOrder(rows, order, stored.get(key) ?? null)
  for (const [id, { head, checksum, lastWebhookAt }] of locations) {
    rows.locations.push([head, checksum, lastWebhookAt === null ? null : timeText(lastWebhookAt), id])
  }
  await writeRows(transaction, rows)
  if (refusals.length > 0) {
    await transaction.refusal.createMany({
      data: refusals.map((one) => ({ ...one, at: new Date(one.at), body: new Uint8Array(one.body) })),
    })
  }
  return result
}

function addReceipt(rows: BatchRows, one: ReceiptRow): void {
  const { credentialId, type, locationId, orderId, outcome, seq, body } = one
  rows.receipts.push([timeText(one.at), credentialId, type, locationId, orderId, outcome, seq, body])
}

function addAction(rows: BatchRows, one: ActionRow): void {
  const { locationId, actionId, orderId, screenId, name, answer } = one
  rows.actions.push([locationId, actionId, orderId, screenId, name, timeText(one.at), answer])
}

const placeOf = (order: Order) => ({ id: order.id, seq: order.seq, onBoard: order.leftBoard === null })

/** The first statement writes, so that the transaction holds the lock before it reads. */
async function lockLocations(
  transaction: Transaction,
  jobs: readonly Job<unknown>[],
  timeZone: string,
): Promise<Map<string, LocationState>> {
  const at = new Map<string, number>()
  for (const { about, at: heardAt } of jobs) if (about && !at.has(about.locationId)) at.set(about.locationId, heardAt)
  if (at.size === 0) return new Map()
  const rows = [...at].sort(([one], [other]) => (one < other ? -1 : 1)).map(([id, heardAt]) => [id, timeText(heardAt)])
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

async function readOrders(
  transaction: Transaction,
  jobs: readonly Job<unknown>[],
  recent: RecentOrders,
): Promise<Map<string, Order>> {
  const orders = new Map<string, Order>()
  const unknown = new Map<string, [string, string]>()
  for (const { about } of jobs) {
    if (!about) continue
    const key = keyOf(about.locationId, about.orderId)
    const known = recent.get(key)
    if (known) orders.set(key, known)
    else unknown.set(key, [about.locationId, about.orderId])
  }
  if (unknown.size === 0) return orders
  const rows = await transaction.$queryRawUnsafe<OrderRow[]>(
    `SELECT ${orderColumns} FROM json_each(?) AS wanted
      JOIN orders o ON o.location_id = wanted.value ->> 0 AND o.id = wanted.value ->> 1`,
    JSON.stringify([...unknown.values()]),
  )
  for (const row of rows) orders.set(keyOf(row.location_id, row.id), orderOf(row))
  return orders
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
