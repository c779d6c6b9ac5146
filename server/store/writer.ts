/**
 * The one writer: requests that come while a batch is being committed form the next one (group commit).
 *
 * Invariants: an answer is given only after the commit, or after `tellWithinMs`, when the sender must send again;
 * changes are published in the order of their seqs and only after the commit; nothing is remembered of a commit that
 * failed.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Metrics } from '../metrics.ts'
import { nextTurn } from '../next-turn.ts'
import { type CommittedChange, type Decided, decideAll, type Job, lookUp } from './batch.ts'
import type { BatchRows } from './batch-rows.ts'
import type { Transaction, Writing } from './database.ts'
import type { Found } from './found.ts'
import type { LastCommitted } from './last-committed.ts'
import { type Batch, createQueue, type Parts, type Recorded, tellLate, tellWithinMs, type Waiting } from './queue.ts'
import type { Ended, WriteThread } from './write-thread.ts'

/** The time that an update may wait for a lock that another process holds, before its batch gives up. */
const patienceMs = 1_500

/** While a batch is being written, the next is decided as soon as it has so large a share of its size. */
const overlapShare = 0.5

/** So many senders are answered in one turn of the event loop: what the database says is heard in between. */
const answersAtOnce = 16

/** Between two attempts where another server has all locations that are asked for. */
const tryAgainMs = 25

const watchEveryMs = 100
const probeEveryMs = 500

/** With less than this free, a disk that was full is still full. */
const enoughFreeBytes = 1024 * 1024

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

const jobOf = ({ job }: Waiting) => job

type Answer = () => Promise<void>

const noAnswer: Answer = async () => {}

/** A batch that is being decided, or written. */
type UnderWay = {
  batch: Batch
  /** Null until it is known. */
  parts: Parts | null
  /** By the monotonic clock, milliseconds. */
  since: number
  /** Null until it is decided, and when that failed. */
  decided: Decided | null
  surprise: string
  /** What was written before it, and what it is decided on. */
  chain: number
  ended: Promise<Ended>
  hasEnded: boolean
}

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
  /**
   * Nobody else writes: a batch may be decided on what the one before it has decided, while that is being written.
   */
  isAlone: boolean
  /** Wiping holds up no batch, and need not wait for its turn. */
  isTidiedBeside: boolean
  /** What is told when it hangs: which of its parts does not answer. */
  whenSilent: string
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
  const queue = createQueue(log)
  const underWay = new Set<UnderWay>()
  /** Of a batch that was refused: those that are tried one by one, and are still to come. */
  let retried: readonly Waiting[] = []
  /** What was written, and what is decided on it, until something fails. */
  let chain = 0
  /** Told when so many wait that the next batch should be on its way while the last is being written. */
  let whenEnough = { count: Number.POSITIVE_INFINITY, tell: () => {} }
  const chores: (() => Promise<void>)[] = []
  let isRunning = false
  let isClosed = false
  let failing: Failure | null = null
  let whenIdle: (() => void)[] = []
  metrics.gauge('passline_queue_length', 'Updates that wait to be stored', queue.length)
  metrics.gauge('passline_queue_bytes', 'Bytes of the updates that wait to be stored', queue.bytes)
  metrics.gauge('passline_storing', '1 while updates can be stored, else 0', () => (failing === null ? 1 : 0))
  metrics.gauge('passline_disk_free_bytes', 'Free bytes on the disk of the database', freeBytes)
  const watch = setInterval(tellAllLate, watchEveryMs)
  const probe = setInterval(() => void tryAgain(), probeEveryMs)

  function record<Answer>(job: Job<Answer>): Promise<Recorded<Answer>> {
    if (isClosed) return Promise.resolve({ kind: 'not-stored', reason: 'stopping' })
    if (queue.isFull(job.bytes)) return Promise.resolve({ kind: 'not-stored', reason: 'queue_full' })
    return new Promise((resolve) => {
      queue.add(job, resolve as (recorded: Recorded<unknown>) => void)
      if (queue.length() >= whenEnough.count) whenEnough.tell()
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
   * The senders of a batch are answered when the next one is on its way, while it is being read or written; and while
   * many wait, it is on its way before the last one is on disk. So neither side waits for the other.
   */
  async function run(): Promise<void> {
    /** In the order in which they are written: at most two. */
    const posted: UnderWay[] = []
    let answer = noAnswer
    while (posted.length > 0 || queue.length() > 0 || chores.length > 0) {
      const last = posted.at(-1)
      if (queue.length() > 0 && chores.length === 0 && (!last || (posted.length === 1 && isEnoughBeside(last)))) {
        const begun = begin(queue.nextBatch(), last?.decided ?? null)
        // By then its first words are with the database.
        await nextTurn()
        await answer()
        posted.push(await begun)
      } else await answer()
      answer = noAnswer
      const [first] = posted
      if (first) {
        if (posted.length === 1) await endedOrEnough(first)
        else await first.ended
        if (!first.hasEnded) continue
        posted.shift()
        answer = await finish(first)
        if (queue.isStuck()) await wait(tryAgainMs)
        if (queue.length() > 0) continue
        await answer()
        answer = noAnswer
      } else await chores.shift()?.()
      // One turn of the event loop: what comes with it joins the next batch.
      if (posted.length === 0) await nextTurn()
    }
    isRunning = false
    for (const settle of whenIdle) settle()
    whenIdle = []
  }

  /** Blanking and removing the past, and what others write, is not seen by who reads meanwhile: nothing is decided beside it. */
  const isBarrier = ({ batch }: UnderWay) => !database.isAlone || batch.all.some(({ job }) => job.past)

  const enoughBeside = ({ batch }: UnderWay) => Math.ceil(batch.all.length * overlapShare)

  const isEnoughBeside = (one: UnderWay) =>
    one.decided !== null && one.chain === chain && !isBarrier(one) && queue.length() >= enoughBeside(one)

  /** Waits until a batch is written, or so many wait that the next should be decided. */
  async function endedOrEnough(one: UnderWay): Promise<void> {
    if (isBarrier(one)) return void (await one.ended)
    const isEnough = new Promise<void>((resolve) => {
      whenEnough = { count: enoughBeside(one), tell: resolve }
    })
    await Promise.race([one.ended, isEnough])
    whenEnough = { count: Number.POSITIVE_INFINITY, tell: () => {} }
    // All requests of this turn of the event loop join the batch.
    if (!one.hasEnded) await nextTurn()
  }

  /**
   * Sends a batch on its way.
   * @param ahead what the batch that is being written has decided
   * @returns once it is decided, and behind that batch
   */
  async function begin(batch: Batch, ahead: Decided | null): Promise<UnderWay> {
    const since = performance.now()
    const { all, awaited } = batch
    const before = lookUp(all.map(jobOf), known, ahead, timeZone, awaited)
    // Who was passed over has waited for another server, and not for the database.
    const oldest = all.find((waiting) => !queue.isPassedOver(waiting))?.since ?? since
    const until = Date.now() + Math.max(0, patienceMs - (since - oldest))
    const one: UnderWay = {
      batch,
      parts: null,
      since,
      chain,
      decided: null,
      surprise: '',
      ended: Promise.resolve({ kind: 'left' }),
      hasEnded: false,
    }
    underWay.add(one)
    await new Promise<void>((isDecided) => {
      const decide = (found: Found) => {
        isDecided()
        const isHad = ({ job: { about } }: Waiting) => about === null || !found.passedOver.has(about.locationId)
        const had = all.filter(isHad)
        one.parts = { had, passedOver: all.filter((waiting) => !isHad(waiting)) }
        one.decided = null
        if (had.length === 0) return null
        try {
          one.decided = decideAll(had.map(jobOf), found, before)
          return one.decided
        } catch (error) {
          one.surprise = error instanceof Error ? error.message : String(error)
          return null
        }
      }
      one.ended = thread.transact(before.wanted, until, chain, decide).then((ended) => {
        one.hasEnded = true
        isDecided()
        return ended
      })
    })
    return one
  }

  /** @returns what is left to do once a batch is stored: to publish it, and to answer its senders */
  async function finish(one: UnderWay): Promise<Answer> {
    const ended = await one.ended
    const { batch, decided, since } = one
    if (one.parts) queue.end(batch, one.parts)
    const had = one.parts?.had ?? batch.all
    const isOnDisk = decided !== null && (ended.kind === 'committed' || (await isStoredAllTheSame(decided, ended)))
    underWay.delete(one)
    if (ended.kind === 'left' && had.length === 0) return noAnswer
    // It was decided on a batch that failed.
    const isLeft = ended.kind === 'left' && one.chain !== chain
    // Whatever it was: what is written behind it is left.
    if (ended.kind !== 'committed' && one.chain === chain) chain += 1
    if (isOnDisk) {
      stopFailing()
      const updates = had.reduce((count, { job }) => count + (job.isPresence || job.uses || job.past ? 0 : 1), 0)
      if (updates > 0) {
        metrics.commitSeconds.observe((performance.now() - since) / 1000)
        metrics.batchSize.observe(updates)
      }
      for (const [id, state] of decided.locations) known.keepLocation(id, state)
      for (const [key, order] of decided.orders) known.keepOrder(key, order)
      return () => tell(had, decided)
    }
    known.forget()
    if (isLeft) return commit(had)
    if (ended.kind !== 'away' && had.length > 1) {
      await commitEach(had)
      return noAnswer
    }
    const problem = ended.kind === 'away' || ended.kind === 'refused' ? ended.reason : one.surprise
    if (ended.kind === 'away') startFailing(problem, since)
    log.error({ reason: problem, updates: had.length }, 'updates could not be stored')
    const reason = ended.kind === 'away' ? 'database' : 'refused'
    for (const { settle } of had) settle({ kind: 'not-stored', reason })
    return noAnswer
  }

  const commit = async (all: readonly Waiting[]) => finish(await begin({ all, awaited: null }, null))

  /** One update that the database refuses must not fail the others. */
  async function commitEach(batch: readonly Waiting[]): Promise<void> {
    for (const [index, waiting] of batch.entries()) {
      if (tellLate([waiting]).late.length > 0) continue
      retried = batch.slice(index + 1)
      const one = await begin({ all: [waiting], awaited: null }, null)
      await one.ended
      const isPassedOver = one.parts?.passedOver.length === 1
      // They are not to wait for it, and what is of its location not to be stored before it.
      if (isPassedOver) queue.putBack(retried)
      await (await finish(one))()
      if (isPassedOver) break
    }
    retried = []
  }

  /** After a commit of uncertain outcome. */
  async function isStoredAllTheSame({ rows }: Decided, ended: Ended): Promise<boolean> {
    if (ended.kind !== 'away') return false
    try {
      return await database.isStored(rows)
    } catch {
      return false
    }
  }

  async function tell(batch: readonly Waiting[], decided: Decided): Promise<void> {
    try {
      onCommitted(decided.changes)
    } catch (error) {
      log.error({ err: error }, 'a change was stored but not published; screens will notice by their beat')
    }
    const publishedAt = performance.now()
    for (const [index, { settle, job, since }] of batch.entries()) {
      if (index > 0 && index % answersAtOnce === 0) await nextTurn()
      if (job.isWebhook) metrics.publishSeconds.observe((publishedAt - since) / 1000)
      settle({ kind: 'stored', answer: decided.answers[index] })
    }
  }

  /** Tells those who have waited too long; what is being committed may be stored all the same, and is then a repeat. */
  function tellAllLate(): void {
    queue.dropLate()
    tellLate(retried)
    for (const one of underWay) {
      tellLate(one.batch.all)
      if (one.since <= performance.now() - tellWithinMs) startFailing(database.whenSilent, one.since)
    }
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
