/** What an hour counts, and how the counts of several servers become one. */
import type { BatchTable } from '#server/store/batch-rows.ts'
import { batchTables } from '#server/store/batch-rows.ts'
import { nothingWritten, type Written } from './tables-in-memory.ts'

/** Of the wait until an update is on disk: a bar for each of so many milliseconds, the last for all that is above. */
export const waitBarMs = 0.25
const waitBars = 8_000

export type Counts = {
  locations: number
  /** In the hour: orders heard of for the first time, and webhooks by what became of them. */
  ordersPlaced: number
  updates: { changed: number; repeated: number; late: number }
  taps: number
  jobs: number
  jobsEachSecond: Float64Array
  changes: { stream: number; staff: number; time: number }
  batches: number
  largestBatch: number
  waits: Float64Array
  ordersOfBatches: number
  ordersRead: number
  written: Record<BatchTable, Written>
  /** Sum over `looks` looks at all boards. */
  onBoard: number
  looks: number
  /** Changes whose messages were weighed, and their bytes. */
  weighed: { changes: number; staffBytes: number; pickupBytes: number; toldBytes: number; digestBytes: number }
  /** Orders of which nothing more will be said, with all that is kept of them. */
  finished: {
    orders: number
    rows: number
    bytes: number
    /** Of `bytes`, what is blanked or removed with the order's people, and of `rows`. */
    peopleBytes: number
    peopleRows: number
    updates: number
    changes: number
  }
  /** Of finished orders whose people were forgotten, too: rows and bytes that this writes, and what bytes are kept. */
  forgotten: { orders: number; rowsWritten: number; bytesKept: number }
}

export function nothingCounted(): Counts {
  return {
    locations: 0,
    ordersPlaced: 0,
    updates: { changed: 0, repeated: 0, late: 0 },
    taps: 0,
    jobs: 0,
    jobsEachSecond: new Float64Array(3_600),
    changes: { stream: 0, staff: 0, time: 0 },
    batches: 0,
    largestBatch: 0,
    waits: new Float64Array(waitBars),
    ordersOfBatches: 0,
    ordersRead: 0,
    written: nothingWritten(),
    onBoard: 0,
    looks: 0,
    weighed: { changes: 0, staffBytes: 0, pickupBytes: 0, toldBytes: 0, digestBytes: 0 },
    finished: { orders: 0, rows: 0, bytes: 0, peopleBytes: 0, peopleRows: 0, updates: 0, changes: 0 },
    forgotten: { orders: 0, rowsWritten: 0, bytesKept: 0 },
  }
}

export function noteWait(counts: Counts, waitMs: number): void {
  const bar = Math.min(Math.floor(waitMs / waitBarMs), waitBars - 1)
  counts.waits[bar] = (counts.waits[bar] ?? 0) + 1
}

/** The wait that this share of the jobs did not exceed, milliseconds. */
export function waitAt(counts: Counts, share: number): number {
  let left = counts.waits.reduce((sum, count) => sum + count, 0) * share
  const bar = counts.waits.findIndex((count) => {
    left -= count
    return left <= 0
  })
  return (bar + 1) * waitBarMs
}

/** Adds the counts of one server to those of others; their hours are the same hour. */
export function addCounts(all: Counts, one: Counts): void {
  all.locations += one.locations
  all.ordersPlaced += one.ordersPlaced
  all.taps += one.taps
  all.jobs += one.jobs
  all.batches += one.batches
  all.largestBatch = Math.max(all.largestBatch, one.largestBatch)
  all.ordersOfBatches += one.ordersOfBatches
  all.ordersRead += one.ordersRead
  all.onBoard += one.onBoard
  // Each server is looked at in the same minutes.
  all.looks = Math.max(all.looks, one.looks)
  for (const name of ['jobsEachSecond', 'waits'] as const) {
    for (const [index, count] of one[name].entries()) all[name][index] = (all[name][index] ?? 0) + count
  }
  for (const name of ['updates', 'changes', 'weighed', 'finished', 'forgotten'] as const) addEach(all[name], one[name])
  for (const table of batchTables) addEach(all.written[table], one.written[table])
}

function addEach<Sums extends Record<string, number>>(all: Sums, one: Sums): void {
  for (const key of Object.keys(one) as (keyof Sums)[])
    all[key] = ((all[key] ?? 0) + (one[key] ?? 0)) as Sums[keyof Sums]
}
