/** What an operator sets of a location, before or after its first update. */
import type { Locale } from '#domain/locales.ts'
import type { OpeningHours } from '#domain/opening-hours.ts'
import type { WaitLimits } from '#domain/wait-limits.ts'
import type { Writing } from './database.ts'
import type { Revisions } from './revisions.ts'

/** What is absent stays as it is; null is none. */
export type LocationChange = {
  name?: string | null | undefined
  timeZone?: string | undefined
  openingHours?: OpeningHours | null | undefined
  prepTimeMinutes?: number | null | undefined
  language?: Locale | null | undefined
  waitLimits?: WaitLimits | null | undefined
}

export type Locations = ReturnType<typeof createLocations>

/** @param timeZone of a location that is new */
export function createLocations(writing: Writing, revisions: Pick<Revisions, 'raise'>, timeZone: string) {
  async function set(id: string, { openingHours, waitLimits, ...others }: LocationChange): Promise<void> {
    const data = {
      ...Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined)),
      ...(openingHours !== undefined && { openingHours: openingHours && JSON.stringify(openingHours) }),
      ...(waitLimits !== undefined && { waitLimits: waitLimits && JSON.stringify(waitLimits) }),
    }
    const fresh = { id, timeZone, createdAt: new Date() }
    await writing(async (client) => {
      await client.location.upsert({ where: { id }, create: { ...fresh, ...data }, update: data })
      // Its screens show what was set.
      await revisions.raise(client, 'screens')
    })
  }

  return { set }
}
