/** How long it usually is between two webhooks of a location, by the hour of the week: what makes a silence strange. */
import type { Logger } from 'pino'
import type { Watchkeeping } from '../store/watchkeeping.ts'

const hourMs = 60 * 60_000
const hoursOfWeek = 7 * 24
/** How much one week counts beside all before it. */
const newShare = 0.3

export type UsualGaps = {
  /** A webhook of this location was stored, or so many. */
  hear: (locationId: string, count?: number) => void
  /** Some were not heard of: this hour tells nothing. */
  missSome: () => void
  /** Milliseconds; null where it is not known yet, or hardly anything ever comes. */
  usualMs: (locationId: string) => number | null
  /** Looks whether an hour has ended, and keeps it. Runs by itself. */
  turn: () => Promise<void>
  stop: () => void
}

/** Sunday 00:00 to 01:00 UTC is 0. 1970 began on a Thursday. */
function hourOfWeek(at: number): number {
  return (Math.floor(at / hourMs) + 4 * 24) % hoursOfWeek
}

type Settings = {
  watchkeeping: Watchkeeping
  /** Whether it is on this server to keep what is usual; of several, each counts what all have heard. */
  isMine: () => boolean
  now: () => number
  log: Logger
}

export async function watchUsualGaps({ watchkeeping, isMine, now, log }: Settings): Promise<UsualGaps> {
  const usual = new Map<string, Map<number, number>>()
  for (const { locationId, hour, webhooks } of await watchkeeping.usualHours()) keep(locationId, hour, webhooks)
  let counts = new Map<string, number>()
  let hourBegan = Math.floor(now() / hourMs)
  // The first hour was not heard from its beginning.
  let isWhole = false
  const timer = setInterval(() => void turn(), 10_000)

  function keep(locationId: string, hour: number, webhooks: number): void {
    const ofLocation = usual.get(locationId) ?? new Map<number, number>()
    usual.set(locationId, ofLocation.set(hour, webhooks))
  }

  /** When an hour has ended, it joins what is usual. Never rejects. */
  async function turn(): Promise<void> {
    const hourNow = Math.floor(now() / hourMs)
    if (hourNow === hourBegan) return
    const [ended, isEndedWhole] = [counts, isWhole && hourNow === hourBegan + 1]
    const hour = hourOfWeek(hourBegan * hourMs)
    counts = new Map()
    hourBegan = hourNow
    isWhole = true
    if (!isEndedWhole) return
    const changed = [...new Set([...ended.keys(), ...usual.keys()])].map((locationId) => {
      const count = ended.get(locationId) ?? 0
      const before = usual.get(locationId)?.get(hour)
      const webhooks = before === undefined ? count : before * (1 - newShare) + count * newShare
      return { locationId, hour, webhooks }
    })
    for (const one of changed) keep(one.locationId, one.hour, one.webhooks)
    if (!isMine()) return
    try {
      await watchkeeping.keepUsualHours(changed)
    } catch (error) {
      log.warn({ err: error }, 'what is usual in an hour could not be kept')
    }
  }

  return {
    hear: (locationId, count = 1) => counts.set(locationId, (counts.get(locationId) ?? 0) + count),
    missSome: () => {
      isWhole = false
    },
    usualMs: (locationId) => {
      const webhooks = usual.get(locationId)?.get(hourOfWeek(now()))
      return webhooks === undefined || webhooks < 1 ? null : hourMs / webhooks
    },
    turn,
    stop: () => clearInterval(timer),
  }
}
