/**
 * What waits to be stored, in order of receipt for each location. It has an end: in number, in bytes and in time.
 *
 * Where several servers write, a batch passes over the locations to which another is writing at that moment, and what is
 * of them is put back. It comes first then, but leaves room for others, for that server may hang.
 */
import type { Logger } from 'pino'
import type { Job } from './batch.ts'

export const batchLimits = { jobs: 256, bytes: 4 * 1024 * 1024 } as const

/** What may wait for a batch; what comes beyond it is told at once to come again, for memory has an end. */
export const queueLimits = { jobs: 10_000, bytes: 64 * 1024 * 1024 } as const

/** Nobody waits longer for an answer, whatever the disk does. */
export const tellWithinMs = 1_900

export type NotStoredReason =
  /** Too much is waiting. */
  | 'queue_full'
  /** It waited for too long. */
  | 'late'
  /** The database did not do its work. */
  | 'database'
  /** The database, or our own code, could not take this one. */
  | 'refused'
  | 'stopping'

export type Recorded<Answer> =
  | { kind: 'stored'; answer: Answer }
  /** Not known to be on disk: the sender must send it again. */
  | { kind: 'not-stored'; reason: NotStoredReason }

export type Waiting = {
  job: Job<unknown>
  /** Answers the sender; a second answer goes nowhere. */
  settle: (recorded: Recorded<unknown>) => void
  /** By the monotonic clock, milliseconds. */
  since: number
  /** How many batches went without it, because another server was writing to its location. */
  timesPassedOver: number
}

/** What was passed over takes no more of a batch than this share of its limits, others or none waiting. */
const passedOverShare = 0.5

/** So often another server may be first; then it is waited for. */
const passedOverAtMost = 4

const locationOf = ({ job }: Waiting): string | null => job.about?.locationId ?? null

/**
 * The location of a batch that is to be waited for: of the oldest whose turn it is. Who was waited for in vain may hang, and
 * is waited for again after twice as many batches: they are counted in powers of two.
 */
export function awaitedOf(batch: readonly Waiting[]): string | null {
  const isItsTurn = (times: number) => times >= passedOverAtMost && (times & (times - 1)) === 0
  const first = batch.find(({ timesPassedOver }) => isItsTurn(timesPassedOver))
  return first ? locationOf(first) : null
}

/** Tells those who have waited too long. @returns the others, and those told */
export function tellLate(all: readonly Waiting[]): { kept: Waiting[]; late: Waiting[] } {
  const isLate = ({ since }: Waiting) => since <= now - tellWithinMs
  const now = performance.now()
  const late = all.filter(isLate)
  for (const { settle } of late) settle({ kind: 'not-stored', reason: 'late' })
  return { kept: late.length === 0 ? [...all] : all.filter((one) => !isLate(one)), late }
}

/**
 * The next batch: the first of all that fit into it. Once something of a location has to be left, the rest of it is left, too.
 * @returns beside it what is left, in order
 */
function divide(waiting: readonly Waiting[]): { batch: Waiting[]; left: Waiting[] } {
  const batch: Waiting[] = []
  const left: Waiting[] = []
  const size = { jobs: 0, bytes: 0 }
  const ofPassedOver = { jobs: 0, bytes: 0 }
  const passedOver = new Set<string>()
  const leftLocations = new Set<string>()
  let seen = 0
  for (const one of waiting) {
    if (!isRoomFor(one, size, 1)) break
    seen += 1
    const location = locationOf(one)
    if (location !== null && one.timesPassedOver > 0) passedOver.add(location)
    if (location !== null && passedOver.has(location)) {
      if (leftLocations.has(location) || !isRoomFor(one, ofPassedOver, passedOverShare)) {
        leftLocations.add(location)
        left.push(one)
        continue
      }
      addTo(ofPassedOver, one)
    }
    addTo(size, one)
    batch.push(one)
  }
  return { batch, left: left.concat(waiting.slice(seen)) }
}

type Size = { jobs: number; bytes: number }

/** One is always room for. @param share of the limits of a batch */
function isRoomFor({ job }: Waiting, { jobs, bytes }: Size, share: number): boolean {
  return jobs === 0 || (jobs < batchLimits.jobs * share && bytes + job.bytes <= batchLimits.bytes * share)
}

function addTo(size: Size, { job }: Waiting): void {
  size.jobs += 1
  size.bytes += job.bytes
}

export function createQueue(log: Logger) {
  let waiting: Waiting[] = []
  let bytes = 0

  const bytesOf = (all: readonly Waiting[]) => all.reduce((sum, { job }) => sum + job.bytes, 0)

  /** @returns those who have not waited too long; the others are told, and not stored any more */
  function withoutLate(all: readonly Waiting[]): Waiting[] {
    const { kept, late } = tellLate(all)
    const held = new Set(late.filter(({ timesPassedOver }) => timesPassedOver > 0).map(locationOf))
    if (held.size > 0) log.warn({ locations: [...held] }, 'another server kept these locations for too long')
    return kept
  }

  return {
    length: () => waiting.length,
    bytes: () => bytes,
    /** Whether one of so many bytes is too much. */
    isFull: (more: number) => waiting.length >= queueLimits.jobs || bytes + more > queueLimits.bytes,
    add: (job: Job<unknown>, settle: Waiting['settle']) => {
      waiting.push({ job, settle, since: performance.now(), timesPassedOver: 0 })
      bytes += job.bytes
    },
    /** @returns the next batch: at least one, while any waits */
    nextBatch: (): Waiting[] => {
      const { batch, left } = divide(waiting)
      waiting = left
      bytes -= bytesOf(batch)
      return batch
    },
    /** It comes before all that waits. @param taken of a batch, of each location all that is not stored, in order */
    putBack: (taken: readonly Waiting[]) => {
      const kept = withoutLate(taken)
      bytes += bytesOf(kept)
      waiting = [...kept, ...waiting]
    },
    /** Tells those who have waited too long: they are not stored any more. */
    dropLate: () => {
      waiting = withoutLate(waiting)
      bytes = bytesOf(waiting)
    },
  }
}
