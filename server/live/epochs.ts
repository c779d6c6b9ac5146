/**
 * Epochs: opaque names of "this history of this board". Another epoch tells a screen that its cursor means nothing here.
 * They differ by location and role, and by the history that the database tells of itself: one that was replaced has others.
 */
import { createHash } from 'node:crypto'
import type { Sight } from './sight.ts'

export type Epochs = (locationId: string, sight: Sight) => string

/** @param history as it is now: it may become another one while we look at the database */
export function createEpochs(history: () => string): Epochs {
  const known = new Map<string, string>()
  let knownOf = history()
  return (locationId, sight) => {
    const now = history()
    if (now !== knownOf) known.clear()
    knownOf = now
    const key = `${sight} ${locationId}`
    const epoch = known.get(key) ?? createHash('sha256').update(`${now} ${key}`).digest('base64url').slice(0, 12)
    known.set(key, epoch)
    return epoch
  }
}
