/** Orders whose courier nobody tells of: guests who come, drivers of the house, channels without tracking. */
import type { Said, Trip } from './courier-trip.ts'
import { cancel, minuteMs } from './courier-trip.ts'
import type { FulfillmentType } from './platforms.ts'

const plots = [
  [90, 'status_only'],
  [4, 'status_only_without_end'],
  [4, 'status_only_canceled'],
  [2, 'status_only_canceled_when_ready'],
] as const

export type StatusOnlyStory = (typeof plots)[number][1]

/** Tells an order by its status alone; what was said is in `trip.said`, in order. */
export function tellStatusOnly(trip: Trip, fulfillmentType: FulfillmentType): StatusOnlyStory {
  const { random, said } = trip
  const story = random.weighted(plots)
  if (story === 'status_only_canceled') {
    trip.at += random.between(0.2, 0.9) * (trip.readyAt - trip.at)
    cancel(trip)
    return story
  }
  trip.at = trip.readyAt + random.between(1, 9) * minuteMs
  if (story === 'status_only_canceled_when_ready') {
    cancel(trip)
    return story
  }
  const leaves = fulfillmentType === 'delivery' || fulfillmentType === 'merchant_managed_delivery'
  if (leaves && random.chance(0.85)) {
    said.push({ at: trip.at, status: 'out_for_delivery' })
    trip.at += random.between(8, 25) * minuteMs
  }
  if (story === 'status_only') said.push({ at: trip.at, status: 'completed' } satisfies Said)
  return story
}
