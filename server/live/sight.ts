/** What a screen's role lets it see, on the wire too. */
import type { Order } from '#domain/order.ts'
import { orderView, pickupView } from '#domain/order-view.ts'
import type { AnyView, ScreenRole } from '#domain/protocol.ts'

export type Sight = 'staff' | 'pickup'

/** Kitchen and counter see the same. */
export function sightOf(role: ScreenRole): Sight {
  return role === 'pickup' ? 'pickup' : 'staff'
}

export const viewOf: Record<Sight, (order: Order) => AnyView> = { staff: orderView, pickup: pickupView }
