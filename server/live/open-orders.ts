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
  /**
   * Reads what was changed before the last time that this was asked, and not heard of since: other servers stored it and
   * could not tell us. What is newer may be on its way.
   * @throws when the database does not answer
   */
  catchUp: () => Promise<void>
  /** All of it was of another history. */
  forget: () => void
}

/** What staff still have to do something about. */
function isOpen(order: Order, lane: Lane): boolean {
  return order.leftBoard === null && lane !== 'done' && lane !== 'on_the_way'
}

function waitingSince(order: Order, lane: Lane): number | null {
  if (lane !== 'driver_here' || !isHere(order) || kitchenOf(order) !== 'ready') return null
  return Math.max(order.laneSince, order.readyAt ?? 0)
}

/** Reads the boards once, before there are changes; follows these from then on. */
export async function followOpenOrders(boards: Pick<Boards, 'allHeads' | 'allOnBoard' | 'read'>): Promise<OpenOrders> {
  const open = new Map<string, Map<string, OpenOrder>>()
  /** Up to where all changes of a location are known. */
  let heads = await boards.allHeads()
  let headsBefore: ReadonlyMap<string, number> = new Map()

  function keep(order: Order): void {
    const here = open.get(order.locationId) ?? new Map<string, OpenOrder>()
    const lane = laneOf(order)
    if (isOpen(order, lane)) here.set(order.id, { seq: order.seq, waitingSince: waitingSince(order, lane) })
    else here.delete(order.id)
    if (here.size > 0) open.set(order.locationId, here)
    else open.delete(order.locationId)
  }

  async function readAnew(locationId: string): Promise<void> {
    const { head, orders } = await boards.read(locationId, null)
    // Changes that were heard of meanwhile are newer.
    if (head.seq <= (heads.get(locationId) ?? 0)) return
    heads.set(locationId, head.seq)
    open.delete(locationId)
    for (const order of orders ?? []) keep(order)
  }

  for (const order of await boards.allOnBoard()) keep(order)
  return {
    note: (changes) => {
      for (const { locationId, seq, order } of changes) {
        // After a gap in what was heard, the location is read anew.
        if (seq !== (heads.get(locationId) ?? 0) + 1) continue
        heads.set(locationId, seq)
        keep(order)
      }
    },
    byLocation: () => open,
    catchUp: async () => {
      const headsNow = await boards.allHeads()
      for (const [locationId, head] of headsBefore) {
        if (head > (heads.get(locationId) ?? 0)) await readAnew(locationId)
      }
      headsBefore = headsNow
    },
    forget: () => {
      heads = new Map()
      headsBefore = new Map()
      open.clear()
    },
  }
}
