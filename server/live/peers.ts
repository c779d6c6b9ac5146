/**
 * What the servers of one database tell each other. Nothing of it has to arrive: what is lost, the database tells by the
 * next beat of each screen (beats.ts), by the numbers of what was changed (store/revisions.ts), by what is noted there of
 * screens (screen-health.ts), and by heads that are looked at every few seconds (open-orders.ts).
 *
 * An order is told whole only to a server that shows its location; every server is told its digest.
 */
import type { Logger } from 'pino'
import type { CommittedChange } from '../store/batch.ts'
import type { OrderDigest } from './open-orders.ts'
import type { HeardScreen } from './screen-health.ts'
import { createShownElsewhere, type Shown } from './shown-elsewhere.ts'

/** Of what is told: a server that speaks another one is not understood, and found through the database. */
const version = 1

export const tellEveryMs = 2_000

/** Digests are told together: what is shown was told whole before. */
const digestsEveryMs = 50

/** More changes are told in several messages, in characters: nobody is kept from working by one that is too long. */
const longestText = 1024 * 1024

export type Message = {
  /** Of locations that whoever is told shows. */
  changes?: readonly CommittedChange[]
  /** What was changed, in its order: after those changes that are told whole. */
  digests?: readonly OrderDigest[]
  /** Screens that asked. */
  heard?: readonly HeardScreen[]
  /** How many webhooks of each location were stored. */
  webhooks?: readonly (readonly [locationId: string, count: number])[]
  /** A screen whose browsers are to be let go. */
  letGo?: { screenId: string; isRevoked: boolean }
}

/** The way between the servers: what is told before is heard before. */
export type Line = {
  /** This server's name among them. */
  id: string
  /** To all the others. */
  tell: (text: string) => void
  tellOne: (server: string, text: string) => void
  hear: (listener: (text: string) => void) => void
}

export type Peers = {
  tell: (message: Message) => void
  /** What one commit stored, in its order, in as few messages as may be: one costs much, whatever its length. */
  tellChanges: (changes: readonly CommittedChange[], digests: readonly OrderDigest[]) => void
  /** Locations that this server shows. @param isAll it shows no others any more */
  tellShown: (locationIds: readonly string[], isAll: boolean) => void
  /** Tells the digests that wait, now. */
  tellWaiting: () => void
}

/**
 * @param line null: there is none
 * @param history of the database, as it is now: what was changed in another one is passed over
 * @param heard of another server's message; what it throws is logged
 */
export function joinPeers(
  line: Line | null,
  history: () => string,
  heard: (message: Message) => void,
  log: Logger,
): Peers {
  if (line === null) return { tell: () => {}, tellChanges: () => {}, tellShown: () => {}, tellWaiting: () => {} }
  const elsewhere = createShownElsewhere(tellEveryMs)
  const textOf = (message: Message & { of?: string; shown?: Shown }) => JSON.stringify({ v: version, ...message })
  line.hear((text) => {
    try {
      const { v, of, shown, ...message } = JSON.parse(text) as Message & { v: number; of?: string; shown?: Shown }
      if (v !== version || (of !== undefined && of !== history())) return
      if (shown) elsewhere.hear(shown)
      else heard(message)
    } catch (error) {
      log.error({ err: error }, 'what another server told could not be taken')
    }
  })

  let waiting: OrderDigest[] = []
  let timer: NodeJS.Timeout | null = null

  function tellDigests(): void {
    if (timer) clearTimeout(timer)
    timer = null
    const digests = waiting
    waiting = []
    if (digests.length > 0) line?.tell(textOf({ of: history(), digests }))
  }

  return {
    tell: (message) => line.tell(textOf(message)),
    tellChanges: (changes, digests) => {
      const written = new Map<CommittedChange, string>()
      const beginning = JSON.stringify({ v: version, of: history() }).slice(0, -1)
      for (const [server, shown] of elsewhere.whoShows(changes)) {
        const texts = shown.map((change) => {
          const text = written.get(change) ?? JSON.stringify(change)
          written.set(change, text)
          return text
        })
        for (const part of inParts(texts)) line.tellOne(server, `${beginning},"changes":[${part.join()}]}`)
      }
      waiting.push(...digests)
      timer ??= setTimeout(tellDigests, digestsEveryMs)
    },
    tellWaiting: tellDigests,
    tellShown: (locationIds, isAll) => line.tell(textOf({ shown: { server: line.id, locationIds, isAll } })),
  }
}

function inParts(texts: readonly string[]): string[][] {
  const parts: string[][] = []
  let part: string[] = []
  let length = 0
  for (const text of texts) {
    if (length === 0 || length + text.length > longestText) {
      part = []
      parts.push(part)
      length = 0
    }
    part.push(text)
    length += text.length
  }
  return parts
}
