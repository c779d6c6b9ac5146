/** Screens: what each may see, and how a browser becomes one. */
import { randomUUID } from 'node:crypto'
import { maximumLocationsPerScreen, type ScreenRole } from '#domain/protocol.ts'
import { hashOf, newSecret } from './credentials.ts'
import type { Client } from './database.ts'

export type Screen = {
  id: string
  name: string
  role: ScreenRole
  /** It follows every location of this server, new ones included. */
  everyLocation: boolean
  locations: readonly string[]
}

export type NewScreen = { name: string; role: ScreenRole; locations: readonly string[] | 'every' }

const linkLastsMs = 30 * 60_000

export type Screens = ReturnType<typeof createScreens>

export function createScreens(
  reader: Client,
  writing: <Result>(work: (client: Client) => Promise<Result>) => Promise<Result>,
) {
  /** Whose token this is, with the locations that it may see as they are now; null when it is nobody's. */
  async function authenticate(token: string): Promise<Screen | null> {
    const row = await reader.screen.findUnique({ where: { tokenHash: hashOf(token) }, include: { locations: true } })
    if (!row || row.revokedAt) return null
    return {
      id: row.id,
      name: row.name,
      role: row.role as ScreenRole,
      everyLocation: row.everyLocation,
      locations: row.everyLocation
        ? await firstLocations()
        : row.locations.map((one) => one.locationId).slice(0, maximumLocationsPerScreen),
    }
  }

  async function firstLocations(): Promise<string[]> {
    const rows = await reader.location.findMany({
      select: { id: true },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      take: maximumLocationsPerScreen,
    })
    return rows.map((row) => row.id)
  }

  /** @returns its token, and the secret of its one-time link; neither is kept */
  async function add({ name, role, locations }: NewScreen): Promise<{ id: string; token: string; link: string }> {
    const id = randomUUID()
    const token = newSecret('scr')
    const link = newSecret('pair')
    const now = new Date()
    await writing((client) =>
      client.screen.create({
        data: {
          id,
          name,
          role,
          tokenHash: hashOf(token),
          linkHash: hashOf(link),
          linkExpiresAt: new Date(now.getTime() + linkLastsMs),
          everyLocation: locations === 'every',
          createdAt: now,
          locations: { create: locations === 'every' ? [] : locations.map((locationId) => ({ locationId })) },
        },
      }),
    )
    return { id, token, link }
  }

  /**
   * Pairs the browser that opened a screen's one-time link: it gets a token of its own, and any earlier one ends.
   * @returns null when the link was used, is too old, or never was
   */
  async function pairByLink(link: string): Promise<{ token: string } | null> {
    const token = newSecret('scr')
    const now = new Date()
    const { count } = await writing((client) =>
      client.screen.updateMany({
        where: { linkHash: hashOf(link), linkExpiresAt: { gt: now }, revokedAt: null },
        data: { tokenHash: hashOf(token), linkHash: null, linkExpiresAt: null, pairedAt: now },
      }),
    )
    return count === 1 ? { token } : null
  }

  async function list() {
    const rows = await reader.screen.findMany({ include: { locations: true }, orderBy: { createdAt: 'asc' } })
    return rows.map(({ id, name, role, everyLocation, createdAt, pairedAt, revokedAt, locations }) => ({
      id,
      name,
      role,
      locations: everyLocation ? ('every' as const) : locations.map((one) => one.locationId),
      createdAt,
      pairedAt,
      revokedAt,
    }))
  }

  /** @returns false when there is no such screen, or it was revoked before */
  async function revoke(id: string): Promise<boolean> {
    const { count } = await writing((client) =>
      client.screen.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: new Date(), linkHash: null } }),
    )
    return count > 0
  }

  return { authenticate, add, pairByLink, list, revoke }
}
