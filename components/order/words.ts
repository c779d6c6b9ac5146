/**
 * Which words an order's progress is told in: keys of messages, or a value never heard of, as words.
 * Progress and `isGone` decide; a raw status never claims that food left which has not.
 */
import type { OrderView } from '#domain/order-view.ts'
import { type ProgressStep, progressOf } from '#domain/progress.ts'
import { type DeliveryStatus, deliveryStatuses, type Status, statuses } from '#domain/stream-words.ts'
import { asWords } from './platform-name.ts'

type Known<Key extends string> = { key: Key }
export type Words<Key extends string> = Known<Key> | { unknown: string }

type DeliveryKey =
  | 'unheard'
  | 'finding'
  | 'robotComing'
  | 'robotHere'
  | 'left'
  | 'handedOver'
  | 'handedToGuest'
  | 'noPickupHeard'
  | 'cancelled'
  | 'failed'
  | Exclude<ProgressStep, 'none'>

type StatusKey = `status.${Status | 'courier_booked'}`
type DeliveryStatusKey = `deliveryStatus.${DeliveryStatus}`

export function isDeliveryStatus(value: string): value is DeliveryStatus {
  return (deliveryStatuses as readonly string[]).includes(value)
}

function isStatus(value: string): value is Status {
  return (statuses as readonly string[]).includes(value)
}

/** Stream's last `status` in words. "Out for delivery" is said only of food that left. */
export function statusWords(order: OrderView): Words<StatusKey> | null {
  const { status } = order
  if (status === null) return null
  if (!isStatus(status)) return { unknown: asWords(status) }
  if (status === 'out_for_delivery' && !order.isGone) return { key: 'status.courier_booked' }
  return { key: `status.${status}` }
}

/** Stream's last `delivery_status` in words. */
export function deliveryStatusWords(order: OrderView): Words<DeliveryStatusKey | 'status.dsp_canceled'> | null {
  const { deliveryStatus } = order
  if (deliveryStatus === null) return null
  if (deliveryStatus === 'dsp_canceled') return { key: 'status.dsp_canceled' }
  return isDeliveryStatus(deliveryStatus)
    ? { key: `deliveryStatus.${deliveryStatus}` }
    : { unknown: asWords(deliveryStatus) }
}

export function kitchenWords(order: OrderView): 'preparing' | 'ready' | 'readySaidByStream' {
  if (order.kitchen === 'preparing') return 'preparing'
  return order.readySaidBy === 'stream' ? 'readySaidByStream' : 'ready'
}

/** How far the delivery is; null for guests, who are their own courier. */
export function deliveryWords(order: OrderView): Words<`delivery.${DeliveryKey}` | DeliveryStatusKey> | null {
  const { deliveryStatus, progress } = order
  if (order.end === 'cancelled') return { key: 'delivery.cancelled' }
  if (!order.isTracked && order.takenBy !== 'courier') return order.isGone ? { key: 'delivery.left' } : null
  if (order.end === 'failed') {
    return { key: deliveryStatus === 'failed_to_deliver' ? 'deliveryStatus.failed_to_deliver' : 'delivery.failed' }
  }
  if (deliveryStatus !== null && !isDeliveryStatus(deliveryStatus) && deliveryStatus !== 'dsp_canceled') {
    return { unknown: asWords(deliveryStatus) }
  }
  if (order.driver?.released) return { key: 'delivery.finding' }
  if (order.driver?.vehicle.isAutonomous) {
    if (progress === 'enroute_to_pickup') return { key: 'delivery.robotComing' }
    if (progress === 'arrived_at_pickup') return { key: 'delivery.robotHere' }
  }
  if (progress !== 'none') return { key: `delivery.${progress}` }
  if (order.isGone) return { key: 'delivery.left' }
  return deliveryStatus !== null && isDeliveryStatus(deliveryStatus)
    ? { key: `deliveryStatus.${deliveryStatus}` }
    : { key: 'delivery.unheard' }
}

/** How many of the four steps coming, here, left, delivered are reached. */
export function deliverySteps(order: OrderView): number {
  if (order.driver?.released) return 0
  const reached = progressOf[order.progress]
  if (reached === 0) return order.isGone ? 3 : 0
  if (reached >= progressOf.enroute_to_return) return 3
  if (reached === progressOf.completed) return 4
  return Math.min(reached, 3)
}

const pickupHeardWithinMs = 5 * 60_000

/** A tracked courier was given the order, and no pickup was heard for five minutes. */
export function isPickupUnheard(order: OrderView, now: number): boolean {
  const { handedOver } = order
  if (handedOver === null || !order.isTracked || order.isGone || order.end !== null) return false
  return now - Date.parse(handedOver.at) >= pickupHeardWithinMs
}

/** What became of an order that left, for a compact row. */
export function departureWords(order: OrderView, isUnheard: boolean): ReturnType<typeof deliveryWords> {
  const isGuest = order.takenBy === 'guest' || order.takenBy === 'unknown'
  if (order.handedOver === null || order.isGone || order.end === 'cancelled') return deliveryWords(order)
  if (isGuest) return { key: 'delivery.handedToGuest' }
  if (order.end !== null) return deliveryWords(order) ?? { key: 'delivery.completed' }
  return { key: isUnheard ? 'delivery.noPickupHeard' : 'delivery.handedOver' }
}
