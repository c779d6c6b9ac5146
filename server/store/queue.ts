/**
 * What waits to be stored, in order of receipt for each location. It has an end: in number, in bytes and in time.
 *
 * Where several servers write, a batch passes over the locations to which another is writing at that moment, and what is of
 * them is put back before all others. Nearly always they can be had with the next batch. Of those that were passed over
 * several times one is waited for, so that its turn comes; and of the others only one update each is tried with a batch, for
 * that server may hang, and those of free locations are not to wait for it.
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
}

export type Batch = {
  all: readonly Waiting[]
  /** The location of one of them that is waited for while another server is writing to it. */
  awaited: string | null
}

/** What a batch comes to. */
export type Parts = {
  /** Those whose locations it has. */
  had: readonly Waiting[]
  /** Those whose locations another server has: of each of them all that is in the batch, in order. */
  passedOver: readonly Waiting[]
}

/** So often another server may be first; then it is waited for. */
const awaitedAfter = 4

/** Who was waited for in vain may hang: for so long nobody is waited for, and others are stored meanwhile. */
const awaitAgainMs = 1_000

/** What is tried of locations that were passed over so often takes no more of a batch than this share of its limits. */
const triedShare = 0.5

const locationOf = ({ job }: Waiting): string | null => job.about?.locationId ?? null

/** Tells those who have waited too long. @returns the others, and those told */
export function tellLate(all: readonly Waiting[]): { kept: Waiting[]; late: Waiting[] } {
  const kept: Waiting[] = []
  const late: Waiting[] = []
  const now = performance.now()
  for (const one of all) (one.since <= now - tellWithinMs ? late : kept).push(one)
  for (const { settle } of late) settle({ kind: 'not-stored', reason: 'late' })
  return { kept, late }
}

/**
 * The next batch: the first of all that fit into it. Once something of a location has to be left, the rest of it is left, too.
 * @param isTried locations of which only one is to be in it
 * @returns with its bytes, and what is left, in order
 */
function divide(waiting: readonly Waiting[], isTried: (location: string) => boolean) {
  const batch: Waiting[] = []
  const left: Waiting[] = []
  const [size, tried] = [emptySize(), emptySize()]
  const done = new Set<string>()
  let seen = 0
  for (const one of waiting) {
    if (!hasRoomFor(one, size, 1)) break
    seen += 1
    const location = locationOf(one)
    if (location !== null && isTried(location)) {
      const isLeft = done.has(location) || !hasRoomFor(one, tried, triedShare)
      done.add(location)
      if (isLeft) {
        left.push(one)
        continue
      }
      addTo(tried, one)
    }
    addTo(size, one)
    batch.push(one)
  }
  return { batch, bytes: size.bytes, left: [...left, ...waiting.slice(seen)] }
}

type Size = { jobs: number; bytes: number }

const emptySize = (): Size => ({ jobs: 0, bytes: 0 })

/** There is always room for one. @param share of the limits of a batch */
function hasRoomFor({ job }: Waiting, { jobs, bytes }: Size, share: number): boolean {
  return jobs === 0 || (jobs < batchLimits.jobs * share && bytes + job.bytes <= batchLimits.bytes * share)
}

function addTo(size: Size, { job }: Waiting): void {
  size.jobs += 1
  size.bytes += job.bytes
}

export function createQueue(log: Logger) {
  let waiting: Waiting[] = []
  let bytes = 0
  /** Locations that were not had since: how many batches went without each of them, and whether that was told of. */
  const passedOver = new Map<string | null, { times: number; isTold: boolean }>()
  /** The last batch had none of its locations, and nothing else. */
  let isNothingHad = false
  /** By the monotonic clock, milliseconds. */
  let awaitAgainAt = 0

  const bytesOf = (all: readonly Waiting[]) => all.reduce((sum, { job }) => sum + job.bytes, 0)
  const isPassedOver = (location: string | null) => passedOver.has(location)
  const isPassedOverOften = (location: string | null) => (passedOver.get(location)?.times ?? 0) >= awaitedAfter

  /** Of the oldest whose turn it is; where nothing could be had, it is the turn of any that was passed over. */
  function nextAwaited(): string | null {
    if (passedOver.size === 0 || performance.now() < awaitAgainAt) return null
    const isItsTurn = isNothingHad ? isPassedOver : isPassedOverOften
    const first = waiting.find((one) => isItsTurn(locationOf(one)))
    return first ? locationOf(first) : null
  }

  /** @returns those who have not waited too long; the others are told, and not stored any more */
  function withoutLate(all: readonly Waiting[]): Waiting[] {
    const { kept, late } = tellLate(all)
    for (const one of late) {
      const location = locationOf(one)
      const held = passedOver.get(location)
      if (!held || held.times < awaitedAfter || held.isTold) continue
      held.isTold = true
      log.warn({ location }, 'another server keeps a location: its updates cannot be stored')
    }
    return kept
  }

  function putBack(taken: readonly Waiting[]): void {
    const kept = withoutLate(taken)
    bytes += bytesOf(kept)
    waiting = [...kept, ...waiting]
  }

  return {
    length: () => waiting.length,
    bytes: () => bytes,
    /** Whether one of so many bytes is too much. */
    isFull: (more: number) => waiting.length >= queueLimits.jobs || bytes + more > queueLimits.bytes,
    add: (job: Job<unknown>, settle: Waiting['settle']) => {
      waiting.push({ job, settle, since: performance.now() })
      bytes += job.bytes
    },
    /** @returns the next batch: at least one, while any waits */
    nextBatch: (): Batch => {
      const awaited = nextAwaited()
      const isTried = (location: string) => location !== awaited && isPassedOverOften(location)
      const { batch, bytes: taken, left } = divide(waiting, isTried)
      waiting = left
      bytes -= taken
      return { all: batch, awaited: batch.some((one) => locationOf(one) === awaited) ? awaited : null }
    },
    /** Whether the last batch that asked for its location went without it. */
    isPassedOver: (one: Waiting) => isPassedOver(locationOf(one)),
    /** It comes before all that waits. @param taken of each location all that is not stored, in order */
    putBack,
    /** What a batch passed over is put back. */
    end: ({ awaited }: Batch, parts: Parts) => {
      if (passedOver.size > 0) for (const one of parts.had) passedOver.delete(locationOf(one))
      const without = new Set(parts.passedOver.map(locationOf))
      for (const location of without) {
        const { times, isTold } = passedOver.get(location) ?? { times: 0, isTold: false }
        passedOver.set(location, { times: times + 1, isTold })
      }
      if (awaited !== null && without.has(awaited)) awaitAgainAt = performance.now() + awaitAgainMs
      isNothingHad = parts.had.length === 0 && without.size > 0
      // Nearly always there is nothing, and those that wait may be many.
      if (without.size > 0) putBack(parts.passedOver)
    },
    /** Nothing could be had, and nobody is waited for: it is of no use to try again at once. */
    isStuck: () => isNothingHad && performance.now() < awaitAgainAt,
    /** Tells those who have waited too long: they are not stored any more. */
    dropLate: () => {
      waiting = withoutLate(waiting)
      bytes = bytesOf(waiting)
    },
  }
}
