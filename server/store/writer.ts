/**
 * The one writer: requests that come while a batch is being committed form the next one (group commit).
 *
 * Invariants: an answer is given only after the commit, or after `tellWithinMs`, when the sender must send again;
 * changes are published in the order of their seqs and only after the commit; nothing is remembered of a commit that
 * failed.
 */
import type { Logger } from 'pino'
import type { Metrics } from '../metrics.ts'
import { type CommittedChange, type Decided, decideAll, type Job, wantedBy } from './batch.ts'
import type { BatchRows } from './batch-rows.ts'
import type { Transaction, Writing } from './database.ts'
import type { Found } from './found.ts'
import type { LastCommitted } from './last-committed.ts'
import type { WriteThread } from './write-thread.ts'

export type { Job } from './batch.ts'

export const batchLimits = { jobs: 256, bytes: 4 * 1024 * 1024 } as const

/** What may wait for a batch; what comes beyond it is told at once to come again, for memory has an end. */
export const queueLimits = { jobs: 10_000, bytes: 64 * 1024 * 1024 } as const

/** Nobody waits longer for an answer, whatever the disk does. */
const tellWithinMs = 1_900

/** The time that an update may wait for a lock that another process holds, before its batch gives up. */
const patienceMs = 1_500

const watchEveryMs = 100
const probeEveryMs = 500

/** With less than this free, a disk that was full is still full. */
const enoughFreeBytes = 1024 * 1024

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

/** Since when nothing can be stored, epoch milliseconds, and why: for operators, and without anybody's name. */
export type Failure = { since: number; reason: string }

export type Writer = {
  /** Decides and stores; never rejects. */
  record: <Answer>(job: Job<Answer>) => Promise<Recorded<Answer>>
  /** Runs a write of another kind between two batches; of locations and orders, which batches remember, it changes nothing. */
  administer: Writing
  /** The same for a write that does: all is read again then. */
  administerBoards: Writing
  /**
   * Between two batches, on the writing thread: wipes from the file and its log what was blanked or removed.
   * @returns whether all of it is; who reads the database at that moment may keep the log from being emptied
   */
  tidy: () => Promise<boolean>
  /** Null while updates can be stored. */
  failure: () => Failure | null
  /** Stores what is waiting, then closes, the reader too: all is in one file then. Later work is not stored. */
  close: () => Promise<void>
}

type Waiting = {
  job: Job<unknown>
  /** Answers the sender; a second answer goes nowhere. */
  settle: (recorded: Recorded<unknown>) => void
  /** By the monotonic clock, milliseconds. */
  since: number
}

type Answer = () => void

export type WriterMetrics = Pick<Metrics, 'commitSeconds' | 'batchSize' | 'publishSeconds' | 'gauge'>

/** What the writer needs of a database. */
export type WrittenDatabase = {
  /** Runs the transactions of batches, strictly one after the other. */
  thread: WriteThread
  /** Runs a write of another kind, while no batch is being written. */
  write: Writing
  /**
   * After a commit of uncertain outcome: whether the rows of this batch are stored.
   * @throws when the database does not tell
   */
  isStored: (rows: BatchRows) => Promise<boolean>
  /** What the last commit left, as far as nobody else can have changed it. */
  known: LastCommitted
  /** Wiping holds up no batch, and need not wait for its turn. */
  isTidiedBeside: boolean
  /** What is free on its disk; unknown is enough. */
  freeBytes: () => number
  /** Ends all connections, those that read first. */
  close: () => Promise<void>
}

type Settings = {
  database: WrittenDatabase
  timeZone: string
  now: () => number
  log: Logger
  metrics: WriterMetrics
  /** Called after each commit, in order. */
  onCommitted: (changes: readonly CommittedChange[]) => void
}

export function openBatchWriter({ database, timeZone, now, log, metrics, onCommitted }: Settings): Writer {
  const { thread, known, freeBytes } = database
  const waiting: Waiting[] = []
  let waitingBytes = 0
  let underWay: { batch: readonly Waiting[]; since: number } | null = null
  const chores: (() => Promise<void>)[] = []
  let isRunning = false
  let isClosed = false
  let failing: Failure | null = null
  let whenIdle: (() => void)[] = []
  metrics.gauge('passline_queue_length', 'Updates that wait to be stored', () => waiting.length)
  metrics.gauge('passline_queue_bytes', 'Bytes of the updates that wait to be stored', () => waitingBytes)
  metrics.gauge('passline_storing', '1 while updates can be stored, else 0', () => (failing === null ? 1 : 0))
  metrics.gauge('passline_disk_free_bytes', 'Free bytes on the disk of the database', freeBytes)
  const watch = setInterval(tellLate, watchEveryMs)
  const probe = setInterval(() => void tryAgain(), probeEveryMs)

  function record<Answer>(job: Job<Answer>): Promise<Recorded<Answer>> {
    if (isClosed) return Promise.resolve({ kind: 'not-stored', reason: 'stopping' })
    if (waiting.length >= queueLimits.jobs || waitingBytes + job.bytes > queueLimits.bytes) {
      return Promise.resolve({ kind: 'not-stored', reason: 'queue_full' })
    }
    waitingBytes += job.bytes
    return new Promise((resolve) => {
      const settle = resolve as (recorded: Recorded<unknown>) => void
      waiting.push({ job: job as Job<unknown>, settle, since: performance.now() })
      start()
    })
  }

  function administer<Result>(work: (client: Transaction) => Promise<Result>): Promise<Result> {
    if (isClosed) return Promise.reject(new Error('the server is stopping'))
    return new Promise((resolve, reject) => {
      chores.push(async () => {
        try {
          resolve(await database.write(work))
        } catch (error) {
          reject(error)
        }
      })
      start()
    })
  }

  function tidy(): Promise<boolean> {
    if (isClosed) return Promise.resolve(false)
    const wipe = async () => {
      const ended = await thread.tidy()
      if (ended.kind === 'away' || ended.kind === 'refused') log.error({ reason: ended.reason }, 'wiping failed')
      return ended.kind === 'committed'
    }
    if (database.isTidiedBeside) return wipe()
    return new Promise((resolve) => {
      chores.push(async () => resolve(await wipe()))
      start()
    })
  }

  async function administerBoards<Result>(work: (client: Transaction) => Promise<Result>): Promise<Result> {
    return administer(async (client) => {
      try {
        return await work(client)
      } finally {
        known.forget()
      }
    })
  }

  function start(): void {
    if (isRunning) return
    isRunning = true
    // All requests of this turn of the event loop join the batch.
    setImmediate(run)
  }

  /**
   * Commits batches until nothing waits. Never rejects: every failure is an answer.
   * The next batch is on its way to the thread before the senders of the last one are answered.
   */
  async function run(): Promise<void> {
    let answer: Answer = () => {}
    while (waiting.length > 0 || chores.length > 0) {
      const committed = commit(nextBatch())
      answer()
      answer = await committed
      if (waiting.length > 0 && chores.length === 0) continue
      answer()
      answer = () => {}
      await chores.shift()?.()
      // One turn of the event loop: what comes with it joins the next batch.
      await new Promise((resolve) => setImmediate(resolve))
    }
    isRunning = false
    for (const settle of whenIdle) settle()
    whenIdle = []
  }

  function nextBatch(): Waiting[] {
    let bytes = 0
    let count = 0
    while (count < waiting.length && count < batchLimits.jobs) {
      bytes += waiting[count]?.job.bytes ?? 0
      if (count > 0 && bytes > batchLimits.bytes) break
      count += 1
    }
    return takeWaiting(count)
  }

  function takeWaiting(count: number): Waiting[] {
    const taken = waiting.splice(0, count)
    for (const { job } of taken) waitingBytes -= job.bytes
    return taken
  }

  /** @returns what is left to do once a batch is stored: to publish it, and to answer its senders */
  async function commit(batch: readonly Waiting[]): Promise<Answer> {
    if (batch.length === 0) return () => {}
    const begunAt = performance.now()
    underWay = { batch, since: begunAt }
    const waitedMs = begunAt - (batch[0]?.since ?? 0)
    const tried = await attempt(
      batch.map(({ job }) => job),
      Math.max(0, patienceMs - waitedMs),
    )
    underWay = null
    if (tried.kind === 'stored') {
      stopFailing()
      const updates = batch.reduce((count, { job }) => count + (job.isPresence || job.uses || job.past ? 0 : 1), 0)
      if (updates > 0) {
        metrics.commitSeconds.observe((performance.now() - begunAt) / 1000)
        metrics.batchSize.observe(updates)
      }
      for (const [id, state] of tried.decided.locations) known.keepLocation(id, state)
      for (const [key, order] of tried.decided.orders) known.keepOrder(key, order)
      return () => tell(batch, tried.decided)
    }
    known.forget()
    if (tried.kind === 'refused' && batch.length > 1) {
      // One update that the database refuses must not fail the others.
      for (const one of batch) (await commit([one]))()
      return () => {}
    }
    if (tried.kind === 'away') startFailing(tried.reason, begunAt)
    log.error({ reason: tried.reason, updates: batch.length }, 'updates could not be stored')
    const reason = tried.kind === 'away' ? 'database' : 'refused'
    for (const { settle } of batch) settle({ kind: 'not-stored', reason })
    return () => {}
  }

  type Attempt =
    | { kind: 'stored'; decided: Decided }
    /** Refused: the same jobs would fail again. Away: the database did not do its work. */
    | { kind: 'refused' | 'away'; reason: string }

  async function attempt(jobs: readonly Job<unknown>[], patience: number): Promise<Attempt> {
    let decided: Decided | null = null
    let surprise = ''
    const decide = (found: Found) => {
      try {
        decided = decideAll(jobs, found, known)
        return decided.rows
      } catch (error) {
        surprise = error instanceof Error ? error.message : String(error)
        return null
      }
    }
    const ended = await thread.transact(wantedBy(jobs, known, timeZone), patience, decide)
    if (decided && (ended.kind === 'committed' || (await isStoredAllTheSame(decided))))
      return { kind: 'stored', decided }
    if (ended.kind === 'refused' || ended.kind === 'away') return ended
    return { kind: 'refused', reason: surprise }
  }

  /** After a commit of uncertain outcome. */
  async function isStoredAllTheSame({ rows }: Decided): Promise<boolean> {
    try {
      return await database.isStored(rows)
    } catch {
      return false
    }
  }

  function tell(batch: readonly Waiting[], decided: Decided): void {
    try {
      onCommitted(decided.changes)
    } catch (error) {
      log.error({ err: error }, 'a change was stored but not published; screens will notice by their beat')
    }
    const publishedAt = performance.now()
    batch.forEach(({ settle, job, since }, index) => {
      if (job.isWebhook) metrics.publishSeconds.observe((publishedAt - since) / 1000)
      settle({ kind: 'stored', answer: decided.answers[index] })
    })
  }

  /** Tells those who have waited too long; what is being committed may be stored all the same, and is then a repeat. */
  function tellLate(): void {
    const late = performance.now() - tellWithinMs
    const reason = 'late'
    const kept = waiting.findIndex(({ since }) => since > late)
    for (const { settle } of takeWaiting(kept === -1 ? waiting.length : kept)) settle({ kind: 'not-stored', reason })
    if (!underWay) return
    for (const { settle, since } of underWay.batch) if (since <= late) settle({ kind: 'not-stored', reason })
    if (underWay.since <= late) startFailing('the disk does not answer', underWay.since)
  }

  /** @param begunAt since when it is tried, by the monotonic clock */
  function startFailing(reason: string, begunAt: number): void {
    failing = { since: failing?.since ?? now() - (performance.now() - begunAt), reason }
  }

  function stopFailing(): void {
    if (failing === null) return
    log.info({ failingSince: new Date(failing.since) }, 'updates can be stored again')
    failing = null
  }

  /** While failing, a write that changes nothing finds out when the fault has ended, even if nobody sends. */
  async function tryAgain(): Promise<void> {
    if (failing === null || isRunning || isClosed || freeBytes() < enoughFreeBytes) return
    isRunning = true
    const ended = await thread.probe()
    if (ended.kind === 'committed') stopFailing()
    await run()
  }

  return {
    record,
    administer,
    administerBoards,
    tidy,
    failure: () => failing,
    close: async () => {
      isClosed = true
      clearInterval(probe)
      if (isRunning) await new Promise<void>((resolve) => whenIdle.push(resolve))
      clearInterval(watch)
      await database.close()
    },
  }
}
