/**
 * Orders that changed where this server shows them, and of which it was told no more than that: whoever stored them did
 * not know yet that it does. They are read, and published as if they had been told.
 */
import type { Order } from '#domain/order.ts'
import type { Boards } from '../store/boards.ts'
import type { OrderDigest } from './open-orders.ts'

type Settings = {
  boards: Pick<Boards, 'read'>
  isShown: (locationId: string) => boolean
  /** It was told whole. */
  isKnown: (locationId: string, seq: number) => boolean
  publish: (orders: readonly Order[]) => void
  /** What could not be read: the next beat of each screen asks for it. */
  onFailed: (error: unknown) => void
}

export type MissedOrders = { note: (digests: readonly OrderDigest[]) => void }

export function createMissedOrders({ boards, isShown, isKnown, publish, onFailed }: Settings): MissedOrders {
  /** The first and the last seq that is missed of each location. */
  const missed = new Map<string, { first: number; last: number }>()
  let isReading = false

  async function readOne(locationId: string, first: number, last: number): Promise<void> {
    const { orders } = await boards.read(locationId, first - 1)
    const own = (orders ?? []).filter(({ seq }) => seq <= last && !isKnown(locationId, seq))
    publish(own.sort((one, other) => one.seq - other.seq))
  }

  /** One after the other: what comes meanwhile of one location is read together. */
  async function readAll(): Promise<void> {
    isReading = true
    for (const [locationId, { first, last }] of missed) {
      missed.delete(locationId)
      await readOne(locationId, first, last).catch(onFailed)
    }
    isReading = false
  }

  return {
    note: (digests) => {
      for (const [locationId, , seq] of digests) {
        if (!isShown(locationId) || isKnown(locationId, seq)) continue
        const known = missed.get(locationId)
        missed.set(locationId, { first: Math.min(known?.first ?? seq, seq), last: Math.max(known?.last ?? seq, seq) })
      }
      if (missed.size > 0 && !isReading) void readAll()
    },
  }
}
