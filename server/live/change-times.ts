/** When the last changes of each location were received, so that a paint can be told from it. */
import type { CommittedChange } from '../store/batch.ts'

/** Of each location; screens tell of a paint within seconds. */
const keptChanges = 256

export type ChangeTimes = {
  note: (changes: readonly CommittedChange[]) => void
  /** Epoch milliseconds, or null when it is not known any more. */
  receivedAt: (locationId: string, seq: number) => number | null
}

export function createChangeTimes(): ChangeTimes {
  /** By seq, the oldest overwritten: a ring for each location. */
  const rings = new Map<string, { seq: number; at: number }[]>()
  return {
    note: (changes) => {
      for (const { locationId, seq, at } of changes) {
        const ring = rings.get(locationId) ?? []
        // What other servers have stored is heard of a moment later.
        if ((ring[seq % keptChanges]?.seq ?? 0) < seq) ring[seq % keptChanges] = { seq, at }
        rings.set(locationId, ring)
      }
    },
    receivedAt: (locationId, seq) => {
      const kept = rings.get(locationId)?.[seq % keptChanges]
      return kept?.seq === seq ? kept.at : null
    },
  }
}
