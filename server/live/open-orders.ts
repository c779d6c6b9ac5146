/** The orders on the boards as far as alarms need them, kept from the changes as they are committed. */

import { laneOf } from '#domain/lane.ts'
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
function isOpen(order: Order): boolean {
  const lane = laneOf(order)
  return order.leftBoard === null && lane !== 'done' && lane !== 'on_the_way'
}

function waitingSince(order: Order): number | null {
  if (laneOf(order) !== 'driver_here' || !isHere(order) || kitchenOf(order) !== 'ready') return null
  return Math.max(order.laneSince, order.readyAt ?? 0)
}

/** Reads the boards once, and follows the changes from then on; `note` may be called before it is done. */
export async function followOpenOrders(boards: Boards): Promise<OpenOrders> {
  const open = new Map<string, Map<string, OpenOrder>>()

  function keep(order: Order): void {
    const here = open.get(order.locationId) ?? new Map<string, OpenOrder>()
    if ((here.get(order.id)?.seq ?? 0) > order.seq) return
    if (isOpen(order)) here.set(order.id, { seq: order.seq, waitingSince: waitingSince(order) })
    else here.delete(order.id)
    if (here.size > 0) open.set(order.locationId, here)
    else open.delete(order.locationId)
  }

  for (const { id } of await boards.locations()) {
    const { orders } = await boards.read(id, null)
    for (const order of orders ?? []) keep(order)
  }
  return {
    note: (changes) => {
      for (const { order } of changes) keep(order)
    },
    byLocation: () => open,
  }
}
