/** What a batch asks of the database before it decides, and what it is told. */
import type { Order } from '#domain/order.ts'

/** What a batch must know before it decides. */
export type Wanted = {
  /** With when each was first heard of in this batch, epoch milliseconds. */
  locations: readonly (readonly [locationId: string, heardAt: number])[]
  /** The one of them that is waited for, for a while, when another server is writing to it; the others are passed over then. */
  awaited: string | null
  /** Of locations that are heard of for the first time. */
  newLocationTimeZone: string
  orders: readonly (readonly [locationId: string, orderId: string])[]
  actions: readonly (readonly [locationId: string, actionId: string])[]
}

export type Found = {
  /** Locations to which another server is writing: they cannot be had now, and what is found of them may be changing. */
  passedOver: ReadonlySet<string>
  locations: { id: string; head: number; checksum: number; prepTimeMinutes: number | null }[]
  orders: Order[]
  actions: { location_id: string; action_id: string; answer: string }[]
}

/** What is passed over where nobody else writes. */
export const noLocations: ReadonlySet<string> = new Set()

export function isNothingWanted({ locations, orders, actions }: Wanted): boolean {
  return locations.length + orders.length + actions.length === 0
}
