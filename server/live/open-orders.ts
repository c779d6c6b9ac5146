/** The orders on the boards as far as alarms need them, kept from the changes as they are committed. */
import { type Lane, laneOf } from '#domain/lane.ts'
import { isHere, kitchenOf, type Order } from '#domain/order.ts'
import type { CommittedChange } from '../store/batch.ts'
import type { Boards } from '../store/boards.ts'

/** `waitingSince`: a driver is here and the food is ready since then, epoch milliseconds; null: not so. */
type OpenOrder = { seq: number; waitingSince: number | null }

export type OpenOrders = {
  note: (digests: readonly OrderDigest[]) => void
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

/** What became of an order, as far as every server must know, whichever screens it has. */
export type OrderDigest = readonly [
  locationId: string,
  orderId: string,
  seq: number,
  isOpen: boolean,
  waitingSince: number | null,
]

export function digestOf({
  locationId,
  seq,
  order,
}: Pick<CommittedChange, 'locationId' | 'seq' | 'order'>): OrderDigest {
  const lane = laneOf(order)
  return [locationId, order.id, seq, isOpen(order, lane), waitingSince(order, lane)]
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

  function keep([locationId, orderId, seq, isOpen, waitingSince]: OrderDigest): void {
    const here = open.get(locationId) ?? new Map<string, OpenOrder>()
    if (isOpen) here.set(orderId, { seq, waitingSince })
    else here.delete(orderId)
    if (here.size > 0) open.set(locationId, here)
    else open.delete(locationId)
  }

  const keepOrder = (order: Order) => keep(digestOf({ locationId: order.locationId, seq: order.seq, order }))

  async function readAnew(locationId: string): Promise<void> {
    const { head, orders } = await boards.read(locationId, null)
    // Changes that were heard of meanwhile are newer.
    if (head.seq <= (heads.get(locationId) ?? 0)) return
    heads.set(locationId, head.seq)
    open.delete(locationId)
    for (const order of orders ?? []) keepOrder(order)
  }

  for (const order of await boards.allOnBoard()) keepOrder(order)
  return {
    note: (digests) => {
      for (const digest of digests) {
        const [locationId, , seq] = digest
        // After a gap in what was heard, the location is read anew.
        if (seq !== (heads.get(locationId) ?? 0) + 1) continue
        heads.set(locationId, seq)
        keep(digest)
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
