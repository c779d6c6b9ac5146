/** The orders on the boards as far as alarms need them, kept from the changes as they are committed. */
import { type Lane, laneOf } from '#domain/lane.ts'
import { isHere, kitchenOf, type Order } from '#domain/order.ts'
import type { CommittedChange } from '../store/batch.ts'
import type { Boards } from '../store/boards.ts'

/** `waitingSince`: a driver is here and the food is ready since then, epoch milliseconds; null: not so. */
type OpenOrder = { seq: number; waitingSince: number | null }

export type OpenOrders = {
  note: (changes: readonly CommittedChange[]) => void
  /** Locations with something to do, each with the ids of its open orders. */
  byLocation: () => ReadonlyMap<string, ReadonlyMap<string, OpenOrder>>
}

/** What staff still have to do something about. */
function isOpen(order: Order, lane: Lane): boolean {
  return order.leftBoard === null && lane !== 'done' && lane !== 'on_the_way'
}

function waitingSince(order: Order, lane: Lane): number | null {
  if (lane !== 'driver_here' || !isHere(order) || kitchenOf(order) !== 'ready') return null
  return Math.max(order.laneSince, order.readyAt ?? 0)
}

/** Reads the boards once, before there are changes; follows these from then on, in their order. */
export async function followOpenOrders(boards: Pick<Boards, 'allOnBoard'>): Promise<OpenOrders> {
  const open = new Map<string, Map<string, OpenOrder>>()

  function keep(order: Order): void {
    const here = open.get(order.locationId) ?? new Map<string, OpenOrder>()
    const lane = laneOf(order)
    if (isOpen(order, lane)) here.set(order.id, { seq: order.seq, waitingSince: waitingSince(order, lane) })
    else here.delete(order.id)
    if (here.size > 0) open.set(order.locationId, here)
    else open.delete(order.locationId)
  }

  for (const order of await boards.allOnBoard()) keep(order)
  return {
    note: (changes) => {
      for (const { order } of changes) keep(order)
    },
    byLocation: () => open,
  }
}
