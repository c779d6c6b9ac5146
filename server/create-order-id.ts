import { hash, randomUUID } from 'node:crypto'

/** The id of a created order: the same key of the same location gets the same id, whoever asks, however often. */
export function createOrderId(locationId: string, key: string | null): string {
  if (key === null) return `ord_${randomUUID()}`
  const digest = hash('sha256', JSON.stringify([locationId, key]), 'base64url')
  return `ord_${digest.slice(0, 22)}`
}
