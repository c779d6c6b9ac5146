/** What an order becomes when Stream says something of its status, its courier or its cancellation. */
import { type DriverDetails, knownDetails, namesSomeone, withDetails } from './driver.ts'
import type { End, Order, ProblemKind } from './order.ts'
import {
  assignmentWith,
  currentAssignment,
  isDriverKnown,
  isGone,
  isHere,
  newAssignment,
  orderWith,
  withCurrent,
} from './order.ts'
import type { CancelUpdate, StatusUpdate } from './order-update.ts'
import { close, raise } from './problem.ts'
import { progressOf } from './progress.ts'
import { type DeliveryWord, deliveryWord, type StatusWord, statusWord } from './stream-words.ts'
import { isFailureHeard, startTurn, type Turn, whoseTurn } from './turn.ts'

export type Moment = {
  /** When the update was received, epoch milliseconds. */
  at: number
  /** The seq that the change takes, if it becomes one. */
  seq: number
  /** What the location answers Stream for created orders, in minutes. */
  prepTimeMinutes: number | null
}

/** An order on its way through an update. `older`: parts of the update that are behind what we know. */
type Hearing = {
  order: Order
  older: { kitchen: boolean; delivery: boolean; end: boolean }
  raised: Set<ProblemKind>
}

/**
 * The order after an update; the same object when the update says nothing new.
 * `late` is true when what it says of the courier, or all that it says, is behind what we know.
 */
export function hear(
  order: Order,
  update: StatusUpdate | CancelUpdate,
  moment: Moment,
): { order: Order; late: boolean } {
  const isStatus = update.type === 'order.updated'
  const status: StatusWord = isStatus ? statusWord(update.status) : { end: 'cancelled' }
  const said = {
    status,
    rawStatus: isStatus ? update.status : undefined,
    delivery: deliveryWord(isStatus ? update.deliveryStatus : undefined),
    rawDelivery: isStatus ? update.deliveryStatus : undefined,
    details: isStatus ? update.driver : undefined,
    leavesUntracked: isStatus && status.left === true && update.deliveryStatus === undefined,
    isOver: status.end !== undefined,
  }
  const turn = whoseTurn(order, said)
  const hearing: Hearing = {
    order: said.rawDelivery !== undefined || said.details ? courierHeard(order) : order,
    older: { kitchen: false, delivery: false, end: false },
    raised: new Set(),
  }
  beginTurn(hearing, turn, said.delivery, moment)
  const atTurn = hearing.order
  const speaksOfCurrent = turn.kind !== 'stale' && turn.kind !== 'earlier'
  if (speaksOfCurrent) {
    hearRelease(hearing, said, moment)
    hearDetails(hearing, said.delivery, said.details, moment)
    hearProgress(hearing, said.delivery.progress, moment)
    if (said.leavesUntracked) hearLeaving(hearing, moment)
  } else {
    hearing.older.delivery = true
    if (turn.kind === 'earlier' && said.details) hearOfEarlier(hearing, turn.assignment.id, said.delivery, said.details)
  }
  // When the food has to be made again, the word on the kitchen in this same update is still the old food's.
  const isMadeAgain = isGone(order) && !isGone(atTurn)
  if (!isMadeAgain) hearKitchen(hearing, atTurn, said.status, said.rawStatus, moment)
  // A cancel is the whole order's, whichever driver is named with it.
  const isCourierEndHeard = speaksOfCurrent || said.delivery.end === 'cancelled'
  hearEnd(hearing, [said.status.end, isCourierEndHeard ? said.delivery.end : undefined], said.delivery.progress, moment)
  keepRawStatuses(hearing, atTurn, said.rawStatus, said.rawDelivery)
  const { older } = hearing
  const next = raise(hearing.order, hearing.raised, moment.at, moment.seq)
  if (next !== order) return { order: next, late: older.delivery }
  // A word on the kitchen that is behind makes nothing late that tells of the courier as it is.
  const isKitchenLate = older.kitchen && said.rawDelivery === undefined
  return { order, late: isKitchenLate || older.delivery || older.end || isAfterEnd(order, said) }
}

function courierHeard(order: Order): Order {
  return order.courierHeard ? order : orderWith(order, { courierHeard: true })
}

/** After the end, only the same end said again is a repeat. */
function isAfterEnd(
  order: Order,
  said: { status: StatusWord; delivery: DeliveryWord; rawStatus: string | undefined },
): boolean {
  if (order.end === null || said.status.end === order.end || said.delivery.end === order.end) return false
  return said.rawStatus !== undefined && said.rawStatus !== order.status
}

function beginTurn(hearing: Hearing, turn: Turn, delivery: DeliveryWord, { at, seq }: Moment): void {
  if (turn.kind !== 'new' && turn.kind !== 'back') return
  const { order } = hearing
  const isHandedOver = currentAssignment(order).handedOver !== null && !isGone(order)
  const assignment =
    turn.kind === 'new'
      ? newAssignment(Math.max(...order.assignments.map((one) => one.id)) + 1, seq)
      : assignmentWith(turn.assignment, { released: false, failedToCollect: false, changedSeq: seq })
  const isBeforePickup = (delivery.progress ?? assignment.reached) < progressOf.enroute_to_dropoff
  hearing.order = startTurn(order, assignment, isBeforePickup, at)
  if (isHandedOver) hearing.raised.add('given_to_other')
}

/**
 * Stream's word on the kitchen only rises; it may be a timer's, and after the end, or after the food left, it is late.
 * `before` is the order before this update's word on the courier, which may prove that the food is still here.
 */
function hearKitchen(
  hearing: Hearing,
  before: Order,
  status: StatusWord,
  rawStatus: string | undefined,
  { at }: Moment,
): void {
  const { order } = hearing
  if (status.kitchen === undefined || rawStatus === order.status) return
  if (before.end !== null || (isGone(before) && isGone(order))) {
    hearing.older.kitchen = true
  } else if (status.kitchen === 'preparing') {
    hearing.older.kitchen = order.streamReady
  } else if (!order.streamReady) {
    hearing.order = orderWith(order, { streamReady: true, readyAt: order.readyAt ?? at })
  }
}

/** The platform takes the driver off, or says that there is none. */
function hearRelease(
  hearing: Hearing,
  said: { delivery: DeliveryWord; rawDelivery: string | undefined; details: DriverDetails | undefined },
  { at, seq }: Moment,
): void {
  const { order } = hearing
  const { details } = said
  const { unassigned } = said.delivery
  const current = currentAssignment(order)
  const isNamed = details !== undefined && namesSomeone(details)
  if (unassigned === undefined || (unassigned === 'pending' && isNamed)) {
    if (unassigned !== undefined && (order.end !== null || current.reached > 0)) hearing.older.delivery = true
    if (!current.released || !isNamed) return
    const back = withCurrent(order, { released: false, failedToCollect: false, changedSeq: seq })
    hearing.order = close(back, ['driver_left', 'given_to_other'], at)
    return
  }
  if (order.end !== null || (isGone(order) && !isFailureHeard(order))) {
    hearing.older.delivery = true
    return
  }
  const isSaidAgain = current.released && said.rawDelivery === order.deliveryStatus
  if (unassigned !== 'pending' && !isSaidAgain) hearing.raised.add(unassigned)
  const isReleased = !current.released && (unassigned !== 'pending' || isDriverKnown(current))
  if (isReleased && current.handedOver) hearing.raised.add('given_to_other')
  if (isReleased && isDriverKnown(current) && isHere(order)) hearing.raised.add('driver_left')
  hearing.order = withCurrent(order, {
    released: current.released || isReleased,
    failedToCollect: current.failedToCollect || unassigned === 'not_collected',
    ...(isReleased ? { here: null, changedSeq: seq } : {}),
  })
}

function hearDetails(
  hearing: Hearing,
  delivery: DeliveryWord,
  details: DriverDetails | undefined,
  { at }: Moment,
): void {
  if (!details) return
  const isNamed = namesSomeone(details)
  if (delivery.unassigned !== undefined && !isNamed) return
  const current = currentAssignment(hearing.order)
  const said = withDetails(current.said, details, progressOfWord(delivery, current.reached))
  const known = knownDetails(current.said).passcode
  const isPasscodeChanged = known !== undefined && knownDetails(said).passcode !== known
  hearing.order = withCurrent(hearing.order, {
    said,
    assignedAt: current.assignedAt ?? (isNamed ? at : null),
    ...(isPasscodeChanged ? { passcodeChangedAt: at } : {}),
  })
  if (isNamed && delivery.unassigned !== 'no_driver') hearing.order = close(hearing.order, ['no_driver'], at)
}

/** The progress at which a word speaks; one without progress speaks at the current one. */
function progressOfWord(delivery: DeliveryWord, reached: number): number {
  return delivery.progress ?? (delivery.unassigned === 'pending' ? 0 : reached)
}

/** An old word may still tell what we did not know of an earlier driver; it moves nothing. */
function hearOfEarlier(hearing: Hearing, id: number, delivery: DeliveryWord, details: DriverDetails): void {
  const { assignments } = hearing.order
  const earlier = assignments.find((assignment) => assignment.id === id)
  if (!earlier) return
  const said = withDetails(earlier.said, details, progressOfWord(delivery, earlier.reached))
  if (said === earlier.said) return
  hearing.order = orderWith(hearing.order, {
    assignments: assignments.map((one) => (one.id === id ? assignmentWith(one, { said }) : one)),
  })
}

/** Progress within a turn only rises. After an end only a return goes on, and what the end itself says. */
function hearProgress(hearing: Hearing, progress: number | undefined, { at }: Moment): void {
  const { order } = hearing
  const current = currentAssignment(order)
  if (progress === undefined || progress === current.reached) return
  const isReturn = progress >= progressOf.enroute_to_return
  const mayRise =
    order.end === null ||
    (isReturn && order.end !== 'returned') ||
    (order.end === 'completed' && progress === progressOf.completed)
  if (progress < current.reached || !mayRise) {
    hearing.older.delivery = true
    return
  }
  const hasLeft = progress === progressOf.enroute_to_dropoff || progress === progressOf.arrived_at_dropoff
  let next = withCurrent(order, {
    reached: progress,
    arrivedAt: current.arrivedAt ?? (progress === progressOf.arrived_at_pickup ? at : null),
    pickedUpAt: current.pickedUpAt ?? (hasLeft ? at : null),
  })
  // Moving, there is a driver; having left with the food, there is nothing to keep at the counter any more.
  const hasFood = progress >= progressOf.enroute_to_dropoff
  next = close(next, hasFood ? ['no_driver', 'not_collected', 'driver_left'] : ['no_driver'], at)
  if (isReturn) {
    next = close(orderWith(next, { end: null, endedAt: null }), ['failed'], at)
    if (progress === progressOf.enroute_to_return) {
      hearing.raised.add('coming_back')
    } else {
      next = close(next, ['coming_back'], at)
      hearing.raised.add('back')
    }
  }
  hearing.order = next
}

/** "Out for delivery" without tracking: the only word there is that the food has left. */
function hearLeaving(hearing: Hearing, { at }: Moment): void {
  const { order } = hearing
  const current = currentAssignment(order)
  if (order.end !== null) {
    hearing.older.delivery = true
  } else if (current.reached === 0 && !current.leftUntracked) {
    hearing.order = withCurrent(order, { leftUntracked: true, pickedUpAt: current.pickedUpAt ?? at })
  }
}

/** What may follow an end: completed yields to a failure, a cancel or a return; the others to a return only. */
const yieldsTo: Record<End, readonly End[]> = {
  completed: ['failed', 'cancelled', 'returned'],
  cancelled: ['returned'],
  failed: ['returned'],
  returned: [],
}

const gravestFirst: readonly End[] = ['returned', 'cancelled', 'failed', 'completed']

const raisedBy = { cancelled: 'cancelled', failed: 'failed', returned: 'back' } as const

function hearEnd(
  hearing: Hearing,
  said: readonly (End | undefined)[],
  progress: number | undefined,
  { at }: Moment,
): void {
  const { order } = hearing
  const end = gravestFirst.find((candidate) => said.includes(candidate))
  if (end === undefined || end === order.end) return
  const isReturning = currentAssignment(order).reached >= progressOf.enroute_to_return
  if (isReturning && end !== 'returned') {
    hearing.older.end = (progress ?? 0) < progressOf.enroute_to_return
    return
  }
  if (order.end !== null && !yieldsTo[order.end].includes(end)) {
    hearing.older.end = true
    return
  }
  const ended = orderWith(order, { end, endedAt: at })
  hearing.order = close(
    ended,
    ['no_driver', 'not_collected', 'driver_left', 'given_to_other', 'coming_back', 'failed'],
    at,
  )
  // One story, one problem: an order that ends asks for nothing else.
  hearing.raised.clear()
  if (end !== 'completed') hearing.raised.add(raisedBy[end])
}

/** Raw statuses are what was last said, old words apart; after the end they stand still. */
function keepRawStatuses(
  hearing: Hearing,
  before: Order,
  rawStatus: string | undefined,
  rawDelivery: string | undefined,
): void {
  const { order, older } = hearing
  const isStill =
    before.end !== null &&
    order.end === before.end &&
    currentAssignment(order).reached === currentAssignment(before).reached
  if (isStill) return
  const status = older.kitchen || older.end || older.delivery ? order.status : (rawStatus ?? order.status)
  const deliveryStatus = older.delivery ? order.deliveryStatus : (rawDelivery ?? order.deliveryStatus)
  if (status !== order.status || deliveryStatus !== order.deliveryStatus) {
    hearing.order = orderWith(order, { status, deliveryStatus })
  }
}
