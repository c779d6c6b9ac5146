/**
 * Whose turn an update speaks of: the current driver's, an earlier one's, or a new one's.
 * Source of the rules: a passcode or plate of somebody else must never be shown, so doubt is another driver.
 */
import { compareDrivers, type DriverDetails, knownDetails, namesSomeone } from './driver.ts'
import type { Assignment, Order, ProblemKind } from './order.ts'
import { currentAssignment, isDriverKnown, isGone, orderWith } from './order.ts'
import { close } from './problem.ts'
import { progressOf } from './progress.ts'
import type { DeliveryWord } from './stream-words.ts'

export type Turn =
  | { kind: 'current' }
  | { kind: 'new' }
  /** An earlier driver is further than they had got: they are back. */
  | { kind: 'back'; assignment: Assignment }
  /** An old word about an earlier driver. */
  | { kind: 'earlier'; assignment: Assignment }
  /** Somebody's who can no longer come: the food has left, or the order has ended. */
  | { kind: 'stale' }

export type Said = {
  details: DriverDetails | undefined
  delivery: DeliveryWord
  /** "Out for delivery", and not a word of the courier. */
  leavesUntracked: boolean
  /** The status beside it says that the order is over: nobody tries again. */
  isOver: boolean
}

/** After a failure, a return or a failed collection the platform may try again with a new turn. */
function mayTryAgain(order: Order): boolean {
  return order.end === 'failed' || order.end === 'returned' || currentAssignment(order).failedToCollect
}

/** A failure or a return was heard: the food that left is not with a driver who will deliver it. */
export function isFailureHeard(order: Order): boolean {
  return mayTryAgain(order) || currentAssignment(order).reached >= progressOf.enroute_to_return
}

export function whoseTurn(order: Order, said: Said): Turn {
  const current = currentAssignment(order)
  const { details, delivery, leavesUntracked } = said
  const progress = delivery.progress ?? 0
  const isOver = order.end === 'completed' || order.end === 'cancelled'
  if (delivery.unassigned === 'pending' && !said.isOver && mayTryAgain(order)) return { kind: 'new' }

  if (details && compareDrivers(knownDetails(current.said), details) === 'another') {
    const isFirstTry = !isFailureHeard(order) || said.isOver
    const comesTooLate = isGone(order) && isFirstTry && progress < progressOf.enroute_to_dropoff
    const mayCome = !isOver && !comesTooLate && (order.end === null || !said.isOver)
    const earlier = order.assignments
      .slice(0, -1)
      .findLast((assignment) => compareDrivers(knownDetails(assignment.said), details) === 'identified')
    if (earlier) return { kind: mayCome && progress > earlier.reached ? 'back' : 'earlier', assignment: earlier }
    return { kind: mayCome ? 'new' : 'stale' }
  }

  if (!current.released || isOver || delivery.unassigned !== undefined) return { kind: 'current' }
  const isNamed = details !== undefined && namesSomeone(details)
  // Named, it is the released driver again (or the first, where there was none); unnamed, it could be anybody.
  if (isNamed) return { kind: isDriverKnown(current) ? 'current' : 'new' }
  // But after the end, and on the way back, it is the one with the food.
  const isReturning = Math.min(progress, current.reached) >= progressOf.enroute_to_return
  if (order.end !== null || isReturning) return { kind: 'current' }
  const movesOn = progress > 0 || details !== undefined || (leavesUntracked && current.reached === 0)
  return { kind: movesOn ? 'new' : 'current' }
}

/**
 * The order with `assignment` as its current turn. What the earlier driver was told stays with the earlier driver.
 * @param isBeforePickup whether the turn begins before its driver has the food
 */
export function startTurn(order: Order, assignment: Assignment, isBeforePickup: boolean, at: number): Order {
  const others = order.assignments.filter((one) => one.id !== assignment.id)
  let next = orderWith(order, { assignments: [...others, assignment] })
  if (order.end !== null) next = orderWith(next, { end: null, endedAt: null, status: null, deliveryStatus: null })
  if (isGone(order) && isBeforePickup) next = orderWith(next, { streamReady: false, staffKitchen: null, readyAt: null })
  const closed: ProblemKind[] = assignment.handedOver ? ['failed', 'given_to_other'] : ['failed']
  return close(next, closed, at)
}
