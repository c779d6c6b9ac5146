/** Where orders come from, and how much each channel tells. */
import type { Random } from './random.ts'

export type FulfillmentType =
  | 'delivery'
  | 'merchant_managed_delivery'
  | 'pickup'
  | 'curbside'
  | 'drive_thru'
  | 'dine_in'

export type Platform = {
  source: string
  /** How often each way of getting the food is chosen. */
  fulfillment: readonly (readonly [weight: number, type: FulfillmentType])[]
  /** Whether the courier's trip is told, or the order's status alone. */
  tracksCourier: boolean
  /** Some say `out_for_delivery` as soon as a driver sets out for the restaurant. */
  saysOutEarly: boolean
  /** The older form of `order.created`: one flat customer, `placed_at`, `source_order_id`. */
  olderForm: boolean
  /** The share of trips that a robot makes. */
  robots: number
  writeNumber(random: Random): string
}

const digits = '0123456789'
const hexadecimal = '0123456789ABCDEF'

const uber: Platform = {
  source: 'uber',
  fulfillment: [
    [86, 'delivery'],
    [9, 'pickup'],
    [3, 'merchant_managed_delivery'],
    [2, 'dine_in'],
  ],
  tracksCourier: true,
  saysOutEarly: true,
  olderForm: false,
  robots: 0.02,
  writeNumber: (random) => random.text(5, hexadecimal),
} // prettier-ignore

const doordash: Platform = {
  source: 'doordash',
  fulfillment: [
    [86, 'delivery'],
    [10, 'pickup'],
    [4, 'curbside'],
  ],
  tracksCourier: true,
  saysOutEarly: false,
  olderForm: false,
  robots: 0,
  writeNumber: (random) => `ORDER-${random.text(3, digits)}`,
} // prettier-ignore

const grubhub: Platform = {
  source: 'grubhub',
  fulfillment: [
    [80, 'delivery'],
    [15, 'pickup'],
    [5, 'merchant_managed_delivery'],
  ],
  tracksCourier: true,
  saysOutEarly: false,
  olderForm: true,
  robots: 0.15,
  writeNumber: (random) => `${random.text(9, digits)}-${random.text(7, digits)}`,
} // prettier-ignore

const kiwibot: Platform = {
  source: 'kiwibot',
  fulfillment: [[1, 'delivery']],
  tracksCourier: true,
  saysOutEarly: true,
  olderForm: false,
  robots: 1,
  writeNumber: (random) => `KB${random.text(4, digits)}`,
}

const deliveroo: Platform = {
  source: 'deliveroo',
  fulfillment: [
    [9, 'delivery'],
    [1, 'pickup'],
  ],
  tracksCourier: false,
  saysOutEarly: false,
  olderForm: false,
  robots: 0,
  writeNumber: (random) => random.text(4, digits),
} // prettier-ignore

/** The restaurant's own site and its drive-through: guests who come, and drivers of the house. */
const ownShop: Platform = {
  source: 'own_shop',
  fulfillment: [
    [25, 'merchant_managed_delivery'],
    [25, 'pickup'],
    [15, 'curbside'],
    [20, 'drive_thru'],
    [15, 'dine_in'],
  ],
  tracksCourier: false,
  saysOutEarly: false,
  olderForm: true,
  robots: 0,
  writeNumber: (random) => `#${random.whole(1, 999)}`,
} // prettier-ignore

export const platforms: readonly (readonly [weight: number, platform: Platform])[] = [
  [34, doordash],
  [30, uber],
  [14, grubhub],
  [3, kiwibot],
  [7, deliveroo],
  [12, ownShop],
]
