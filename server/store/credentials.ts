/** Who may send webhooks. Tokens are kept as hashes; they are random, so that one fast hash is enough. */
import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Client } from './database.ts'

export type Credential = {
  id: string
  name: string
  /** Null: every location. */
  locations: ReadonlySet<string> | null
}

export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** A secret of 192 bits in letters that survive every copy and paste. */
export function newSecret(prefix: string): string {
  return `${prefix}_${randomBytes(24).toString('base64url')}`
}

export type Credentials = ReturnType<typeof createCredentials>

/**
 * @param writing runs a write on its own, apart from the batches
 */
export function createCredentials(
  reader: Client,
  writing: <Result>(work: (client: Client) => Promise<Result>) => Promise<Result>,
) {
  /** Known tokens by hash, so that a webhook costs no query; forgotten at each change made here. */
  let known: Promise<Map<string, Credential>> | null = null

  async function load(): Promise<Map<string, Credential>> {
    const rows = await reader.credential.findMany({ where: { revokedAt: null }, include: { locations: true } })
    return new Map(
      rows.map((row) => [
        row.tokenHash,
        {
          id: row.id,
          name: row.name,
          locations: row.locations.length === 0 ? null : new Set(row.locations.map((one) => one.locationId)),
        },
      ]),
    )
  }

  /** A load that failed is tried again by the next request. */
  async function loadedOr(loading: Promise<Map<string, Credential>>): Promise<Map<string, Credential>> {
    try {
      return await loading
    } catch (error) {
      if (known === loading) known = null
      throw error
    }
  }

  /** Whose token this is, or null. Found by its hash, then compared in constant time. */
  async function authenticate(token: string): Promise<Credential | null> {
    // The promise is kept, not its result: a load that a change overtook is forgotten with the rest.
    known ??= load()
    const hash = hashOf(token)
    for (const [candidate, credential] of await loadedOr(known)) {
      if (timingSafeEqual(Buffer.from(candidate, 'hex'), Buffer.from(hash, 'hex'))) return credential
    }
    return null
  }

  /** The credential of this id, unless it was revoked. */
  async function find(id: string): Promise<Credential | null> {
    known ??= load()
    return [...(await loadedOr(known)).values()].find((credential) => credential.id === id) ?? null
  }

  /** @returns the token, which is nowhere else */
  async function add(
    name: string,
    locations: readonly string[],
    token = newSecret('whk'),
  ): Promise<{ id: string; token: string }> {
    const id = randomUUID()
    await writing((client) =>
      client.credential.create({
        data: {
          id,
          name,
          tokenHash: hashOf(token),
          createdAt: new Date(),
          locations: { create: locations.map((locationId) => ({ locationId })) },
        },
      }),
    )
    known = null
    return { id, token }
  }

  async function list() {
    const rows = await reader.credential.findMany({ include: { locations: true }, orderBy: { createdAt: 'asc' } })
    return rows.map(({ id, name, createdAt, revokedAt, locations }) => ({
      id,
      name,
      createdAt,
      revokedAt,
      locations: locations.map((one) => one.locationId),
    }))
  }

  /** @returns false when there is no such credential, or it was revoked before */
  async function revoke(id: string): Promise<boolean> {
    const { count } = await writing((client) =>
      client.credential.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: new Date() } }),
    )
    known = null
    return count > 0
  }

  return { authenticate, find, add, list, revoke }
}
