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
  /** When what changed it was received, epoch milliseconds. */
  at: number,
  isOpen: boolean,
  waitingSince: number | null,
]

export function digestOf({ locationId, seq, at, order }: CommittedChange): OrderDigest {
  const lane = laneOf(order)
  return [locationId, order.id, seq, at, isOpen(order, lane), waitingSince(order, lane)]
}

/** Of one location. */
const mostEarly = 1_000

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
  /** What was heard of a location before all that precedes it, by its seq: what two servers store at once crosses. */
  const early = new Map<string, Map<number, OrderDigest>>()
  let headsBefore: ReadonlyMap<string, number> = new Map()

  function keep([locationId, orderId, seq, , isOpen, waitingSince]: OrderDigest): void {
    const here = open.get(locationId) ?? new Map<string, OpenOrder>()
    if (isOpen) here.set(orderId, { seq, waitingSince })
    else here.delete(orderId)
    if (here.size > 0) open.set(locationId, here)
    else open.delete(locationId)
  }

  const keepOrder = (order: Order) => keep(digestOf({ locationId: order.locationId, seq: order.seq, at: 0, order }))

  async function readAnew(locationId: string): Promise<void> {
    const before = heads
    const { head, orders } = await boards.read(locationId, null)
    // Changes that were heard of meanwhile are newer; of another history it says nothing.
    if (heads !== before || head.seq <= (heads.get(locationId) ?? 0)) return
    heads.set(locationId, head.seq)
    open.delete(locationId)
    for (const order of orders ?? []) keepOrder(order)
    keepEarly(locationId)
  }

  /** Keeps what was heard too early and is next now. */
  function keepEarly(locationId: string): void {
    const waiting = early.get(locationId)
    if (!waiting) return
    let head = heads.get(locationId) ?? 0
    for (let next = waiting.get(head + 1); next; next = waiting.get(head + 1)) {
      keep(next)
      head += 1
    }
    heads.set(locationId, head)
    for (const seq of waiting.keys()) if (seq <= head) waiting.delete(seq)
    if (waiting.size === 0) early.delete(locationId)
  }

  function keepForLater(digest: OrderDigest): void {
    const [locationId, , seq] = digest
    const waiting = early.get(locationId) ?? new Map<number, OrderDigest>()
    // After a gap that is not filled, the location is read anew.
    if (waiting.size < mostEarly) waiting.set(seq, digest)
    early.set(locationId, waiting)
  }

  for (const order of await boards.allOnBoard()) keepOrder(order)
  return {
    note: (digests) => {
      for (const digest of digests) {
        const [locationId, , seq] = digest
        const head = heads.get(locationId) ?? 0
        if (seq <= head) continue
        if (seq > head + 1) {
          keepForLater(digest)
          continue
        }
        heads.set(locationId, seq)
        keep(digest)
        keepEarly(locationId)
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
      early.clear()
      open.clear()
    },
  }
}
