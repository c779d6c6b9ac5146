/**
 * An order as it goes over the wire: the JSON that screens and other programs rely on.
 * Unknown is null, never "". Times are ISO 8601 UTC.
 */

import type { DriverDetails } from './driver.ts'
import { knownDetails } from './driver.ts'
import { identifierOf } from './identifier.ts'
import { iso } from './iso-time.ts'
import { attentionRank, type Lane, laneOf } from './lane.ts'
import type { Assignment, End, LeftBoard, Order, ProblemKind, Taker } from './order.ts'
import { currentAssignment, dueAt, isDriverKnown, isGone, isHere, isOutOfHands, kitchenOf, takerOf } from './order.ts'
import { spokenNumber } from './order-number.ts'
import type { Modifier } from './order-update.ts'
import { type ProgressStep, progressSteps } from './progress.ts'

export type ModifierView = Modifier

export type ItemView = {
  name: string
  quantity: number
  instructions: string | null
  /** Name of the guest whose it is, when an order has several. */
  for: string | null
  /** A fee, a bag, a note: shown last and small. */
  isMarkup: boolean
  modifiers: ModifierView[]
}

export type DriverView = {
  source: string | null
  name: string | null
  phone: { number: string; code: string | null } | null
  pictureUrl: string | null
  vehicle: {
    make: string | null
    model: string | null
    color: string | null
    licensePlate: string | null
    isAutonomous: boolean
  }
  handoffInstructions: string | null
  /** Null, too, once it is of no use any more. */
  passcode: string | null
  passcodeChangedAt: string | null
  /** The platform took this driver off and is finding another: no passcode, no plate. */
  released: boolean
}

export type HandOverView = {
  at: string
  by: string
  to: string | null
  verified: 'passcode' | 'by_eye'
  foundBy: string | null
}

export type ProblemView = {
  kind: ProblemKind
  seq: number
  at: string
  seen: null | { at: string; by: string; answer: string }
}

export type OrderView = {
  locationId: string
  id: string
  number: string
  spokenNumber: string
  source: string | null
  brand: string | null
  fulfillmentType: string | null
  note: string | null
  customer: null | { name: string | null; phone: string | null }
  dueAt: string | null
  /** When the kitchen should start; until then the order is for later. Null: at once. */
  startAt: string | null
  status: string | null
  deliveryStatus: string | null
  lane: Lane
  attentionRank: number
  kitchen: 'preparing' | 'ready'
  /** Who said that it is ready: shown as "Ready, says Stream" where the kitchen did not. */
  readySaidBy: 'staff' | 'stream' | null
  takenBy: Taker
  /** A driver or a delivery status was ever heard. */
  isTracked: boolean
  isGone: boolean
  isHere: boolean
  here: null | { at: string; by: string; note: string | null }
  end: End | null
  /** The furthest step of the current driver's turn. */
  progress: ProgressStep
  seq: number
  onBoard: boolean
  leftBoard: LeftBoard | null
  items: ItemView[]
  driver: DriverView | null
  previousDrivers: DriverView[]
  problems: ProblemView[]
  times: {
    firstSeenAt: string
    heardAt: string
    laneSince: string
    readyAt: string | null
    driverAssignedAt: string | null
    driverArrivedAt: string | null
    pickedUpAt: string | null
    endedAt: string | null
  }
  handedOver: HandOverView | null
}

/** What a pickup board may know of an order, and nothing more. */
export type PickupView = {
  id: string
  number: string
  spokenNumber: string
  source: string | null
  /** Null: on the board, but nobody is called for it here (robots, tables, what has left). */
  state: 'preparing' | 'ready' | 'come' | 'ask' | null
  /** Since when; of an order for later from when it is to be made, and nobody is told of it before. Null: no state. */
  since: string | null
  seq: number
  onBoard: boolean
}

/** How long the kitchen needs when neither Stream nor the location said: 20 minutes. */
const usualPrepTimeMinutes = 20

function driverView(assignment: Assignment, details: DriverDetails): DriverView {
  const { released } = assignment
  return {
    source: details.source ?? null,
    name: details.name ?? null,
    phone: details.phoneNumber === undefined ? null : { number: details.phoneNumber, code: details.phoneCode ?? null },
    pictureUrl: details.pictureUrl ?? null,
    vehicle: {
      make: details.make ?? null,
      model: details.model ?? null,
      color: details.color ?? null,
      licensePlate: released ? null : (details.licensePlate ?? null),
      isAutonomous: details.isAutonomous ?? false,
    },
    handoffInstructions: details.handoffInstructions ?? null,
    passcode: released || assignment.passcodeDropped ? null : (details.passcode ?? null),
    passcodeChangedAt: iso(assignment.passcodeChangedAt),
    released,
  }
}

/** When the kitchen has to start an order for later, epoch milliseconds; null for one that is wanted at once. */
function startOf(order: Order): number | null {
  if (order.requestedFor === null) return null
  return order.requestedFor - (order.prepTimeMinutes ?? usualPrepTimeMinutes) * 60_000
}

/** An order as staff screens get it. */
export function orderView(order: Order): OrderView {
  const current = currentAssignment(order)
  const details = knownDetails(current.said)
  const lane = laneOf(order)
  const number = order.number ?? (identifierOf(order.id) || order.id)
  const nameOf = (customerId: string | null) =>
    order.customers.length > 1 ? (order.customers.find((one) => one.id === customerId)?.name ?? null) : null
  const customer = order.customers[0]
  const kitchen = kitchenOf(order)
  return {
    locationId: order.locationId,
    id: order.id,
    number,
    spokenNumber: spokenNumber(number),
    source: order.source ?? details.source ?? null,
    brand: order.brand,
    fulfillmentType: order.fulfillmentType,
    note: order.note,
    customer: customer ? { name: customer.name, phone: customer.phone } : null,
    dueAt: iso(dueAt(order)),
    startAt: iso(startOf(order)),
    status: order.status,
    deliveryStatus: order.deliveryStatus,
    lane,
    attentionRank: lane === 'attention' ? attentionRank(order) : 0,
    kitchen,
    readySaidBy: kitchen === 'preparing' ? null : order.staffKitchen === 'ready' ? 'staff' : 'stream',
    takenBy: takerOf(order),
    isTracked: order.courierHeard,
    isGone: isGone(order),
    isHere: isHere(order),
    here: current.here && { ...current.here, at: iso(current.here.at) },
    end: order.end,
    progress: progressSteps[current.reached] ?? 'none',
    seq: order.seq,
    onBoard: order.leftBoard === null,
    leftBoard: order.leftBoard?.why ?? null,
    items: order.items.map((item) => ({
      name: item.name,
      quantity: item.quantity,
      instructions: item.instructions,
      for: nameOf(item.customerId),
      isMarkup: item.isMarkup,
      modifiers: item.modifiers,
    })),
    driver: Object.keys(details).length === 0 ? null : driverView(current, details),
    previousDrivers: order.assignments
      .slice(0, -1)
      .filter(isDriverKnown)
      .map((assignment) => driverView({ ...assignment, released: true }, knownDetails(assignment.said))),
    problems: order.problems.map(({ kind, seq, at, seen }) => ({
      kind,
      seq,
      at: iso(at),
      seen: seen && { ...seen, at: iso(seen.at) },
    })),
    times: {
      firstSeenAt: iso(order.firstSeenAt),
      heardAt: iso(order.heardAt),
      laneSince: iso(order.laneSince),
      readyAt: iso(order.readyAt),
      driverAssignedAt: iso(current.assignedAt),
      driverArrivedAt: iso(cameAt(current)),
      pickedUpAt: iso(current.pickedUpAt),
      endedAt: iso(order.endedAt),
    },
    handedOver: handOverView(order),
  }
}

/** The hand-over that stands: the current turn's, or an earlier one's whose food is still with that driver. */
function handOverView(order: Order): HandOverView | null {
  const given = order.assignments.findLast((assignment) => assignment.handedOver !== null)
  if (!given?.handedOver) return null
  return { ...given.handedOver, at: iso(given.handedOver.at), to: knownDetails(given.said).name ?? null }
}

/** An order as a public pickup board gets it. */
export function pickupView(order: Order): PickupView {
  const number = order.number ?? (identifierOf(order.id) || order.id)
  const state = pickupState(order)
  return {
    id: order.id,
    number,
    spokenNumber: spokenNumber(number),
    source: order.source ?? knownDetails(currentAssignment(order).said).source ?? null,
    state,
    since: state && iso(stateSince(order, state)),
    seq: order.seq,
    onBoard: order.leftBoard === null,
  }
}

function pickupState(order: Order): PickupView['state'] {
  if (!isForPickupBoard(order)) return null
  if (order.end === 'cancelled') return 'ask'
  if (kitchenOf(order) === 'preparing') return 'preparing'
  return isHere(order) ? 'come' : 'ready'
}

/** Robots and tables do not read boards; what has left, or ended, calls nobody. */
function isForPickupBoard(order: Order): boolean {
  const current = currentAssignment(order)
  if (order.fulfillmentType === 'dine_in' || knownDetails(current.said).isAutonomous) return false
  return !isOutOfHands(order) && (order.end === null || order.end === 'cancelled')
}

/** When the driver came, as the platform or else as staff said it, epoch milliseconds. */
function cameAt({ arrivedAt, here }: Assignment): number | null {
  return arrivedAt ?? here?.at ?? null
}

function stateSince(order: Order, state: NonNullable<PickupView['state']>): number {
  switch (state) {
    case 'preparing':
      return startOf(order) ?? order.firstSeenAt
    case 'ready':
      return order.readyAt ?? order.laneSince
    case 'come':
      return cameAt(currentAssignment(order)) ?? order.laneSince
    case 'ask':
      return order.endedAt ?? order.laneSince
    default:
      return state satisfies never
  }
}
