/** What waits to be stored, in order of receipt. It has an end: in number, in bytes and in time. */
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

const isLate = ({ since }: Waiting) => since <= performance.now() - tellWithinMs

/** Tells those of them who have waited too long. */
export function settleLate(all: readonly Waiting[]): void {
  for (const one of all) if (isLate(one)) one.settle({ kind: 'not-stored', reason: 'late' })
}

export function createQueue() {
  const waiting: Waiting[] = []
  let bytes = 0

  function take(count: number): Waiting[] {
    const taken = waiting.splice(0, count)
    for (const { job } of taken) bytes -= job.bytes
    return taken
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
    nextBatch: (): Waiting[] => {
      let taken = 0
      let count = 0
      for (const { job } of waiting) {
        taken += job.bytes
        if (count === batchLimits.jobs || (count > 0 && taken > batchLimits.bytes)) break
        count += 1
      }
      return take(count)
    },
    /** Tells those who have waited too long: they are not stored any more. */
    dropLate: () => {
      const kept = waiting.findIndex((one) => !isLate(one))
      settleLate(take(kept === -1 ? waiting.length : kept))
    },
  }
}
