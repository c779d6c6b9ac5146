/**
 * What time alone does to an order. Leaving the board is a change like any other,
 * so that server and screens never disagree; `sweep` decides it, and the writer records it.
 */
import { changedAt, type Moment } from './decide.ts'
import { knownDetails } from './driver.ts'
import { laneOf } from './lane.ts'
import type { LeftBoard, Order } from './order.ts'
import { currentAssignment, isOutOfHands, openProblems, orderWith, takerOf, withCurrent } from './order.ts'
import { close } from './problem.ts'

const minuteMs = 60_000

/** How long things last, in milliseconds. Source: staff's work, as the README's table of settings explains. */
export const limitsMs = {
  /** Handed over, picked up or ended: a mistake is seen by now, and the passcode is of no use but to a thief. */
  passcode: minuteMs,
  /** A done order stays to be seen. */
  done: 5 * minuteMs,
  /** A cancelled order that had already left: nothing to do. */
  alreadyLeft: 15 * minuteMs,
  /** On the way, and nothing heard: never confirmed. */
  onTheWay: 240 * minuteMs,
  /** Our own driver; nobody tapped Delivered. */
  ownDriver: 90 * minuteMs,
  /** At the end of the business day, what was heard of within this time stays. */
  stillHeard: 60 * minuteMs,
} as const

/**
 * The order as time changed it, or null when it did not.
 * @param moment the time, and the seq that the change takes if it is one
 * @param dayStartedAt when the location's business day began, epoch milliseconds
 */
export function sweep(order: Order, moment: Pick<Moment, 'at' | 'seq'>, dayStartedAt: number): Order | null {
  if (order.leftBoard !== null) return null
  const quiet = dropPasscode(closeWhatLeft(order, moment.at), moment.at)
  const why = reasonToLeave(quiet, moment.at, dayStartedAt)
  const next = why === null ? quiet : orderWith(quiet, { leftBoard: { at: moment.at, why } })
  return next === order ? null : changedAt(next, order, moment)
}

/** When `sweep` could next find something to do by the clock of this order alone; epoch milliseconds. */
export function nextSweepAt(order: Order): number | null {
  if (order.leftBoard !== null) return null
  const times = [leavesAt(order), passcodeDropsAt(order)].filter((at) => at !== null)
  return times.length === 0 ? null : Math.min(...times)
}

/** When the passcode goes from the screens; null when it does not, or has. */
function passcodeDropsAt(order: Order): number | null {
  const { passcodeDropped, pickedUpAt, handedOver, said } = currentAssignment(order)
  const isOver = order.end !== null || isOutOfHands(order)
  if (!isOver || passcodeDropped || knownDetails(said).passcode === undefined) return null
  return (pickedUpAt ?? handedOver?.at ?? order.endedAt ?? order.laneSince) + limitsMs.passcode
}

function dropPasscode(order: Order, at: number): Order {
  const dropsAt = passcodeDropsAt(order)
  return dropsAt !== null && at >= dropsAt ? withCurrent(order, { passcodeDropped: true }) : order
}

/** When the order could next leave its lane or the board. */
function leavesAt(order: Order): number | null {
  const lane = laneOf(order)
  if (lane === 'done') return order.laneSince + limitsMs.done
  if (lane === 'on_the_way') {
    return takerOf(order) === 'own_driver'
      ? order.laneSince + limitsMs.ownDriver
      : quietSince(order) + limitsMs.onTheWay
  }
  return lane === 'attention' && isNothingToDo(order) ? lastRaisedAt(order) + limitsMs.alreadyLeft : null
}

/** On the way and nothing heard: since the last word, or since staff gave the food away. */
function quietSince(order: Order): number {
  return Math.max(order.heardAt, order.laneSince)
}

/** Cancelled, and the food had left. */
function isNothingToDo(order: Order): boolean {
  return isOutOfHands(order) && openProblems(order).every((problem) => problem.kind === 'cancelled')
}

function lastRaisedAt(order: Order): number {
  return Math.max(...openProblems(order).map((problem) => problem.at))
}

function closeWhatLeft(order: Order, at: number): Order {
  if (openProblems(order).length === 0 || !isNothingToDo(order)) return order
  return at >= lastRaisedAt(order) + limitsMs.alreadyLeft ? close(order, ['cancelled'], at) : order
}

function reasonToLeave(order: Order, at: number, dayStartedAt: number): LeftBoard | null {
  const lane = laneOf(order)
  if (lane === 'done') return at >= order.laneSince + limitsMs.done ? 'done' : null
  if (lane === 'on_the_way' && takerOf(order) === 'own_driver') {
    return at >= order.laneSince + limitsMs.ownDriver ? 'closed_by_time' : null
  }
  if (lane === 'on_the_way' && at >= quietSince(order) + limitsMs.onTheWay) return 'never_confirmed'
  return isFromYesterday(order, at, dayStartedAt) ? 'yesterday' : null
}

/** Open since the day before, not due today, and not heard of within the hour. */
function isFromYesterday(order: Order, at: number, dayStartedAt: number): boolean {
  const isDueToday = order.requestedFor !== null && order.requestedFor >= dayStartedAt
  return order.firstSeenAt < dayStartedAt && !isDueToday && at >= order.heardAt + limitsMs.stillHeard
}
