/**
 * Which other servers show which locations, as each of them says: at once of one that is new to it, of all now and then.
 * Whether it is right decides only how soon a screen knows: what a server shows and was not told whole, it reads.
 */
import type { CommittedChange } from '../store/batch.ts'

export type Shown = {
  server: string
  locationIds: readonly string[]
  /** It shows no others any more. */
  isAll: boolean
}

/** A server that said nothing for so many times is gone. */
const missedTimes = 5

/** @param everyMs how often each server says all that it shows */
export function createShownElsewhere(everyMs: number, now: () => number = () => performance.now()) {
  const servers = new Map<string, { locations: Set<string>; heardAt: number }>()
  return {
    hear: ({ server, locationIds, isAll }: Shown) => {
      const locations = isAll ? new Set<string>() : (servers.get(server)?.locations ?? new Set<string>())
      for (const locationId of locationIds) locations.add(locationId)
      servers.set(server, { locations, heardAt: now() })
    },
    /** Of these changes those that a server shows, in their order, for each server that shows any. */
    whoShows: (changes: readonly CommittedChange[]): Map<string, CommittedChange[]> => {
      const shown = new Map<string, CommittedChange[]>()
      for (const [server, { locations, heardAt }] of servers) {
        if (now() - heardAt > missedTimes * everyMs) {
          servers.delete(server)
          continue
        }
        const own = changes.filter(({ locationId }) => locations.has(locationId))
        if (own.length > 0) shown.set(server, own)
      }
      return shown
    },
  }
}
