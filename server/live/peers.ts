/**
 * What the servers of one database tell each other. Nothing of it has to arrive: what is lost, the database tells by the
 * next beat of each screen (beats.ts), by the numbers of what was changed (store/revisions.ts), and by what is noted there
 * of screens (screen-health.ts).
 */
import type { Logger } from 'pino'
import type { CommittedChange } from '../store/batch.ts'
import type { HeardScreen } from './screen-health.ts'

/** Of what is told: a server that speaks another one is not understood, and found through the database. */
const version = 1

export const tellEveryMs = 2_000

/** More is told in several messages, in characters: nobody is kept from working by one that is too long. */
const longestText = 1024 * 1024

export type Message = {
  changes?: readonly CommittedChange[]
  /** Screens that asked. */
  heard?: readonly HeardScreen[]
  /** How many webhooks of each location were stored. */
  webhooks?: readonly (readonly [locationId: string, count: number])[]
  /** A screen whose browsers are to be let go. */
  letGo?: { screenId: string; isRevoked: boolean }
}

/** The way between the servers: a text that one gives is heard by all the others. */
export type Line = { tell: (text: string) => void; hear: (listener: (text: string) => void) => void }

export type Peers = {
  tell: (message: Message) => void
  /** What one commit stored, in its order, in as few messages as may be: most of what one costs it costs whatever its length. */
  tellChanges: (changes: readonly CommittedChange[]) => void
}

/**
 * @param line null: there is none
 * @param heard of another server's message; what it throws is logged
 */
export function joinPeers(line: Line | null, heard: (message: Message) => void, log: Logger): Peers {
  if (line === null) return { tell: () => {}, tellChanges: () => {} }
  line.hear((text) => {
    try {
      const { v, ...message } = JSON.parse(text) as Message & { v: number }
      if (v === version) heard(message)
    } catch (error) {
      log.error({ err: error }, 'what another server told could not be taken')
    }
  })
  return {
    tell: (message) => line.tell(JSON.stringify({ v: version, ...message })),
    tellChanges: (changes) => {
      for (const texts of inParts(changes.map((change) => JSON.stringify(change)))) {
        line.tell(`{"v":${version},"changes":[${texts.join()}]}`)
      }
    },
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
