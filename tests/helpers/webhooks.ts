/** Webhooks as Stream sends them. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

type Fields = Record<string, unknown>

/** An `order.updated`; without more, an order in the kitchen. */
export function updated(locationId: string, orderId: string, more: Fields = {}) {
  return {
    type: 'order.updated',
    object: { location_id: locationId, order_id: orderId, status: 'in_progress', ...more },
  }
}

/** An `order.updated` whose driver has the passcode `K7-42`. */
export function driverArrived(locationId: string, orderId: string, more: Fields = {}) {
  return updated(locationId, orderId, {
    status: 'ready_for_pickup',
    delivery_status: 'arrived_at_pickup',
    driver_details: { source: 'uber', name: 'Jane Driver', passcode: 'K7-42' },
    ...more,
  })
}

export function created(locationId: string, key: string, more: Fields = {}) {
  return {
    type: 'order.created',
    object: {
      location_id: locationId,
      idempotency_key: key,
      fulfillment_type: 'delivery',
      source: 'uber',
      line_items: [{ provider_id: 'burger', name: 'Burger', quantity: 1, price_amount: 900, price_currency: 'usd' }],
      ...more,
    },
  }
}

export type StreamExample = { name: string; body: { type: string; object: Fields } }

const examplesFolder = path.resolve('tests/fixtures/stream')

/** Stream's own examples, in the order of its page. */
export function streamExamples(): StreamExample[] {
  return readdirSync(examplesFolder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({ name, body: JSON.parse(readFileSync(path.join(examplesFolder, name), 'utf8')) }))
}
