/**
 * What is known of each screen: when it last asked, what it has painted, how long that took, its sound, its build.
 * A fixed screen that is silent is named on the others of its locations.
 */
import type { Logger } from 'pino'
import { businessDayStartedAt, weekMinutesAt } from '#domain/business-day.ts'
import { iso } from '#domain/iso-time.ts'
import { isOpenAt } from '#domain/opening-hours.ts'
import type { Beat, ScreenRole, SilentScreen } from '#domain/protocol.ts'
import type { Boards, LocationSettings } from '../store/boards.ts'
import type { KnownScreen, Screen, Screens } from '../store/screens.ts'

/** Without a question for this long a screen is silent. */
export const silentAfterMs = 30_000

/** A change that no screen of a role has painted after this is said to be on none. */
const unshownAfterMs = 10_000

const readEveryMs = 10_000

type Heard = {
  at: number
  painted: Record<string, number>
  paintedAt: number | null
  lastPaintMs: number | null
  hidden: number
  sound: Beat['sound']
  build: string
}

/** A screen as `GET …/screens` shows it. Times are ISO 8601. */
export type ScreenView = {
  id: string
  name: string
  role: ScreenRole
  isLive: boolean
  isWatched: boolean
  lastBeatAt: string | null
  silentSince: string | null
  offUntil: string | null
  painted: { seq: number; at: string | null } | null
  webhookToPaintMs: number | null
  hidden: number | null
  sound: Beat['sound'] | null
  build: string | null
}

export type ScreenHealth = ReturnType<typeof createScreenHealth>

type Settings = {
  screens: Screens
  boards: Pick<Boards, 'locations'>
  /** When a change was received, epoch milliseconds; null when it is not known any more. */
  receivedAt: (locationId: string, seq: number) => number | null
  onPainted: (afterMs: number) => void
  now: () => number
  log: Logger
}

export function createScreenHealth({ screens, boards, receivedAt, onPainted, now, log }: Settings) {
  const startedAt = now()
  const heard = new Map<string, Heard>()
  /** Those whose silence is noted already. */
  const noted = new Set<string>()
  let known = new Map<string, KnownScreen>()
  let byLocation = new Map<string, KnownScreen[]>()
  let settings = new Map<string, LocationSettings>()
  const timer = setInterval(() => void look(), readEveryMs)

  /** A screen asked. */
  function note(screen: Screen, beat: Beat): void {
    const at = now()
    const before = heard.get(screen.id)
    let paintedAt = before?.paintedAt ?? null
    let lastPaintMs = before?.lastPaintMs ?? null
    for (const [locationId, seq, agoMs] of beat.paints ?? []) {
      paintedAt = at - agoMs
      const received = receivedAt(locationId, seq)
      if (received === null) continue
      lastPaintMs = Math.max(0, paintedAt - received)
      onPainted(lastPaintMs)
    }
    const { painted, hidden, sound, build } = beat
    heard.set(screen.id, { at, painted, paintedAt, lastPaintMs, hidden, sound, build })
    noted.delete(screen.id)
    const one = known.get(screen.id)
    // Signed off, and here all the same: it is on.
    if (one && one.offUntil !== null) void signOn(one)
  }

  async function signOn(screen: KnownScreen): Promise<void> {
    screen.offUntil = null
    try {
      await screens.signOff(screen.id, null)
    } catch (error) {
      log.warn({ err: error }, 'a screen could not be signed on')
    }
  }

  /** Reads which screens there are, and notes which have fallen silent. Never rejects. */
  async function look(): Promise<void> {
    try {
      settings = new Map((await boards.locations()).map((location) => [location.id, location]))
      const all = await screens.all()
      known = new Map(all.map((screen) => [screen.id, screen]))
      byLocation = new Map()
      for (const screen of all) {
        for (const locationId of screen.locations) {
          const others = byLocation.get(locationId)
          if (others) others.push(screen)
          else byLocation.set(locationId, [screen])
        }
      }
      const fallen = new Map<string, number>()
      for (const [id, { at }] of heard) {
        if (!known.has(id)) heard.delete(id)
        else if (now() - at >= silentAfterMs && !noted.has(id)) fallen.set(id, at)
      }
      await screens.noteBeats(fallen)
      for (const id of fallen.keys()) noted.add(id)
    } catch (error) {
      log.warn({ err: error }, 'the screens could not be looked after')
    }
  }

  const at = (locationId: string) => byLocation.get(locationId) ?? []

  function isLive(screen: KnownScreen): boolean {
    const last = heard.get(screen.id)
    return last !== undefined && now() - last.at < silentAfterMs
  }

  function isOpen(locationId: string): boolean {
    const location = settings.get(locationId)
    return !location || isOpenAt(location.openingHours, weekMinutesAt(now(), location.timeZone))
  }

  /** Somebody opened it once, and nobody signed it off. */
  function isInUse(screen: KnownScreen): boolean {
    return (screen.isPaired || heard.has(screen.id)) && (screen.offUntil ?? 0) <= now()
  }

  /**
   * Since when a fixed screen that should answer does not; null while it does, or need not.
   * One that has not asked since the server started had its time since then; what was noted before tells since when.
   */
  function missedSince(screen: KnownScreen): number | null {
    const last = heard.get(screen.id)
    const isExpected = screen.isWatched && isInUse(screen)
    if (!isExpected || now() - (last?.at ?? startedAt) < silentAfterMs || !screen.locations.some(isOpen)) return null
    return last?.at ?? screen.notedBeatAt ?? startedAt
  }

  function viewOf(screen: KnownScreen, locationId: string): ScreenView {
    const last = heard.get(screen.id)
    const seq = last?.painted[locationId]
    const paintedAt = last?.paintedAt ?? null
    return {
      id: screen.id,
      name: screen.name,
      role: screen.role,
      isLive: isLive(screen),
      isWatched: screen.isWatched,
      lastBeatAt: iso(last?.at ?? screen.notedBeatAt),
      silentSince: iso(missedSince(screen)),
      offUntil: (screen.offUntil ?? 0) > now() ? iso(screen.offUntil) : null,
      painted: seq === undefined ? null : { seq, at: iso(paintedAt) },
      webhookToPaintMs: last?.lastPaintMs ?? null,
      hidden: last?.hidden ?? null,
      sound: last?.sound ?? null,
      build: last?.build ?? null,
    }
  }

  return {
    note,
    look,
    /** Signs a screen of a location off until its next business day. @returns false when there is no such screen */
    signOff: async (screenId: string, locationId: string): Promise<boolean> => {
      const screen = at(locationId).find((one) => one.id === screenId)
      if (!screen) return false
      const { timeZone = 'UTC', dayStartMinutes = 240 } = settings.get(locationId) ?? {}
      const until = businessDayStartedAt(now() + 24 * 60 * 60_000, timeZone, dayStartMinutes)
      await screens.signOff(screenId, until)
      screen.offUntil = until
      return true
    },
    /** The silent screens that a screen of these locations names. */
    silentFor: (screenId: string, locations: readonly string[]): SilentScreen[] => {
      const silent = new Map<string, SilentScreen>()
      for (const locationId of locations) {
        for (const screen of at(locationId)) {
          const since = screen.id === screenId ? null : missedSince(screen)
          if (since === null) continue
          silent.set(screen.id, { id: screen.id, locationId, name: screen.name, since: iso(since) })
        }
      }
      return [...silent.values()]
    },
    /**
     * Of each role that has screens at a location, up to where they have painted, if changes above that have been on
     * none of them for long. A screen that does not answer shows nothing that counts.
     * @param head the location's seq
     */
    unshown: (locationId: string, head: number): Partial<Record<ScreenRole, number>> => {
      // After a start every screen has its time to come back.
      if (now() - startedAt < silentAfterMs) return {}
      const shown = new Map<ScreenRole, number>()
      for (const screen of at(locationId)) {
        if (!isInUse(screen)) continue
        const painted = isLive(screen) ? (heard.get(screen.id)?.painted[locationId] ?? 0) : 0
        shown.set(screen.role, Math.max(painted, shown.get(screen.role) ?? 0))
      }
      const isOverdue = (seq: number) => now() - (receivedAt(locationId, seq + 1) ?? startedAt) >= unshownAfterMs
      return Object.fromEntries([...shown].filter(([, seq]) => seq < head && isOverdue(seq)))
    },
    /** How many live screens, pickup boards aside, have painted this seq of a location or a later one. */
    paintedOn: (locationId: string, seq: number): number =>
      at(locationId).filter(
        (one) => one.role !== 'pickup' && isLive(one) && (heard.get(one.id)?.painted[locationId] ?? -1) >= seq,
      ).length,
    /** Whether a kitchen or counter screen of this location asks now. */
    isAnyLive: (locationId: string): boolean => at(locationId).some((one) => one.role !== 'pickup' && isLive(one)),
    /** Every screen of a location. */
    of: (locationId: string): ScreenView[] => at(locationId).map((screen) => viewOf(screen, locationId)),
    stop: async (): Promise<void> => {
      clearInterval(timer)
      try {
        await screens.noteBeats(new Map([...heard].map(([id, last]) => [id, last.at])))
      } catch (error) {
        log.warn({ err: error }, 'when the screens were last heard of could not be noted')
      }
    },
  }
}
