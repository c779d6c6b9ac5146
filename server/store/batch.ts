/**
 * What one batch decides: each job in order of receipt, folding in memory, on orders that were read once.
 * Pure: what is read and written is data (found.ts, batch-rows.ts).
 */
import { checksumAfter } from '#domain/checksum.ts'
import type { Moment } from '#domain/decide.ts'
import { doneSince } from '#domain/forget.ts'
import { iso } from '#domain/iso-time.ts'
import { laneOf } from '#domain/lane.ts'
import type { Order } from '#domain/order.ts'
import { addOrder, type BatchRows, noRows, type PastTable } from './batch-rows.ts'
import type { SecretUse } from './credentials.ts'
import type { Found, Wanted } from './found.ts'
import type { LastCommitted, LocationState } from './last-committed.ts'

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
  /** Null when its words may not be kept: its order's people are forgotten. */
  body: string | null
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

export type RefusalRow = {
  at: number
  credentialId: string
  requestId: string
  code: string
  error: string
  body: Buffer | null
}

/** What all refusals that are kept may take together. */
const maximumRefusalBytes = 64 * 1024 * 1024

/** What one takes besides its body. */
const refusalBytes = 500

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
  /** Since when its people may be kept, as far as is known now: it is looked at again by that. */
  keptSince?: number
  answer: Answer
}

export type Past = Partial<Pick<BatchRows, PastTable>>

/** Work on one order, or, with `about` null, a row that concerns none. */
export type Job<Answer> = {
  about: { locationId: string; orderId: string; actionId?: string } | null
  at: number
  /** Bytes that it will write, for the batch's limit. */
  bytes: number
  /** A webhook was heard: the location's last word from Stream. */
  isWebhook: boolean
  refusal?: RefusalRow
  /** Notes that this Passline is alive and stores. */
  isPresence?: true
  /** When secrets of credentials were used last. */
  uses?: readonly SecretUse[]
  /** Rows of the past to blank or to remove. */
  past?: Past
  decide: (view: View) => Outcome<Answer>
}

/** A committed step of an order. */
export type CommittedChange = { locationId: string; seq: number; order: Order; at: number }

export type Decided = {
  rows: BatchRows
  /** In the order of the jobs; nothing of all this is true before the rows are committed. */
  answers: unknown[]
  changes: CommittedChange[]
  /** As they are then: the locations of the batch by id, the orders that changed by key, and the answers to actions. */
  locations: Map<string, LocationState>
  orders: Map<string, Order>
  actions: Map<string, string>
}

/** What is known before a batch is decided, and what must be read for that. */
export type Before = Pick<Decided, 'locations' | 'orders' | 'actions'> & { wanted: Wanted }

/** Of an order, or of an action. Ids may hold any character: the length keeps two pairs from running into each other. */
export const keyOf = (locationId: string, id: string) => `${locationId.length} ${locationId}${id}`

/**
 * What the jobs must know before they can decide. What is known is taken down, for it may be dropped before they do.
 * @param ahead what the batch before this one decided, while it is being committed
 * @param newLocationTimeZone of locations that are heard of for the first time
 * @param awaited the location that is waited for, for a while, when another server is writing to it
 */
export function lookUp(
  jobs: readonly Job<unknown>[],
  known: LastCommitted,
  ahead: Decided | null,
  newLocationTimeZone: string,
  awaited: string | null,
): Before {
  const before = { locations: new Map(), orders: new Map(), actions: new Map() }
  const locations = new Map<string, number>()
  const orders = new Map<string, [string, string]>()
  const actions = new Map<string, [string, string]>()
  for (const { about, at } of jobs) {
    if (!about) continue
    const { locationId, orderId, actionId } = about
    const location = ahead?.locations.get(locationId) ?? known.location(locationId)
    if (location) before.locations.set(locationId, location)
    else if (!locations.has(locationId)) locations.set(locationId, at)
    const key = keyOf(locationId, orderId)
    const order = ahead?.orders.get(key) ?? known.order(key)
    if (order) before.orders.set(key, order)
    else orders.set(key, [locationId, orderId])
    if (actionId === undefined) continue
    const actionKey = keyOf(locationId, actionId)
    const answer = ahead?.actions.get(actionKey)
    if (answer !== undefined) before.actions.set(actionKey, answer)
    else actions.set(actionKey, [locationId, actionId])
  }
  const wanted = {
    locations: [...locations],
    awaited,
    newLocationTimeZone,
    orders: [...orders.values()],
    actions: [...actions.values()],
  }
  return { ...before, wanted }
}

/**
 * Lets each job decide, in order of receipt, on what the one before it left.
 * @param jobs none of a location that is passed over
 */
export function decideAll(jobs: readonly Job<unknown>[], found: Found, before: Before): Decided {
  const stored = new Map(before.orders)
  for (const order of found.orders) stored.set(keyOf(order.locationId, order.id), order)
  const earlierAnswers = new Map(before.actions)
  for (const one of found.actions) earlierAnswers.set(keyOf(one.location_id, one.action_id), one.answer)
  const rows = noRows()
  const locations = openLocations(found, before, rows)
  const orders = new Map<string, Order>()
  const actions = new Map<string, string>()
  const decided: Decided = { rows, answers: [], changes: [], locations: new Map(), orders, actions }

  for (const job of jobs) {
    const { about } = job
    const location = about ? locations.get(about.locationId) : undefined
    const key = about ? keyOf(about.locationId, about.orderId) : ''
    const order = orders.get(key) ?? stored.get(key) ?? null
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
      decided.changes.push({ locationId: about.locationId, seq: changed.seq, order: changed, at: job.at })
      const told = JSON.stringify({ ...facts, lane: laneOf(changed) })
      rows.changes.push([about.locationId, about.orderId, changed.seq, iso(job.at), by, told])
    }
    if (outcome.receipt) addReceipt(rows, outcome.receipt)
    if (outcome.receipt?.body && order && about && doneSince(order) !== null) {
      rows.wordsAfterEnd.push([about.locationId, about.orderId, iso(job.at)])
    }
    if (outcome.keptSince !== undefined && about) {
      rows.forgetFrom.push([iso(outcome.keptSince), about.locationId, about.orderId])
    }
    if (outcome.action) {
      addAction(rows, outcome.action)
      const actionKey = keyOf(outcome.action.locationId, outcome.action.actionId)
      earlierAnswers.set(actionKey, outcome.action.answer)
      actions.set(actionKey, outcome.action.answer)
    }
    if (job.refusal) addRefusal(rows, job.refusal)
    if (job.isPresence) rows.presence.push([iso(job.at)])
    for (const { secretId, at } of job.uses ?? []) rows.secretUses.push([iso(at), secretId])
    if (job.past) addPast(rows, job.past)
    decided.answers.push(outcome.answer)
  }

  for (const [key, order] of orders) addOrder(rows, order, stored.get(key) ?? null)
  for (const [id, { head, headBefore, checksum, prepTimeMinutes, lastWebhookAt }] of locations) {
    rows.locations.push([head, checksum, lastWebhookAt === null ? null : iso(lastWebhookAt), id, headBefore])
    decided.locations.set(id, { head, checksum, prepTimeMinutes })
  }
  return decided
}

function addPast(rows: BatchRows, past: Past): void {
  for (const table of Object.keys(past) as PastTable[]) for (const row of past[table] ?? []) rows[table].push(row)
}

type OpenLocation = LocationState & { headBefore: number; lastWebhookAt: number | null }

/** The locations of these jobs as they stand before the batch; those that are new are made by it. */
function openLocations(found: Found, { locations, wanted }: Before, rows: BatchRows): Map<string, OpenLocation> {
  const open = new Map<string, OpenLocation>()
  const add = (id: string, { head, checksum, prepTimeMinutes }: LocationState) => {
    open.set(id, { head, headBefore: head, checksum, prepTimeMinutes, lastWebhookAt: null })
  }
  for (const [id, state] of locations) add(id, state)
  for (const one of found.locations) add(one.id, one)
  for (const [id, heardAt] of wanted.locations) {
    if (open.has(id) || found.passedOver.has(id)) continue
    rows.newLocations.push([id, wanted.newLocationTimeZone, iso(heardAt)])
    add(id, { head: 0, checksum: 0, prepTimeMinutes: null })
  }
  return open
}

const placeOf = (order: Order) => ({ id: order.id, seq: order.seq, onBoard: order.leftBoard === null })

function addReceipt(rows: BatchRows, one: ReceiptRow): void {
  const { credentialId, type, locationId, orderId, outcome, seq, body } = one
  rows.receipts.push([iso(one.at), credentialId, type, locationId, orderId, outcome, seq, body])
}

function addAction(rows: BatchRows, one: ActionRow): void {
  const { locationId, actionId, orderId, screenId, name, answer } = one
  rows.actions.push([locationId, actionId, orderId, screenId, name, iso(one.at), answer])
}

function addRefusal(rows: BatchRows, one: RefusalRow): void {
  const { at, credentialId, requestId, code, error, body } = one
  const bytes = refusalBytes + error.length + (body?.length ?? 0)
  rows.refusals.push([bytes, iso(at), credentialId, requestId, code, error, body])
  if (rows.oldRefusals.length === 0) rows.oldRefusals.push([maximumRefusalBytes])
}
