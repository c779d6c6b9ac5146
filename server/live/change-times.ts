/** When the last changes of each location were received, so that a paint can be told from it, and which are here whole. */
import type { CommittedChange } from '../store/batch.ts'

/** Of each location; screens tell of a paint within seconds. */
const keptChanges = 256

type Received = Pick<CommittedChange, 'locationId' | 'seq' | 'at'>

export type ChangeTimes = {
  note: (changes: readonly Received[], isWhole: boolean) => void
  /** Epoch milliseconds, or null when it is not known any more. */
  receivedAt: (locationId: string, seq: number) => number | null
  /** Whether it was noted whole. */
  isWhole: (locationId: string, seq: number) => boolean
  /** All of it was of another history. */
  forget: () => void
}

export function createChangeTimes(): ChangeTimes {
  /** By seq, the oldest overwritten: a ring for each location. */
  const rings = new Map<string, { seq: number; at: number; isWhole: boolean }[]>()

  function kept(locationId: string, seq: number) {
    const found = rings.get(locationId)?.[seq % keptChanges]
    return found?.seq === seq ? found : null
  }

  return {
    note: (changes, isWhole) => {
      for (const { locationId, seq, at } of changes) {
        const ring = rings.get(locationId) ?? []
        // What other servers have stored is heard of a moment later.
        if ((ring[seq % keptChanges]?.seq ?? 0) < seq) ring[seq % keptChanges] = { seq, at, isWhole }
        rings.set(locationId, ring)
      }
    },
    receivedAt: (locationId, seq) => kept(locationId, seq)?.at ?? null,
    isWhole: (locationId, seq) => kept(locationId, seq)?.isWhole ?? false,
    forget: () => rings.clear(),
  }
}
