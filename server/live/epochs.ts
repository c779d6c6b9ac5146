/**
 * Epochs: opaque names of "this history of this board". Another epoch tells a screen that its cursor means nothing here.
 * They differ by location and role, and a database that is opened afresh has new ones, for it may have been replaced.
 */
import { createHash, randomUUID } from 'node:crypto'
import type { Sight } from './sight.ts'

export type Epochs = (locationId: string, sight: Sight) => string

export function createEpochs(databaseEpoch: string = randomUUID()): Epochs {
  const known = new Map<string, string>()
  return (locationId, sight) => {
    const key = `${sight} ${locationId}`
    const epoch =
      known.get(key) ?? createHash('sha256').update(`${databaseEpoch} ${key}`).digest('base64url').slice(0, 12)
    known.set(key, epoch)
    return epoch
  }
}
