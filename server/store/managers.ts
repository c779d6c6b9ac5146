/** Managers: who they are and what they may manage. Accounts and sessions are kept by server/managers/accounts.ts. */
import { randomUUID } from 'node:crypto'
import type { Client, Transaction, Writing } from './database.ts'

/** `owner`: everything; `manager`: the given locations. */
export const managerRoles = ['owner', 'manager'] as const

export type ManagerRole = (typeof managerRoles)[number]

export type Manager = {
  id: string
  name: string
  email: string
  role: ManagerRole
  /** Those of a manager; an owner has all. */
  locations: readonly string[]
  hasSecondFactor: boolean
}

export type Access = { role: ManagerRole; locations: readonly string[] }

export type NewManager = { email: string; name: string } & Access

export type Managers = ReturnType<typeof createManagers>

export function createManagers(reader: Client, writing: Writing) {
  const include = { locations: true } as const

  async function find(id: string): Promise<Manager | null> {
    const row = await reader.manager.findUnique({ where: { id }, include })
    return row && managerOf(row)
  }

  async function findByEmail(email: string): Promise<Manager | null> {
    const row = await reader.manager.findUnique({ where: { email: email.toLowerCase() }, include })
    return row && managerOf(row)
  }

  async function list() {
    const rows = await reader.manager.findMany({ include, orderBy: { createdAt: 'asc' } })
    return rows.map((row) => ({ ...managerOf(row), createdAt: row.createdAt }))
  }

  /** Whether there is any, so that nobody else becomes the first. */
  async function exist(): Promise<boolean> {
    return (await reader.manager.count()) > 0
  }

  /** With an account to sign in by a password. @throws when somebody has this address */
  async function add({ email, name, role, locations }: NewManager, passwordHash: string): Promise<Manager> {
    const id = randomUUID()
    const at = { createdAt: new Date(), updatedAt: new Date() }
    const account = { id: randomUUID(), accountId: id, providerId: 'credential', password: passwordHash, ...at }
    const person = { id, name, email: email.toLowerCase(), emailVerified: true, role, ...at }
    const data = { ...person, locations: { create: placesOf({ role, locations }) }, accounts: { create: account } }
    return managerOf(await writing((client) => client.manager.create({ data, include })))
  }

  /** @returns `last-owner`: somebody must stay who may do everything */
  async function setAccess(id: string, { role, locations }: Access): Promise<'done' | 'unknown' | 'last-owner'> {
    return writing(async (client) => {
      const known = await client.manager.findUnique({ where: { id } })
      if (!known) return 'unknown'
      if (known.role === 'owner' && role !== 'owner' && (await isLastOwner(client, id))) return 'last-owner'
      await client.managerLocation.deleteMany({ where: { managerId: id } })
      const places = placesOf({ role, locations })
      await client.manager.update({ where: { id }, data: { role, locations: { create: places } } })
      return 'done'
    })
  }

  /** With the account, its sessions and its links. */
  async function remove(id: string): Promise<'done' | 'unknown' | 'last-owner'> {
    return writing(async (client) => {
      const known = await client.manager.findUnique({ where: { id } })
      if (!known) return 'unknown'
      if (known.role === 'owner' && (await isLastOwner(client, id))) return 'last-owner'
      await client.manager.delete({ where: { id } })
      await client.managerVerification.deleteMany({ where: { value: id } })
      return 'done'
    })
  }

  async function noteSessionUse(sessionId: string): Promise<void> {
    const updatedAt = new Date()
    await writing((client) => client.managerSession.updateMany({ where: { id: sessionId }, data: { updatedAt } }))
  }

  async function endSession(sessionId: string): Promise<void> {
    await writing((client) => client.managerSession.deleteMany({ where: { id: sessionId } }))
  }

  /** Signs a manager out everywhere. @returns whether there was a session */
  async function endSessions(id: string): Promise<boolean> {
    const { count } = await writing((client) => client.managerSession.deleteMany({ where: { userId: id } }))
    return count > 0
  }

  /** Ends the second step of signing in, for who lost the device. */
  async function dropSecondFactor(id: string): Promise<void> {
    await writing(async (client) => {
      await client.managerTwoFactor.deleteMany({ where: { userId: id } })
      await client.manager.update({ where: { id }, data: { twoFactorEnabled: false } })
    })
  }

  /** Ends the links by which a password could be chosen. */
  async function endLinks(id: string): Promise<void> {
    await writing((client) => client.managerVerification.deleteMany({ where: { value: id } }))
  }

  return {
    add,
    find,
    findByEmail,
    endLinks,
    noteSessionUse,
    endSession,
    endSessions,
    list,
    exist,
    setAccess,
    remove,
    dropSecondFactor,
    accountTables: accountTables(reader, writing),
  }
}

function placesOf({ role, locations }: Access): { locationId: string }[] {
  return role === 'owner' ? [] : locations.map((locationId) => ({ locationId }))
}

async function isLastOwner(client: Transaction, id: string): Promise<boolean> {
  return (await client.manager.count({ where: { role: 'owner', NOT: { id } } })) === 0
}

type Row = {
  id: string
  name: string
  email: string
  role: string
  twoFactorEnabled: boolean | null
  locations: { locationId: string }[]
}

function managerOf({ id, name, email, role, twoFactorEnabled, locations }: Row): Manager {
  return {
    id,
    name,
    email,
    role: role as ManagerRole,
    locations: locations.map((one) => one.locationId),
    hasSecondFactor: twoFactorEnabled === true,
  }
}

/** The tables as better-auth names them. */
export const accountModels = {
  user: 'manager',
  session: 'managerSession',
  account: 'managerAccount',
  verification: 'managerVerification',
  twoFactor: 'managerTwoFactor',
} as const

const readings = new Set(['findFirst', 'findUnique', 'findMany', 'count'])

type Table = Record<string, (query: unknown) => Promise<unknown>>

/**
 * The client that better-auth's adapter gets: it reads beside the writer, and each of its writes waits for its turn
 * between two batches, for nothing else may write (database.ts).
 */
function accountTables(reader: Client, writing: Writing): object {
  const tableOf = (client: Transaction, model: string) => (client as unknown as Record<string, Table>)[model]
  const tables = Object.values(accountModels).map((model) => [
    model,
    new Proxy({} as Table, {
      get: (_, operation: string) => (query: unknown) =>
        readings.has(operation)
          ? tableOf(reader, model)?.[operation]?.(query)
          : writing(async (client) => tableOf(client, model)?.[operation]?.(query)),
    }),
  ])
  return {
    ...Object.fromEntries(tables),
    $transaction: (work: (client: object) => Promise<unknown>) => writing(work),
  }
}
