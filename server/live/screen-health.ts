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

/** Of a screen that asks another server something new is told within this time, while that can be told. */
const toldWithinMs = 10_000

/** What was noted of beats before this tells nothing of now. */
const keptNotesMs = 2 * silentAfterMs

type Heard = {
  at: number
  /** It asked this server, not another one. */
  isOurs: boolean
  painted: Record<string, number>
  paintedAt: number | null
  lastPaintMs: number | null
  hidden: number
  sound: Beat['sound']
  build: string
}

/** What a server tells the others of a screen that asked it. */
export type HeardScreen = Omit<Heard, 'isOurs'> & { id: string }

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
  /** Nobody else has screens of this database; else whether the other servers hear which screens ask us. */
  isAlone: boolean
  isLinked: () => boolean
  now: () => number
  log: Logger
}

export function createScreenHealth(given: Settings) {
  const { screens, boards, receivedAt, onPainted, isAlone, isLinked, now, log } = given
  const startedAt = now()
  const heard = new Map<string, Heard>()
  /** Those whose silence is noted already. */
  const noted = new Set<string>()
  /** Those that asked us since `takeNews`. */
  let news = new Set<string>()
  /** When the database says that a screen was heard of: it may have asked a server that could not tell us. */
  let notedBeats: ReadonlyMap<string, number> = new Map()
  /** Of each location the change that its screens were first found to lack, where it is not known when it came. */
  const lackedSince = new Map<string, { seq: number; at: number }>()
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
    heard.set(screen.id, { at, isOurs: true, painted, paintedAt, lastPaintMs, hidden, sound, build })
    if (!isAlone) news.add(screen.id)
    noted.delete(screen.id)
    const one = known.get(screen.id)
    // Signed off, and here all the same: it is on.
    if (one && one.offUntil !== null) void signOn(one)
  }

  /** Screens asked other servers. */
  function hear(screensHeard: readonly HeardScreen[]): void {
    for (const { id, ...one } of screensHeard) {
      if (one.at <= (heard.get(id)?.at ?? 0)) continue
      heard.set(id, { ...one, isOurs: false })
      noted.delete(id)
    }
  }

  /** Which screens asked us since this was asked last, for the other servers. */
  function takeNews(): HeardScreen[] {
    const taken = [...news].flatMap((id) => {
      const one = heard.get(id)
      if (!one?.isOurs) return []
      const { isOurs, ...told } = one
      return [{ id, ...told }]
    })
    news = new Set()
    return taken
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
      const telling = new Map<string, number>()
      for (const [id, { at, isOurs }] of heard) {
        if (!known.has(id)) heard.delete(id)
        else if (now() - at >= silentAfterMs && !noted.has(id)) fallen.set(id, at)
        // The other servers do not hear us now: they find it in the database.
        else if (!isAlone && isOurs && !isLinked()) telling.set(id, at)
      }
      await screens.noteBeats(new Map([...fallen, ...telling]))
      if (!isAlone) notedBeats = await screens.notedBeats(now() - keptNotesMs)
      for (const id of fallen.keys()) noted.add(id)
    } catch (error) {
      log.warn({ err: error }, 'the screens could not be looked after')
    }
  }

  const at = (locationId: string) => byLocation.get(locationId) ?? []

  /** When it asked last, as far as it is known here; null: not since long. */
  function lastBeatAt({ id }: KnownScreen): number | null {
    const at = Math.max(heard.get(id)?.at ?? 0, notedBeats.get(id) ?? 0)
    return at === 0 ? null : at
  }

  const isRecent = (at: number | null | undefined) => at !== null && at !== undefined && now() - at < silentAfterMs
  const isLive = (screen: KnownScreen) => isRecent(lastBeatAt(screen))

  /** It asks, and what it has painted is known here. */
  function isHeard({ id }: KnownScreen): boolean {
    const last = heard.get(id)
    return last !== undefined && isRecent(last.at) && (last.isOurs || now() - last.at < toldWithinMs)
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
    const lastAt = lastBeatAt(screen)
    const isExpected = screen.isWatched && isInUse(screen)
    if (!isExpected || now() - (lastAt ?? startedAt) < silentAfterMs || !screen.locations.some(isOpen)) return null
    return lastAt ?? screen.notedBeatAt ?? startedAt
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
      lastBeatAt: iso(lastBeatAt(screen) ?? screen.notedBeatAt),
      silentSince: iso(missedSince(screen)),
      offUntil: (screen.offUntil ?? 0) > now() ? iso(screen.offUntil) : null,
      painted: seq === undefined ? null : { seq, at: iso(paintedAt) },
      webhookToPaintMs: last?.lastPaintMs ?? null,
      hidden: last?.hidden ?? null,
      sound: last?.sound ?? null,
      build: last?.build ?? null,
    }
  }

  /** Whether a change has been there for longer than it takes to paint it. */
  function isOverdue(locationId: string, seq: number): boolean {
    const at = receivedAt(locationId, seq)
    if (at !== null || isAlone) return now() - (at ?? startedAt) >= unshownAfterMs
    // Another server may have stored it just now.
    const lacked = lackedSince.get(locationId)
    const since = lacked?.seq === seq ? lacked.at : now()
    lackedSince.set(locationId, { seq, at: since })
    return now() - since >= unshownAfterMs
  }

  /** Up to where a screen has painted a location; one that asks somewhere else may have painted all. */
  function paintedUpTo(screen: KnownScreen, locationId: string): number {
    if (isHeard(screen)) return heard.get(screen.id)?.painted[locationId] ?? 0
    return isLive(screen) ? Number.POSITIVE_INFINITY : 0
  }

  return {
    note,
    hear,
    takeNews,
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
        shown.set(screen.role, Math.max(paintedUpTo(screen, locationId), shown.get(screen.role) ?? 0))
      }
      return Object.fromEntries([...shown].filter(([, seq]) => seq < head && isOverdue(locationId, seq + 1)))
    },
    /** How many live screens, pickup boards aside, have painted this seq of a location or a later one. */
    paintedOn: (locationId: string, seq: number): number =>
      at(locationId).filter(
        (one) => one.role !== 'pickup' && isHeard(one) && (heard.get(one.id)?.painted[locationId] ?? -1) >= seq,
      ).length,
    /** Whether a kitchen or counter screen of this location asks now. */
    isAnyLive: (locationId: string): boolean => at(locationId).some((one) => one.role !== 'pickup' && isLive(one)),
    /** How many screens of this database have asked, whichever server. */
    count: (): number => heard.size,
    /** Every screen of a location. */
    of: (locationId: string): ScreenView[] => at(locationId).map((screen) => viewOf(screen, locationId)),
    stop: async (): Promise<void> => {
      clearInterval(timer)
      try {
        const ours = [...heard].filter(([, { isOurs }]) => isOurs)
        await screens.noteBeats(new Map(ours.map(([id, { at }]) => [id, at])))
      } catch (error) {
        log.warn({ err: error }, 'when the screens were last heard of could not be noted')
      }
    },
  }
}
