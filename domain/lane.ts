/** Lanes: what staff must do with an order. Derived, never stored as truth. */
import type { Order } from './order.ts'
import { currentAssignment, isGone, isHere, isOutOfHands, kitchenOf, openProblems, takerOf } from './order.ts'

export const lanes = ['attention', 'driver_here', 'ready', 'preparing', 'on_the_way', 'done'] as const

export type Lane = (typeof lanes)[number]

/** The one lane of an order; the first rule that fits. */
export function laneOf(order: Order): Lane {
  if (openProblems(order).length > 0) return 'attention'
  if (order.end !== null) return 'done'
  if (currentAssignment(order).handedOver) return laneAfterHandOver(order)
  if (isGone(order)) return 'on_the_way'
  if (isHere(order)) return 'driver_here'
  return kitchenOf(order)
}

function laneAfterHandOver(order: Order): Lane {
  const taker = takerOf(order)
  switch (taker) {
    case 'courier':
      return order.courierHeard ? 'on_the_way' : 'done'
    case 'own_driver':
      return 'on_the_way'
    case 'guest':
    case 'unknown':
      return 'done'
    default:
      return taker satisfies never
  }
}

/**
 * The place of an order inside the attention lane, lowest first: food still here that must be stopped,
 * returns at the door, drivers that are missing, then what has already left.
 */
export function attentionRank(order: Order): number {
  const kinds = openProblems(order).map((problem) => problem.kind)
  const gone = isOutOfHands(order)
  if (kinds.some((kind) => kind === 'given_to_other' || kind === 'driver_left')) return 0
  if (kinds.includes('cancelled') && !gone) return 0
  if (kinds.includes('back')) return 1
  if (kinds.some((kind) => kind === 'no_driver' || kind === 'not_collected')) return 2
  return kinds.includes('failed') && !gone ? 2 : 3
}
