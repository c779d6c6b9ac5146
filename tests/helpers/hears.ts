/** Jobs of the writer for tests that do without a server around it. */
import { decide } from '#domain/decide.ts'
import type { Job } from '#server/store/batch.ts'

/** A job that hears a status of an order and keeps a receipt of the given type; it answers the seq. */
export function hears(orderId: string, status: string, type = 'order.updated', locationId = 'north'): Job<number> {
  const at = Date.UTC(2026, 0, 1)
  return {
    about: { locationId, orderId },
    at,
    bytes: 100,
    isWebhook: true,
    decide: ({ order, moment }) => {
      const update = {
        type: 'order.updated',
        locationId,
        orderId,
        status,
        deliveryStatus: undefined,
        driver: undefined,
      }
      const { order: next, outcome } = decide(order, update as Parameters<typeof decide>[1], moment)
      const receipt = { at, credentialId: 'c', type, locationId, orderId, outcome, seq: next.seq, body: status }
      const step =
        outcome === 'changed'
          ? ({ kind: 'changed', order: next, by: 'stream', facts: {} } as const)
          : ({ kind: 'unchanged' } as const)
      return { step, receipt, answer: next.seq }
    },
  }
}
