/**
 * How a browser without a keyboard becomes a screen: it shows a code, and a person who may confirms it elsewhere.
 * Source: RFC 8628, OAuth 2.0 Device Authorization Grant.
 */
import { createHmac, randomInt, randomUUID } from 'node:crypto'
import { hashOf, newSecret } from './credentials.ts'
import type { Client, Writing } from './database.ts'
import type { NewScreen, Screens } from './screens.ts'

/** RFC 8628, 6.1: consonants, so that no code is a word; none looks like another. */
const letters = 'BCDFGHJKLMNPQRSTVWXZ'
const codeLength = 8
const lastsMs = 10 * 60_000

/** So many wait at a time: nobody needs more, and strangers can ask. The oldest make room, so that nobody is kept out. */
const mostAtOnce = 10_000

export type Pairing = {
  /** What a person types. */
  code: string
  /** What the browser asks with; 192 bits. */
  device: string
  expiresAt: string
}

/** `waiting`: nobody has confirmed it yet. `gone`: it was used, is too old, or never was. */
export type PairingOutcome = { kind: 'waiting' } | { kind: 'gone' } | { kind: 'paired'; id: string; token: string }

/** Somebody else was first to confirm a code. */
class Taken extends Error {}

export type PairingCodes = ReturnType<typeof createPairingCodes>

type Settings = {
  reader: Client
  writing: Writing
  screens: Pick<Screens, 'add' | 'giveToken'>
  /** Of the codes' hashes: they are too short for one without a key. */
  key: Buffer
  now: () => number
}

export function createPairingCodes({ reader, writing, screens, key, now }: Settings) {
  /** As a person may type it: small letters, with a line or spaces in it. */
  const codeHash = (code: string) =>
    createHmac('sha256', key)
      .update(code.toUpperCase().replace(/[^A-Z]/g, ''))
      .digest('hex')

  async function begin(): Promise<Pairing> {
    const code = Array.from({ length: codeLength }, () => letters[randomInt(letters.length)]).join('')
    const device = newSecret('dev')
    const expiresAt = new Date(now() + lastsMs)
    await writing(async (client) => {
      await client.pairingCode.deleteMany({ where: { expiresAt: { lte: new Date(now()) } } })
      const waiting = { screenId: null }
      const excess = (await client.pairingCode.count({ where: waiting })) - mostAtOnce + 1
      if (excess > 0) {
        const query = { where: waiting, orderBy: { expiresAt: 'asc' }, take: excess, select: { id: true } } as const
        const oldest = await client.pairingCode.findMany(query)
        await client.pairingCode.deleteMany({ where: { id: { in: oldest.map(({ id }) => id) } } })
      }
      const data = { id: randomUUID(), codeHash: codeHash(code), deviceHash: hashOf(device), expiresAt }
      await client.pairingCode.create({ data })
    })
    return { code: `${code.slice(0, 4)}-${code.slice(4)}`, device, expiresAt: expiresAt.toISOString() }
  }

  /** Makes the browser that shows the code a screen. @returns its id; null when the code is not good, or was used */
  async function confirm(code: string, screen: NewScreen): Promise<string | null> {
    const id = randomUUID()
    const where = { codeHash: codeHash(code), expiresAt: { gt: new Date(now()) }, screenId: null }
    // Guesses must not cost a write.
    if (!(await reader.pairingCode.findFirst({ where }))) return null
    try {
      await screens.add(screen, id, async (client) => {
        const { count } = await client.pairingCode.updateMany({ where, data: { screenId: id } })
        if (count === 0) throw new Taken()
      })
      return id
    } catch (error) {
      if (error instanceof Taken) return null
      throw error
    }
  }

  /** What became of a browser's code; the token of its screen is given once. */
  async function ask(device: string): Promise<PairingOutcome> {
    const deviceHash = hashOf(device)
    const found = await reader.pairingCode.findUnique({ where: { deviceHash } })
    if (!found || found.expiresAt.getTime() <= now()) return { kind: 'gone' }
    if (!found.screenId) return { kind: 'waiting' }
    const { count } = await writing((client) => client.pairingCode.deleteMany({ where: { deviceHash } }))
    if (count === 0) return { kind: 'gone' }
    const token = await screens.giveToken(found.screenId)
    return token === null ? { kind: 'gone' } : { kind: 'paired', id: found.screenId, token }
  }

  return { begin, confirm, ask }
}
