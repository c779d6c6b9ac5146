/**
 * Forgetting the people of an order. It is a change like any other, made by time or by hand, so that server and screens
 * lose a name together. Facts and times stay.
 */
import { type Decision, decide, type Moment } from './decide.ts'
import { knownDetails } from './driver.ts'
import { laneOf } from './lane.ts'
import { type Assignment, assignmentWith, currentAssignment, type Order, orderWith } from './order.ts'
import type { Item, OrderUpdate } from './order-update.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** A dispute with a platform is over by then. */
export const holdMs = 14 * dayMs

/** An order for later than this is not waited for: nobody's name is kept by a wrong date. */
const furthestDueMs = 31 * dayMs

type Now = Pick<Moment, 'at' | 'seq'>

/** Since when nothing more is to be done, epoch milliseconds; null while something is. */
export function doneSince(order: Order): number | null {
  if (order.end !== null) return order.endedAt ?? order.heardAt
  if (order.leftBoard !== null) return order.leftBoard.at
  return laneOf(order) === 'done' ? order.laneSince : null
}

/** From when its people may be kept no longer than the time of keeping, at the earliest; it only grows. */
export function keptSince(order: Order): number {
  return Math.min(doneSince(order) ?? Number.POSITIVE_INFINITY, order.heardAt)
}

/**
 * When its people are to be forgotten; null when they are. Epoch milliseconds.
 * The time of keeping runs from the end, or from the last word, whichever comes first. What is still to be made or
 * handed over keeps its people for a day at least after the last word, and an order for later until it is due.
 * @param keepMs the time of keeping, milliseconds
 */
export function erasesAt(order: Order, keepMs: number): number | null {
  if (order.erasedAt !== null) return null
  const due = Math.min(order.requestedFor ?? 0, order.firstSeenAt + furthestDueMs)
  const silentAt = Math.max(order.heardAt, due) + Math.max(keepMs, dayMs)
  const done = doneSince(order)
  return Math.max(done === null ? silentAt : Math.min(done + keepMs, silentAt), order.heldUntil ?? 0)
}

/** The order without its people; null when they are forgotten already. */
export function forget(order: Order, { at, seq }: Now): Order | null {
  if (order.erasedAt !== null) return null
  return orderWith(order, {
    seq,
    // The platform is a fact, even where only the driver's details named it.
    source: order.source ?? knownDetails(currentAssignment(order).said).source ?? null,
    note: null,
    items: order.items.map(withoutWords),
    customers: [],
    assignments: order.assignments.map(withoutPerson),
    erasedAt: at,
    heldUntil: null,
  })
}

/** What a guest wrote beside a dish may name somebody, or tell of their health; what the dish is stays. */
function withoutWords(item: Item): Item {
  return { ...item, instructions: null, customerId: null }
}

function withoutPerson(assignment: Assignment): Assignment {
  const { here, handedOver } = assignment
  return assignmentWith(assignment, {
    here: here && { ...here, note: null },
    handedOver: handedOver && { ...handedOver, foundBy: null },
    said: {},
  })
}

/** The order kept with its people until a moment, which may be now: a change, so that it is in the history. */
export function hold(order: Order, until: number, { seq }: Now): Order {
  return orderWith(order, { seq, heldUntil: until })
}

/**
 * Decides on an update as `decide` does, but what is said of an order that was forgotten brings nobody back, unless
 * there is something to do again: then its people are known anew, and forgotten by the same rule.
 * @returns with it whether the words themselves may be kept
 */
export function decideForgetful(
  order: Order | null,
  update: OrderUpdate,
  moment: Moment,
): { decision: Decision; mayKeepWords: boolean } {
  const decision = decide(order, update, moment)
  if (order === null || order.erasedAt === null || decision.order.erasedAt === null) {
    return { decision, mayKeepWords: true }
  }
  return { decision: decide(order, withoutPeople(update), moment), mayKeepWords: false }
}

function withoutPeople(update: OrderUpdate): OrderUpdate {
  switch (update.type) {
    case 'order.updated':
      return { ...update, driver: undefined }
    case 'order.created':
      return { ...update, note: undefined, customers: [], items: update.items.map(withoutWords) }
    case 'order.canceled':
      return update
    default:
      return update satisfies never
  }
}
