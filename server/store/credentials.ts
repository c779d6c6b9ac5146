/**
 * Who may send webhooks, and by what they are known: tokens are kept as hashes (they are random, so that one fast hash
 * is enough), secrets that sign are kept sealed, for they must be read to check what they signed.
 */
import { hash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import type { SecretKey } from '../secret-key.ts'
import type { Client, Transaction, Writing } from './database.ts'
import type { Revisions } from './revisions.ts'

export type Credential = {
  id: string
  name: string
  /** Null: every location. */
  locations: ReadonlySet<string> | null
}

/** Sent as it is, or signing what is sent. */
export type CredentialKind = 'token' | 'signing'

/** A sender is moved from one secret to the next while both are taken. */
const liveSecrets = 2

export function hashOf(secret: string): string {
  return hash('sha256', secret)
}

/** A secret of 192 bits in letters that survive every copy and paste. */
export function newSecret(prefix: string): string {
  return `${prefix}_${randomBytes(24).toString('base64url')}`
}

/** As Standard Webhooks writes them (signatures.ts). */
function newSigningSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`
}

type Known = {
  credentials: Map<string, Credential>
  tokens: { secretId: string; hash: Buffer; credential: Credential }[]
  signers: { secretId: string; secret: string; credential: Credential }[]
}

/** When a secret was used last, epoch milliseconds. */
export type SecretUse = { secretId: string; at: number }

export type Rotated = { kind: CredentialKind; secret: string } | 'unknown' | 'two-live'

export type Credentials = ReturnType<typeof createCredentials>

type Settings = {
  reader: Client
  /** Runs a write on its own, apart from the batches. */
  writing: Writing
  secretKey: SecretKey
  revisions: Revisions
  now: () => number
  /** A secret cannot be read with our key. */
  onUnreadable: (credentialId: string) => void
}

export function createCredentials({ reader, writing, secretKey, revisions, now, onUnreadable }: Settings) {
  /** All that are taken, so that a webhook costs no query; forgotten at each change. */
  let known: Promise<Known> | null = null
  revisions.follow('credentials', () => {
    known = null
  })
  let uses = new Map<string, number>()

  async function load(): Promise<Known> {
    const rows = await reader.credential.findMany({
      where: { revokedAt: null },
      include: { locations: true, secrets: { where: { revokedAt: null } } },
    })
    const all: Known = { credentials: new Map(), tokens: [], signers: [] }
    for (const { id, name, locations, secrets } of rows) {
      const places = locations.length === 0 ? null : new Set(locations.map((one) => one.locationId))
      const credential = { id, name, locations: places }
      all.credentials.set(id, credential)
      for (const { id: secretId, tokenHash, sealed } of secrets) {
        if (tokenHash) all.tokens.push({ secretId, hash: Buffer.from(tokenHash, 'hex'), credential })
        const secret = sealed && secretKey.open(sealed, secretId)
        if (secret) all.signers.push({ secretId, secret, credential })
        else if (sealed) onUnreadable(id)
      }
    }
    return all
  }

  /** The promise is kept, not its result: a load that a change overtook is forgotten with the rest. */
  async function loaded(): Promise<Known> {
    known ??= load()
    const loading = known
    try {
      return await loading
    } catch (error) {
      // It is tried again by the next request.
      if (known === loading) known = null
      throw error
    }
  }

  /** What may have changed is read again, also after a write of uncertain outcome. */
  async function changing<Result>(work: (client: Transaction) => Promise<Result>): Promise<Result> {
    try {
      return await writing(async (client) => {
        const result = await work(client)
        await revisions.raise(client, 'credentials')
        return result
      })
    } finally {
      known = null
    }
  }

  function noteUse(found: { secretId: string; credential: Credential } | undefined): Credential | null {
    if (!found) return null
    uses.set(found.secretId, now())
    return found.credential
  }

  /** @param find among what is known; before nobody is found, it is looked whether another server knows more */
  async function found<Found>(find: (all: Known) => Found | undefined): Promise<Found | undefined> {
    const here = find(await loaded())
    if (here) return here
    await revisions.look()
    return find(await loaded())
  }

  /** Whose token this is, or null. Each is compared in constant time. */
  async function authenticate(token: string): Promise<Credential | null> {
    const shown = Buffer.from(hashOf(token), 'hex')
    return noteUse(await found(({ tokens }) => tokens.find((one) => timingSafeEqual(one.hash, shown))))
  }

  /** Whether anybody may sign at all. */
  async function hasSigners(): Promise<boolean> {
    return (await found(({ signers }) => signers[0])) !== undefined
  }

  /** Whose secret signed something, or null. */
  async function authenticateSigner(isBy: (secret: string) => boolean): Promise<Credential | null> {
    return noteUse(await found(({ signers }) => signers.find((one) => isBy(one.secret))))
  }

  /** Whether this token is, or was, anybody's: one that was ended never comes back. */
  async function isTaken(token: string): Promise<boolean> {
    return (await reader.credentialSecret.findUnique({ where: { tokenHash: hashOf(token) } })) !== null
  }

  /** The credential of this id, unless it was revoked. */
  async function find(id: string): Promise<Credential | null> {
    return (await loaded()).credentials.get(id) ?? null
  }

  function secretRow(kind: CredentialKind, secret: string) {
    const id = randomUUID()
    const kept = kind === 'token' ? { tokenHash: hashOf(secret) } : { sealed: secretKey.seal(secret, id) }
    return { id, ...kept, createdAt: new Date(now()) }
  }

  async function addOfKind(kind: CredentialKind, name: string, locations: readonly string[], secret: string) {
    const id = randomUUID()
    const data = {
      id,
      name,
      createdAt: new Date(now()),
      locations: { create: locations.map((locationId) => ({ locationId })) },
      secrets: { create: [secretRow(kind, secret)] },
    }
    await changing((client) => client.credential.create({ data }))
    return id
  }

  /** @returns the token, which is nowhere else */
  async function add(
    name: string,
    locations: readonly string[],
    token = newSecret('whk'),
  ): Promise<{ id: string; token: string }> {
    return { id: await addOfKind('token', name, locations, token), token }
  }

  /** @throws when the key of what is sealed is missing: a new one would stand in its place when it comes back */
  async function assertKeyIsThere(): Promise<void> {
    if (secretKey.exists()) return
    const sealed = await reader.credentialSecret.count({ where: { sealed: { not: null }, revokedAt: null } })
    if (sealed > 0) throw new Error('the key of the signing secrets is missing: bring it back, or revoke them, first')
  }

  /** @returns the secret that signs, which is nowhere else to be read */
  async function addSigning(
    name: string,
    locations: readonly string[],
  ): Promise<{ id: string; signingSecret: string }> {
    await assertKeyIsThere()
    const signingSecret = newSigningSecret()
    return { id: await addOfKind('signing', name, locations, signingSecret), signingSecret }
  }

  /** Makes a second secret; the one before is taken until it is retired. */
  async function rotate(id: string): Promise<Rotated> {
    await assertKeyIsThere()
    return changing(async (client): Promise<Rotated> => {
      const secrets = await client.credentialSecret.findMany({
        where: { credentialId: id, revokedAt: null, credential: { revokedAt: null } },
      })
      const [first] = secrets
      if (!first) return 'unknown'
      if (secrets.length >= liveSecrets) return 'two-live'
      const kind = first.sealed ? 'signing' : 'token'
      const secret = kind === 'signing' ? newSigningSecret() : newSecret('whk')
      // The newest is told by its time: a clock that was set back must not make it the older.
      const createdAt = new Date(Math.max(now(), first.createdAt.getTime() + 1))
      await client.credentialSecret.create({ data: { ...secretRow(kind, secret), credentialId: id, createdAt } })
      return { kind, secret }
    })
  }

  /** Ends every secret but the newest. @returns false when there is only one, or no such credential */
  async function retire(id: string): Promise<boolean> {
    const count = await changing(async (client) => {
      const where = { credentialId: id, revokedAt: null, credential: { revokedAt: null } }
      const [, ...older] = await client.credentialSecret.findMany({ where, orderBy: { createdAt: 'desc' } })
      for (const secret of older) {
        await client.credentialSecret.update({ where: { id: secret.id }, data: { revokedAt: new Date(now()) } })
      }
      return older.length
    })
    return count > 0
  }

  async function list() {
    const rows = await reader.credential.findMany({
      include: { locations: true, secrets: { where: { revokedAt: null }, orderBy: { createdAt: 'asc' } } },
      orderBy: { createdAt: 'asc' },
    })
    return rows.map(({ id, name, createdAt, revokedAt, locations, secrets }) => ({
      id,
      name,
      createdAt,
      revokedAt,
      locations: locations.map((one) => one.locationId),
      secrets: revokedAt === null ? secrets.map(factsOf) : [],
    }))
  }

  type SecretRow = { id: string; sealed: Uint8Array | null; createdAt: Date; lastUsedAt: Date | null }

  function factsOf({ id, sealed, createdAt, lastUsedAt }: SecretRow) {
    const usedAt = Math.max(uses.get(id) ?? 0, lastUsedAt?.getTime() ?? 0)
    const kind: CredentialKind = sealed ? 'signing' : 'token'
    return { kind, createdAt, lastUsedAt: usedAt === 0 ? null : new Date(usedAt) }
  }

  /** @returns false when there is no such credential, or it was revoked before */
  async function revoke(id: string): Promise<boolean> {
    const { count } = await changing((client) =>
      client.credential.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: new Date(now()) } }),
    )
    return count > 0
  }

  return {
    authenticate,
    hasSigners,
    authenticateSigner,
    isTaken,
    find,
    add,
    addSigning,
    rotate,
    retire,
    list,
    revoke,
    /** What was used since this was asked last, to be kept. */
    takeUses: (): SecretUse[] => {
      const taken = [...uses].map(([secretId, at]) => ({ secretId, at }))
      uses = new Map()
      return taken
    },
  }
}
