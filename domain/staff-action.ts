/** What staff add to an order: decided like an update, from the order as it stands and the moment alone. */
import { changedAt, type Moment } from './decide.ts'
import { knownDetails } from './driver.ts'
import type { HandOver, Order, Problem } from './order.ts'
import { assignmentWith, currentAssignment, isDriverKnown, isGone, orderWith, takerOf, withCurrent } from './order.ts'
import { answer, answersOf, close } from './problem.ts'
import type { StaffAction } from './protocol.ts'

/** Why an action is not done; the words are the screen's. */
export type Refusal =
  | 'ended'
  | 'already_left'
  | 'already_handed_over'
  | 'not_handed_over'
  | 'driver_changed'
  | 'wrong_passcode'
  | 'no_such_problem'
  | 'no_such_answer'
  | 'not_our_delivery'

export type ActionDecision =
  | { outcome: 'changed' | 'repeated'; order: Order }
  | { outcome: 'refused'; reason: Refusal; order: Order }

type Step = Order | { refused: Refusal }

/** What was given away is here again, and somebody may come for it. */
const takenBack = { handedOver: null, passcodeDropped: false } as const

/**
 * Decides on what a person did.
 * @param by the name of the screen at which it was done
 * @param moment the time, and the seq that the change takes if it is one
 */
export function act(order: Order, action: StaffAction, by: string, moment: Pick<Moment, 'at' | 'seq'>): ActionDecision {
  const step = stepOf(order, action, by, moment.at)
  if ('refused' in step) return { outcome: 'refused', reason: step.refused, order }
  if (step === order) return { outcome: 'repeated', order }
  return { outcome: 'changed', order: changedAt(step, order, moment) }
}

function stepOf(order: Order, action: StaffAction, by: string, at: number): Step {
  switch (action.name) {
    case 'ready':
      return kitchen(order, 'ready', at)
    case 'not-ready':
      return kitchen(order, 'not_ready', at)
    case 'here':
      return here(order, action.note || null, by, at)
    case 'seen':
      return see(order, action.problem, action.answer, by, at)
    case 'hand-over':
      return handOver(order, action, by, at)
    case 'undo-hand-over':
      return undoHandOver(order)
    case 'delivered':
      return delivered(order, at)
    default:
      return action satisfies never
  }
}

function kitchen(order: Order, word: 'ready' | 'not_ready', at: number): Step {
  if (order.end !== null) return { refused: 'ended' }
  if (isGone(order)) return { refused: 'already_left' }
  if (order.staffKitchen === word) return order
  return orderWith(order, { staffKitchen: word, readyAt: word === 'ready' ? (order.readyAt ?? at) : null })
}

function here(order: Order, note: string | null, by: string, at: number): Step {
  if (order.end !== null) return { refused: 'ended' }
  if (isGone(order)) return { refused: 'already_left' }
  const known = currentAssignment(order).here
  if (known && known.note === note) return order
  return withCurrent(order, { here: { at: known?.at ?? at, by, note } })
}

/** Seen covers the one problem that was looked at, and nothing later. */
function see(order: Order, seq: number, said: string | undefined, by: string, at: number): Step {
  const problem = order.problems.find((one) => one.seq === seq)
  if (!problem) return { refused: 'no_such_problem' }
  if (problem.seen) return order
  const answers: readonly string[] = answersOf[problem.kind]
  const given = said ?? answers[0] ?? 'seen'
  if (!answers.includes(given)) return { refused: 'no_such_answer' }
  return answered(answer(order, seq, { at, by, answer: given }), problem, given, at)
}

function answered(order: Order, problem: Problem, given: string, at: number): Order {
  switch (problem.kind) {
    case 'given_to_other': {
      const assignments = order.assignments.map((one) => (one.handedOver ? assignmentWith(one, takenBack) : one))
      const withdrawn = orderWith(order, { assignments })
      return given === 'make_again' ? { ...withdrawn, staffKitchen: 'not_ready', readyAt: null } : withdrawn
    }
    case 'back': {
      const isOfThisTurn = problem.assignment === currentAssignment(order).id
      return order.end === null && isOfThisTurn ? orderWith(order, { end: 'returned', endedAt: at }) : order
    }
    case 'cancelled':
    case 'failed':
    case 'no_driver':
    case 'not_collected':
    case 'driver_left':
    case 'coming_back':
      return order
    default:
      return problem.kind satisfies never
  }
}

/** The person must have looked at this driver's turn, and the order must still be there to give. */
function handOver(order: Order, action: Extract<StaffAction, { name: 'hand-over' }>, by: string, at: number): Step {
  const current = currentAssignment(order)
  if (order.end !== null) return { refused: 'ended' }
  if (isGone(order)) return { refused: 'already_left' }
  if (current.handedOver) return { refused: 'already_handed_over' }
  const isTakenOff = current.released && isDriverKnown(current)
  if (isTakenOff || current.changedSeq > action.seenSeq) return { refused: 'driver_changed' }
  const passcode = knownDetails(current.said).passcode
  if (action.passcode !== undefined && !isSamePasscode(action.passcode, passcode)) return { refused: 'wrong_passcode' }
  const verified: HandOver['verified'] = action.passcode === undefined ? 'by_eye' : 'passcode'
  return withCurrent(order, { handedOver: { at, by, verified, foundBy: action.foundBy ?? null } })
}

/** A passcode as typed: case and spaces do not matter, everything else does. */
function isSamePasscode(typed: string, known: string | undefined): boolean {
  const plain = (text: string) => text.normalize('NFKC').replace(/\s/g, '').toLowerCase()
  return known !== undefined && plain(typed) === plain(known)
}

/** "Not handed over after all": until the pickup or the end is heard. */
function undoHandOver(order: Order): Step {
  if (order.end !== null) return { refused: 'ended' }
  if (isGone(order)) return { refused: 'already_left' }
  if (!currentAssignment(order).handedOver) return { refused: 'not_handed_over' }
  return withCurrent(order, takenBack)
}

/** Our own driver says that it arrived; nobody else would. */
function delivered(order: Order, at: number): Step {
  if (order.end === 'completed') return order
  if (order.end !== null) return { refused: 'ended' }
  if (takerOf(order) !== 'own_driver') return { refused: 'not_our_delivery' }
  if (!currentAssignment(order).handedOver && !isGone(order)) return { refused: 'not_handed_over' }
  return close(orderWith(order, { end: 'completed', endedAt: at }), ['given_to_other'], at)
}
