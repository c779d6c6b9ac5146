/** What staff can do with an order where it stands. */
import type { OrderView } from '#domain/order-view.ts'

export type PlainAction = 'ready' | 'not-ready' | 'here' | 'hand-over' | 'undo-hand-over' | 'delivered'

export type OfferedAction = { name: PlainAction; kind: 'main' | 'plain' | 'quiet' }

/** Guests at a table are here already. */
function canGuestCome(order: OrderView): boolean {
  return order.takenBy === 'guest' && order.fulfillmentType !== 'dine_in' && !order.isHere
}

/** A hand-over can be taken back until its pickup, or the end, is heard. */
export function canTakeBack(order: OrderView): boolean {
  return order.handedOver !== null && !order.isGone && order.end === null
}

export function actionsOf(order: OrderView): OfferedAction[] {
  switch (order.lane) {
    case 'preparing':
      return canGuestCome(order)
        ? [
            { name: 'ready', kind: 'main' },
            { name: 'here', kind: 'quiet' },
          ]
        : [{ name: 'ready', kind: 'main' }]
    case 'ready':
      return [
        { name: 'hand-over', kind: 'main' },
        ...(canGuestCome(order) ? [{ name: 'here', kind: 'plain' } as const] : []),
        { name: 'not-ready', kind: 'quiet' },
      ]
    case 'driver_here':
      return order.kitchen === 'ready'
        ? [
            { name: 'hand-over', kind: 'main' },
            { name: 'not-ready', kind: 'quiet' },
          ]
        : [
            { name: 'ready', kind: 'main' },
            { name: 'hand-over', kind: 'quiet' },
          ]
    case 'on_the_way':
    case 'done':
      return [
        ...(order.lane === 'on_the_way' && order.takenBy === 'own_driver' && order.end === null
          ? [{ name: 'delivered', kind: 'main' } as const]
          : []),
        ...(canTakeBack(order) ? [{ name: 'undo-hand-over', kind: 'quiet' } as const] : []),
      ]
    case 'attention':
      return []
    default:
      return order.lane satisfies never
  }
}
