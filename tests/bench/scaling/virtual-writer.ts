/**
 * The writer in virtual time: the real limits, the real deciding and the real memory of what was committed last, over
 * tables in memory and a commit that takes as long as it is said to. What comes while a batch is being committed forms
 * the next one; that it may be decided before the commit (server/store/writer.ts) is left out here.
 */
import { createLog } from '#server/log.ts'
import { type CommittedChange, decideAll, type Job, lookUp } from '#server/store/batch.ts'
import type { BatchRows, BatchTable } from '#server/store/batch-rows.ts'
import { createLastCommitted } from '#server/store/last-committed.ts'
import { batchLimits, createQueue } from '#server/store/queue.ts'
import type { TablesInMemory, Written } from './tables-in-memory.ts'

export type CommittedBatch = {
  jobs: readonly Job<unknown>[]
  changes: readonly CommittedChange[]
  answers: readonly unknown[]
  rows: BatchRows
  /** When it was on disk, epoch milliseconds of virtual time. */
  committedAt: number
  /** Orders that these jobs are about, and how many of them had to be read. */
  orders: number
  ordersRead: number
}

type Settings = {
  tables: TablesInMemory
  /** How long a batch of so many jobs takes until it is on disk, milliseconds. */
  commitMs: (jobs: number) => number
  written: () => Record<BatchTable, Written>
  onCommitted: (batch: CommittedBatch) => void
}

export function createVirtualWriter({ tables, commitMs, written, onCommitted }: Settings) {
  const known = createLastCommitted()
  const queue = createQueue(createLog('silent'))
  let busyUntil = Number.NEGATIVE_INFINITY

  function commit(at: number): void {
    const jobs = queue.nextBatch().all.map(({ job }) => job)
    const before = lookUp(jobs, known, null, 'UTC', null)
    const decided = decideAll(jobs, tables.read(before.wanted), before)
    tables.write(decided.rows, written())
    for (const [id, state] of decided.locations) known.keepLocation(id, state)
    for (const [key, order] of decided.orders) known.keepOrder(key, order)
    busyUntil = at + commitMs(jobs.length)
    onCommitted({
      jobs,
      changes: decided.changes,
      answers: decided.answers,
      rows: decided.rows,
      committedAt: busyUntil,
      orders: new Set(jobs.map(({ about }) => about && `${about.locationId} ${about.orderId}`)).size,
      ordersRead: before.wanted.orders.length,
    })
  }

  return {
    /** A job of before the hour: whole batches of them, in no time. */
    prepare: (job: Job<unknown>) => {
      queue.add(job, () => {})
      if (queue.length() === batchLimits.jobs) commit(job.at)
    },
    /** Commits what can be begun before a moment; then time is there. */
    passTo: (at: number) => {
      while (queue.length() > 0 && busyUntil <= at) commit(busyUntil)
    },
    /** A job that comes at the moment that time has reached. */
    record: (job: Job<unknown>) => {
      queue.add(job, () => {})
      if (busyUntil <= job.at) commit(job.at)
    },
  }
}
