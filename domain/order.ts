/**
 * An order as the restaurant must know it, and the facts that everything else is derived from.
 *
 * Raw statuses are kept for display and history only: what staff must do is read from `kitchen`,
 * `assignments`, `gone`, `problems` and `end`. Times are epoch milliseconds.
 */
import type { SaidByProgress } from './driver.ts'
import { knownDetails } from './driver.ts'
import type { Customer, Item } from './order-update.ts'
import { progressOf } from './progress.ts'

export type ProblemKind =
  | 'cancelled'
  | 'failed'
  | 'no_driver'
  | 'not_collected'
  | 'driver_left'
  | 'given_to_other'
  | 'coming_back'
  | 'back'

export type Problem = {
  kind: ProblemKind
  /** Of the change that raised it; one change raises at most one problem. */
  seq: number
  at: number
  /** The driver's turn in which it arose. */
  assignment: number
  seen: null | { at: number; by: string; answer: string }
}

export type End = 'completed' | 'cancelled' | 'failed' | 'returned'

export type HandOver = { at: number; by: string; verified: 'passcode' | 'by_eye'; foundBy: string | null }

/** One driver's turn. */
export type Assignment = {
  /** 1, 2, 3 … in the order in which the turns were first heard of. */
  id: number
  /** The furthest progress heard, 0–8 (progress.ts). */
  reached: number
  /** "Out for delivery" was said without any tracking of this turn. */
  leftUntracked: boolean
  released: boolean
  /** The driver was heard to have failed to collect: the next word may start a new turn. */
  failedToCollect: boolean
  /** The seq at which this turn became, or stopped being, somebody's: a hand-over must not be older. */
  changedSeq: number
  /** Staff saw the driver, or the guest, themselves. */
  here: null | { at: number; by: string; note: string | null }
  handedOver: HandOver | null
  assignedAt: number | null
  arrivedAt: number | null
  pickedUpAt: number | null
  passcodeChangedAt: number | null
  /** The food has been gone for so long that screens need the passcode no more. */
  passcodeDropped: boolean
  /** Personal data: what was said of the driver. */
  said: SaidByProgress
}

export type LeftBoard = 'done' | 'never_confirmed' | 'closed_by_time' | 'yesterday'

export type Order = {
  locationId: string
  id: string
  /** Of its last change, in its location's sequence. */
  seq: number
  number: string | null
  source: string | null
  brand: string | null
  fulfillmentType: string | null
  note: string | null
  items: Item[]
  /** Personal data. */
  customers: Customer[]
  requestedFor: number | null
  /** What we answered Stream when the order was created, in minutes. */
  prepTimeMinutes: number | null
  status: string | null
  deliveryStatus: string | null
  /** Stream's word; it only rises. */
  streamReady: boolean
  /** Staff's word; it beats Stream's. */
  staffKitchen: null | 'ready' | 'not_ready'
  /** A driver or a delivery status was ever heard. */
  courierHeard: boolean
  /** Never empty; the last is current. */
  assignments: Assignment[]
  problems: Problem[]
  end: End | null
  firstSeenAt: number
  readyAt: number | null
  endedAt: number | null
  /** When Stream last told us something new. */
  heardAt: number
  /** Since when it is in its lane. */
  laneSince: number
  leftBoard: null | { at: number; why: LeftBoard }
  /** When its people were forgotten (forget.ts); null while they are known. */
  erasedAt: number | null
  /** Its people were, or are, kept until then, whatever else is due: there is a dispute. */
  heldUntil: number | null
}

/** A driver's turn of which nothing is known yet. */
export function newAssignment(id: number, changedSeq: number): Assignment {
  return {
    id,
    reached: 0,
    leftUntracked: false,
    released: false,
    failedToCollect: false,
    changedSeq,
    here: null,
    handedOver: null,
    assignedAt: null,
    arrivedAt: null,
    pickedUpAt: null,
    passcodeChangedAt: null,
    passcodeDropped: false,
    said: {},
  }
}

/** An order of which nothing but its name is known. `at` in epoch milliseconds. */
export function newOrder(locationId: string, id: string, at: number, seq: number): Order {
  return {
    locationId,
    id,
    seq: 0,
    number: null,
    source: null,
    brand: null,
    fulfillmentType: null,
    note: null,
    items: [],
    customers: [],
    requestedFor: null,
    prepTimeMinutes: null,
    status: null,
    deliveryStatus: null,
    streamReady: false,
    staffKitchen: null,
    courierHeard: false,
    assignments: [newAssignment(1, seq)],
    problems: [],
    end: null,
    firstSeenAt: at,
    readyAt: null,
    endedAt: null,
    heardAt: at,
    laneSince: at,
    leftBoard: null,
    erasedAt: null,
    heldUntil: null,
  }
}

/**
 * The order with these changes. A copy names every field, so that V8 keeps all orders in one form: of `{ ...order }`,
 * written in many places, each makes a form of its own, and takes ten times as long (V8 11, Node 20).
 */
export function orderWith(order: Order, changes: Partial<Order>): Order {
  const copy: Order = {
    locationId: order.locationId,
    id: order.id,
    seq: order.seq,
    number: order.number,
    source: order.source,
    brand: order.brand,
    fulfillmentType: order.fulfillmentType,
    note: order.note,
    items: order.items,
    customers: order.customers,
    requestedFor: order.requestedFor,
    prepTimeMinutes: order.prepTimeMinutes,
    status: order.status,
    deliveryStatus: order.deliveryStatus,
    streamReady: order.streamReady,
    staffKitchen: order.staffKitchen,
    courierHeard: order.courierHeard,
    assignments: order.assignments,
    problems: order.problems,
    end: order.end,
    firstSeenAt: order.firstSeenAt,
    readyAt: order.readyAt,
    endedAt: order.endedAt,
    heardAt: order.heardAt,
    laneSince: order.laneSince,
    leftBoard: order.leftBoard,
    erasedAt: order.erasedAt,
    heldUntil: order.heldUntil,
  }
  return Object.assign(copy, changes)
}

/** The same of a driver's turn. */
export function assignmentWith(assignment: Assignment, changes: Partial<Assignment>): Assignment {
  const copy: Assignment = {
    id: assignment.id,
    reached: assignment.reached,
    leftUntracked: assignment.leftUntracked,
    released: assignment.released,
    failedToCollect: assignment.failedToCollect,
    changedSeq: assignment.changedSeq,
    here: assignment.here,
    handedOver: assignment.handedOver,
    assignedAt: assignment.assignedAt,
    arrivedAt: assignment.arrivedAt,
    pickedUpAt: assignment.pickedUpAt,
    passcodeChangedAt: assignment.passcodeChangedAt,
    passcodeDropped: assignment.passcodeDropped,
    said: assignment.said,
  }
  return Object.assign(copy, changes)
}

export function currentAssignment(order: Order): Assignment {
  const current = order.assignments.at(-1)
  if (!current) throw new Error(`order ${order.id} has no assignment`)
  return current
}

/** The order with its current assignment changed; the same object when nothing differs. */
export function withCurrent(order: Order, changes: Partial<Assignment>): Order {
  const current = currentAssignment(order)
  const keys = Object.keys(changes) as (keyof Assignment)[]
  if (keys.every((key) => changes[key] === current[key])) return order
  return orderWith(order, { assignments: [...order.assignments.slice(0, -1), assignmentWith(current, changes)] })
}

export function kitchenOf(order: Order): 'preparing' | 'ready' {
  const ready = order.staffKitchen === null ? order.streamReady : order.staffKitchen === 'ready'
  return ready ? 'ready' : 'preparing'
}

/** The food has left the restaurant: the courier's own tracking says so, or the status does where there is no tracking. */
export function isGone(order: Order): boolean {
  const { reached, leftUntracked } = currentAssignment(order)
  return reached >= progressOf.enroute_to_dropoff || (leftUntracked && reached < progressOf.enroute_to_pickup)
}

/** Nothing is here any more to make, keep or hand over: the food has left, or staff gave it away. */
export function isOutOfHands(order: Order): boolean {
  return isGone(order) || currentAssignment(order).handedOver !== null
}

/** The current driver is known to have come to the restaurant, or staff saw them. */
export function isHere(order: Order): boolean {
  const { reached, released, here } = currentAssignment(order)
  return (reached >= progressOf.arrived_at_pickup && !released) || here !== null
}

/** Anything was ever heard of a driver in this turn: details, or a step of the way. */
export function isDriverKnown(assignment: Assignment): boolean {
  return assignment.reached > 0 || Object.keys(knownDetails(assignment.said)).length > 0
}

export type Taker = 'courier' | 'own_driver' | 'guest' | 'unknown'

const guestTypes = new Set(['pickup', 'curbside', 'drive_thru', 'dine_in'])

/** Who takes the order away. */
export function takerOf(order: Order): Taker {
  if (order.courierHeard || order.fulfillmentType === 'delivery') return 'courier'
  if (order.fulfillmentType === 'merchant_managed_delivery') return 'own_driver'
  return order.fulfillmentType !== null && guestTypes.has(order.fulfillmentType) ? 'guest' : 'unknown'
}

export function openProblems(order: Order): Problem[] {
  return order.problems.filter((problem) => problem.seen === null)
}

/** When the order is due, or null when nobody promised anything. Epoch milliseconds. */
export function dueAt(order: Order): number | null {
  if (order.requestedFor !== null) return order.requestedFor
  return order.prepTimeMinutes === null ? null : order.firstSeenAt + order.prepTimeMinutes * 60_000
}
