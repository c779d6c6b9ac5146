/**
 * Passline knows its own gaps: the times when it was off, or could not store. Updates from then may be missing, and every
 * location is told until somebody there has seen it.
 */
import type { Logger } from 'pino'
import { iso } from '#domain/iso-time.ts'
import type { Gap } from '#domain/protocol.ts'
import type { Job } from '../store/batch.ts'
import type { Revisions } from '../store/revisions.ts'
import type { StoredGap, Watchkeeping } from '../store/watchkeeping.ts'
import type { Writer } from '../store/writer.ts'

/** A sign of life is stored this often; it also finds out that nothing can be stored when nobody sends. */
const signEveryMs = 15_000
const longestSilenceMs = 60_000
/** Older ones are history. */
const toldForMs = 24 * 60 * 60_000

export type Gaps = {
  /** The last gap that nobody at this location has seen. */
  unseenAt: (locationId: string) => Gap | null
  /** @returns false when there is no such gap */
  see: (gapId: string, locationId: string, by: string) => Promise<boolean>
  /** Stores a sign of life now, and finds the gap before it if there was one. */
  sign: () => Promise<void>
  stop: () => Promise<void>
}

type Settings = {
  watchkeeping: Watchkeeping
  revisions: Pick<Revisions, 'follow'>
  writer: Writer
  now: () => number
  log: Logger
}

export async function watchGaps({ watchkeeping, revisions, writer, now, log }: Settings): Promise<Gaps> {
  let aliveAt = await watchkeeping.lastAliveAt()
  let gaps = await watchkeeping.gapsSince(now() - toldForMs)
  await sign('off')
  const timer = setInterval(() => void sign('not_storing'), signEveryMs)

  revisions.follow('gaps', () => void readAnew())

  /** Another server found a gap, or somebody saw one there. Never rejects. */
  async function readAnew(): Promise<void> {
    try {
      gaps = await watchkeeping.gapsSince(now() - toldForMs)
    } catch (error) {
      log.warn({ err: error }, 'the gaps could not be read')
    }
  }

  /** Stores a sign of life; when the last one is long ago, that was a gap. Never rejects. */
  async function sign(kind: StoredGap['kind']): Promise<void> {
    const at = now()
    const recorded = await writer.record(signOfLife(at))
    if (recorded.kind !== 'stored') return
    const lastAt = aliveAt
    aliveAt = at
    if (lastAt === null || at - lastAt <= longestSilenceMs) return
    try {
      gaps = gaps.filter((gap) => gap.toAt > at - toldForMs)
      gaps.push(await watchkeeping.addGap(kind, lastAt, at))
      log.warn({ kind, from: new Date(lastAt), to: new Date(at) }, 'updates may be missing from this time')
    } catch (error) {
      log.error({ err: error }, 'a gap could not be noted')
    }
  }

  return {
    unseenAt: (locationId) => {
      const gap = gaps.findLast((one) => !one.seenAt.has(locationId) && one.toAt > now() - toldForMs)
      if (!gap) return null
      const { id, kind, fromAt, toAt } = gap
      return { id, kind, from: iso(fromAt), to: iso(toAt) }
    },
    see: async (gapId, locationId, by) => {
      const seen = gaps.find((gap) => gap.id === gapId)
      if (!seen) return false
      // Who has seen the last one has seen what was before it.
      for (const gap of gaps) {
        if (gap.toAt > seen.toAt || gap.seenAt.has(locationId)) continue
        await watchkeeping.seeGap(gap.id, locationId, now(), by)
        gap.seenAt.add(locationId)
      }
      return true
    },
    sign: () => sign('not_storing'),
    stop: async () => {
      clearInterval(timer)
      await writer.record(signOfLife(now()))
    },
  }
}

function signOfLife(at: number): Job<null> {
  return {
    about: null,
    at,
    bytes: 50,
    isWebhook: false,
    isPresence: true,
    decide: () => ({ step: { kind: 'unchanged' }, answer: null }),
  }
}
