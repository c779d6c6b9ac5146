/** Screens: what each may see, and how a browser becomes one. */
import { randomUUID } from 'node:crypto'
import type { Locale } from '#domain/locales.ts'
import type { ScreenRole } from '#domain/protocol.ts'
import { maximumLocationsPerScreen } from '#domain/screen-limits.ts'
import type { WaitLimits } from '#domain/wait-limits.ts'
import { hashOf, newSecret } from './credentials.ts'
import type { Client, Transaction, Writing } from './database.ts'
import type { Revisions } from './revisions.ts'
import type { Sql } from './sql.ts'

export type Screen = {
  id: string
  name: string
  role: ScreenRole
  /** It follows every location of this server, new ones included. */
  everyLocation: boolean
  locations: readonly string[]
  /** What opens a hand-off shows only where somebody asked for it. */
  guestsCanSee: boolean
  /** What its locations have set of how it looks. */
  look: Look
  /** Opaque; another one when the screen got other work or another place, so that its browser begins anew. */
  settings: string
}

/** The language of the first location that has one, and limits of those that have their own. */
export type Look = { language: Locale | null; limits: Record<string, WaitLimits> }

export type NewScreen = {
  name: string
  role: ScreenRole
  locations: readonly string[] | 'every'
  /** A fixed screen is missed when it is silent; a phone is not. */
  isWatched?: boolean
  guestsCanSee?: boolean
  /** Who made it a screen: when they leave, it is known what they could leave behind. */
  addedBy?: string
}

/** Whether a screen of these locations may be changed. */
type MayBe = (locations: readonly string[] | 'every') => boolean

const anybody: MayBe = () => true

/** What of a screen may be set; what is not given stays. */
export type ScreenChange = { [Name in keyof NewScreen]?: NewScreen[Name] | undefined }

/** A screen as it is known, with what is noted of its silence. */
export type KnownScreen = Screen & {
  isPaired: boolean
  isWatched: boolean
  /** Epoch milliseconds: signed off until then; last heard of, as it was noted last. */
  offUntil: number | null
  notedBeatAt: number | null
}

const linkLastsMs = 30 * 60_000

export type Screens = ReturnType<typeof createScreens>

type Settings = { reader: Client; writing: Writing; sql: Sql; revisions: Revisions }

/** @param settings `writing` runs a write on its own, apart from the batches */
export function createScreens({ reader, writing, sql, revisions }: Settings) {
  /** All that are not revoked, by the hash of their tokens; forgotten at each change. */
  const known = remembered(load)
  /** The locations of screens that follow every one. */
  const everyLocation = remembered(firstLocations)
  revisions.follow('screens', known.forget)
  revisions.follow('locations', everyLocation.forget)

  async function load(): Promise<Map<string, KnownScreen>> {
    const rows = await reader.screen.findMany({ where: { revokedAt: null }, include: { locations: true } })
    const looks = await locationsWithLooks()
    return new Map(
      rows.map((row) => {
        const ids = row.locations.map((one) => one.locationId)
        const look = lookFrom(looks, row.everyLocation ? null : ids)
        const screen: KnownScreen = {
          id: row.id,
          name: row.name,
          role: row.role as ScreenRole,
          everyLocation: row.everyLocation,
          locations: ids.slice(0, maximumLocationsPerScreen),
          guestsCanSee: row.guestsCanSee,
          look,
          settings: settingsOf(row, look),
          isPaired: row.pairedAt !== null,
          isWatched: row.isWatched,
          offUntil: row.offUntil?.getTime() ?? null,
          notedBeatAt: row.lastBeatAt?.getTime() ?? null,
        }
        return [row.tokenHash, screen]
      }),
    )
  }

  /** Locations that have set how their screens look, the oldest first. */
  function locationsWithLooks() {
    return reader.location.findMany({
      where: { OR: [{ language: { not: null } }, { waitLimits: { not: null } }] },
      select: { id: true, language: true, waitLimits: true },
      orderBy: { createdAt: 'asc' },
    })
  }

  /** @param isChange of a write that may find nothing to change: strangers' guesses must not cost a reading each */
  async function changing<Result>(
    work: (client: Transaction) => Promise<Result>,
    isChange: (result: Result) => boolean = () => true,
  ): Promise<Result> {
    let mayHaveChanged = true
    try {
      const result = await writing(async (client) => {
        const done = await work(client)
        if (isChange(done)) await revisions.raise(client, 'screens')
        return done
      })
      mayHaveChanged = isChange(result)
      return result
    } finally {
      if (mayHaveChanged) known.forget()
    }
  }

  /** Whose token this is, with the locations that it may see as they are now; null when it is nobody's. */
  async function authenticate(token: string): Promise<Screen | null> {
    const hash = hashOf(token)
    const screen = (await known.read()).get(hash) ?? (await knownElsewhere(hash))
    if (!screen) return null
    const { id, name, role, everyLocation, guestsCanSee, look, settings } = screen
    return { id, name, role, everyLocation, guestsCanSee, look, settings, locations: await locationsOf(screen) }
  }

  /** Another server may have added it just now. */
  async function knownElsewhere(hash: string): Promise<KnownScreen | undefined> {
    await revisions.look()
    return (await known.read()).get(hash)
  }

  async function locationsOf(screen: Screen): Promise<readonly string[]> {
    return screen.everyLocation ? everyLocation.read() : screen.locations
  }

  /** Something was set of a location that its screens show. */
  function noteLocationSet(): void {
    known.forget()
  }

  /** There is a new location: it belongs to the screens that follow every one. */
  function noteNewLocation(): void {
    everyLocation.forget()
  }

  async function firstLocations(): Promise<string[]> {
    const rows = await reader.location.findMany({
      select: { id: true },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      take: maximumLocationsPerScreen,
    })
    return rows.map((row) => row.id)
  }

  /** Every screen that is not revoked, with the locations that it may see now. */
  async function all(): Promise<KnownScreen[]> {
    const screens = [...(await known.read()).values()]
    return Promise.all(screens.map(async (screen) => ({ ...screen, locations: await locationsOf(screen) })))
  }

  /**
   * @param before done in the same transaction; when it throws, there is no screen
   * @returns its token, and the secret of its one-time link; neither is kept
   */
  async function add(
    { name, role, locations, isWatched = true, guestsCanSee = false, addedBy }: NewScreen,
    id: string = randomUUID(),
    before: (client: Transaction) => Promise<void> = async () => {},
  ): Promise<{ id: string; token: string; link: string }> {
    const token = newSecret('scr')
    const link = newSecret('pair')
    const now = new Date()
    const data = {
      id,
      name,
      role,
      tokenHash: hashOf(token),
      linkHash: hashOf(link),
      linkExpiresAt: new Date(now.getTime() + linkLastsMs),
      everyLocation: locations === 'every',
      isWatched,
      guestsCanSee,
      addedBy: addedBy ?? null,
      createdAt: now,
      locations: { create: rowsOf(locations) },
    }
    await changing(async (client) => {
      await before(client)
      await client.screen.create({ data })
    })
    return { id, token, link }
  }

  /**
   * Pairs the browser that opened a screen's one-time link: it gets a token of its own, and any earlier one ends.
   * @returns null when the link was used, is too old, or never was
   */
  async function pairByLink(link: string): Promise<{ id: string; token: string } | null> {
    // Strangers guess: a link that is none must not cost a write.
    const found = await reader.screen.findUnique({ where: { linkHash: hashOf(link) }, select: { id: true } })
    if (!found) return null
    const token = await newToken({ linkHash: hashOf(link), linkExpiresAt: { gt: new Date() } })
    return token === null ? null : { id: found.id, token }
  }

  /** A token for the browser that is this screen from now on; any earlier one ends. @returns null when there is no such screen */
  async function giveToken(id: string): Promise<string | null> {
    return newToken({ id })
  }

  async function newToken(where: { id: string } | { linkHash: string; linkExpiresAt: { gt: Date } }) {
    const token = newSecret('scr')
    const data = { tokenHash: hashOf(token), linkHash: null, linkExpiresAt: null, pairedAt: new Date() }
    const { count } = await changing(
      (client) => client.screen.updateMany({ where: { ...where, revokedAt: null }, data }),
      (updated) => updated.count > 0,
    )
    return count === 1 ? token : null
  }

  /** What is known of one that is not revoked, or null. */
  async function find(id: string): Promise<KnownScreen | null> {
    return [...(await known.read()).values()].find((screen) => screen.id === id) ?? null
  }

  /**
   * Names it anew, moves it, or gives it other work.
   * @param mayBe whether who asks may, decided on where it stands at that moment: somebody else may just have moved it
   * @returns false when there is no such screen
   */
  async function set(id: string, { locations, ...change }: ScreenChange, mayBe: MayBe = anybody): Promise<boolean> {
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
    return changing(async (client) => {
      if (!(await theirs(client, id, mayBe))) return false
      if (locations !== undefined) {
        await client.screenLocation.deleteMany({ where: { screenId: id } })
        await client.screen.update({
          where: { id },
          data: { everyLocation: locations === 'every', locations: { create: rowsOf(locations) } },
        })
      }
      if (Object.keys(given).length > 0) await client.screen.update({ where: { id }, data: given })
      return true
    })
  }

  async function list() {
    const rows = await reader.screen.findMany({ include: { locations: true }, orderBy: { createdAt: 'asc' } })
    return rows.map(({ id, name, role, createdAt, pairedAt, revokedAt, ...row }) => ({
      id,
      name,
      role,
      locations: placesOf(row),
      isWatched: row.isWatched,
      guestsCanSee: row.guestsCanSee,
      addedBy: row.addedBy,
      createdAt,
      pairedAt,
      revokedAt,
    }))
  }

  /** @param mayBe as of `set` @returns its name; null when there is no such screen, or it was revoked before */
  async function revoke(id: string, mayBe: MayBe = anybody): Promise<string | null> {
    return changing(async (client) => {
      const screen = await theirs(client, id, mayBe)
      if (screen) await client.screen.update({ where: { id }, data: { revokedAt: new Date(), linkHash: null } })
      return screen?.name ?? null
    })
  }

  async function theirs(client: Transaction, id: string, mayBe: MayBe) {
    const screen = await client.screen.findFirst({ where: { id, revokedAt: null }, include: { locations: true } })
    return screen && mayBe(placesOf(screen)) ? screen : null
  }

  /** Signs a screen off until a moment, or on again with null. */
  async function signOff(id: string, until: number | null): Promise<void> {
    await changing((client) =>
      client.screen.updateMany({ where: { id }, data: { offUntil: until === null ? null : new Date(until) } }),
    )
  }

  /** Notes when screens were last heard of, epoch milliseconds by id: what the next start, and other servers, know of them. */
  async function noteBeats(beats: ReadonlyMap<string, number>): Promise<void> {
    if (beats.size === 0) return
    const rows = [...beats].map(([id, at]) => [id, new Date(at).toISOString()])
    await writing((client) =>
      client.$executeRawUnsafe(
        sql.statement(
          `UPDATE screens SET last_beat_at = ${sql.moment('said.value ->> 1')}
            FROM ${sql.each('said')} WHERE screens.id = said.value ->> 0
              AND (last_beat_at IS NULL OR last_beat_at < ${sql.moment('said.value ->> 1')})`,
        ),
        JSON.stringify(rows),
      ),
    )
  }

  /** When screens were last heard of that were heard of after a moment, as it was noted; epoch milliseconds by id. */
  async function notedBeats(after: number): Promise<Map<string, number>> {
    const where = { lastBeatAt: { gt: new Date(after) }, revokedAt: null }
    const rows = await reader.screen.findMany({ where, select: { id: true, lastBeatAt: true } })
    return new Map(rows.map(({ id, lastBeatAt }) => [id, lastBeatAt?.getTime() ?? 0]))
  }

  return {
    authenticate,
    noteNewLocation,
    noteLocationSet,
    all,
    find,
    add,
    set,
    pairByLink,
    giveToken,
    list,
    revoke,
    signOff,
    noteBeats,
    notedBeats,
  }
}

/** @param ids of the screen's locations; null: every one */
function lookFrom(
  looks: readonly { id: string; language: string | null; waitLimits: string | null }[],
  ids: readonly string[] | null,
): Look {
  const theirs = looks.filter(({ id }) => ids === null || ids.includes(id))
  const language = (theirs.find((one) => one.language !== null)?.language ?? null) as Locale | null
  const limits = theirs.flatMap(({ id, waitLimits }) =>
    waitLimits === null ? [] : [[id, JSON.parse(waitLimits) as WaitLimits]],
  )
  return { language, limits: Object.fromEntries(limits) }
}

/** As they are stored: those that follow every location name none. */
function rowsOf(locations: readonly string[] | 'every'): { locationId: string }[] {
  return locations === 'every' ? [] : locations.map((locationId) => ({ locationId }))
}

function placesOf({ everyLocation, locations }: Pick<SettingsRow, 'everyLocation' | 'locations'>): string[] | 'every' {
  return everyLocation ? 'every' : locations.map((one) => one.locationId)
}

type SettingsRow = { role: string; everyLocation: boolean; guestsCanSee: boolean; locations: { locationId: string }[] }

function settingsOf({ role, everyLocation, guestsCanSee, locations }: SettingsRow, look: Look): string {
  const places = locations.map((one) => one.locationId).sort()
  return hashOf(JSON.stringify([role, everyLocation, guestsCanSee, places, look])).slice(0, 12)
}

/** A reading that is made once, and again after it was forgotten or has failed. */
function remembered<Value>(make: () => Promise<Value>): { read: () => Promise<Value>; forget: () => void } {
  // The promise is kept, not its result: a reading that a change overtook is forgotten with the rest.
  let reading: Promise<Value> | null = null
  return {
    read: async () => {
      reading ??= make()
      const own = reading
      try {
        return await own
      } catch (error) {
        if (reading === own) reading = null
        throw error
      }
    },
    forget: () => {
      reading = null
    },
  }
}
