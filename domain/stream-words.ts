/** What Stream's statuses say, in our facts. A value that is not listed is kept as it is, and moves nothing. */
import type { End } from './order.ts'
import { progressOf } from './progress.ts'

export const statuses = [
  'in_progress',
  'ready_for_pickup',
  'out_for_delivery',
  'completed',
  'failed',
  'merchant_canceled',
  'dsp_canceled',
] as const

export const deliveryStatuses = [
  'pending',
  'pending_driver_confirmation',
  'enroute_to_pickup',
  'arrived_at_pickup',
  'enroute_to_dropoff',
  'arrived_at_dropoff',
  'completed',
  'failed_to_assign_driver',
  'failed_to_pickup',
  'failed_to_deliver',
  'failed',
  'merchant_canceled',
  'enroute_to_return',
  'arrived_at_return',
  'returned',
] as const

export type Status = (typeof statuses)[number]
export type DeliveryStatus = (typeof deliveryStatuses)[number]

/** What a status says of the kitchen, of the food's leaving, and of the end. */
export type StatusWord = { kitchen?: 'preparing' | 'ready'; left?: true; end?: End }

const statusWords: Record<Status, StatusWord> = {
  in_progress: { kitchen: 'preparing' },
  ready_for_pickup: { kitchen: 'ready' },
  out_for_delivery: { left: true },
  completed: { end: 'completed' },
  failed: { end: 'failed' },
  merchant_canceled: { end: 'cancelled' },
  dsp_canceled: { end: 'cancelled' },
}

/**
 * What a delivery status says of the driver's turn.
 * `progress` is a step that was reached; `unassigned` takes the driver away, for one of three reasons.
 */
export type DeliveryWord = {
  progress?: number
  unassigned?: 'pending' | 'no_driver' | 'not_collected'
  end?: End
}

const deliveryWords: Record<DeliveryStatus, DeliveryWord> = {
  pending: { unassigned: 'pending' },
  pending_driver_confirmation: { unassigned: 'pending' },
  enroute_to_pickup: { progress: progressOf.enroute_to_pickup },
  arrived_at_pickup: { progress: progressOf.arrived_at_pickup },
  enroute_to_dropoff: { progress: progressOf.enroute_to_dropoff },
  arrived_at_dropoff: { progress: progressOf.arrived_at_dropoff },
  completed: { progress: progressOf.completed, end: 'completed' },
  failed_to_assign_driver: { unassigned: 'no_driver' },
  failed_to_pickup: { unassigned: 'not_collected' },
  failed_to_deliver: { end: 'failed' },
  failed: { end: 'failed' },
  merchant_canceled: { end: 'cancelled' },
  enroute_to_return: { progress: progressOf.enroute_to_return },
  arrived_at_return: { progress: progressOf.arrived_at_return },
  returned: { progress: progressOf.returned, end: 'returned' },
}

const nothing = Object.freeze({})

/** The meaning of a status; `{}` for none and for one never heard of. */
export function statusWord(status: string | undefined): StatusWord {
  return status !== undefined && Object.hasOwn(statusWords, status) ? statusWords[status as Status] : nothing
}

/** The meaning of a delivery status; `{}` for none and for one never heard of. A cancel may stand in either field. */
export function deliveryWord(deliveryStatus: string | undefined): DeliveryWord {
  if (deliveryStatus === undefined) return nothing
  if (Object.hasOwn(deliveryWords, deliveryStatus)) return deliveryWords[deliveryStatus as DeliveryStatus]
  return deliveryStatus === 'dsp_canceled' ? { end: 'cancelled' } : nothing
}
