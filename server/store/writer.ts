/**
 * The one writer: requests that come while a batch is being committed form the next one (group commit).
 *
 * Invariants: an answer is given only after the commit; changes are published in the order of their seqs and only
 * after the commit; a failed commit throws the connection away (after a busy COMMIT it would stay inside the
 * transaction and silently lose what follows: prisma/orm#29933).
 */
import type { Logger } from 'pino'
import { type BatchResult, type CommittedChange, type Job, runBatch } from './batch.ts'
import { type Client, fileIdentity, openWriter } from './database.ts'
import { createRecentOrders } from './recent-orders.ts'

export type { Job } from './batch.ts'

export const batchLimits = { jobs: 256, bytes: 4 * 1024 * 1024 } as const

/** What may wait for a batch; what comes beyond it is told at once to come again, for memory has an end. */
export const queueLimits = { jobs: 10_000, bytes: 64 * 1024 * 1024 } as const

/** The time that one batch may wait for a lock that another process holds, before its senders hear 503. */
const patienceMs = 1500

const probeEveryMs = 1000

export type Recorded<Answer> =
  | { kind: 'stored'; answer: Answer }
  /** Not on disk, and it will not be: the sender must send it again. */
  | { kind: 'not-stored'; reason: string }

export type Writer = {
  /** Decides and stores; never rejects. */
  record: <Answer>(job: Job<Answer>) => Promise<Recorded<Answer>>
  /** Runs a write of another kind on the writing client, between two batches. */
  administer: <Result>(work: (client: Client) => Promise<Result>) => Promise<Result>
  /** Since when nothing could be stored (epoch milliseconds), or null. */
  failingSince: () => number | null
  /** Stores what is waiting, then closes. Later work is not stored. */
  close: () => Promise<void>
}

type Waiting = { job: Job<unknown>; settle: (recorded: Recorded<unknown>) => void }

type Settings = {
  file: string
  timeZone: string
  now: () => number
  log: Logger
  /** Called after each commit, in order. */
  onCommitted: (changes: readonly CommittedChange[]) => void
}

export async function openBatchWriter({ file, timeZone, now, log, onCommitted }: Settings): Promise<Writer> {
  let client: Client | null = await openWriter(file)
  const identity = fileIdentity(file)
  const recent = createRecentOrders()
  let waitingBytes = 0
  const waiting: Waiting[] = []
  const chores: (() => Promise<void>)[] = []
  let isRunning = false
  let isClosed = false
  let failing: number | null = null
  let whenIdle: (() => void)[] = []
  let probe: NodeJS.Timeout | undefined

  function record<Answer>(job: Job<Answer>): Promise<Recorded<Answer>> {
    if (isClosed) return Promise.resolve({ kind: 'not-stored', reason: 'the server is stopping' })
    if (waiting.length >= queueLimits.jobs || waitingBytes + job.bytes > queueLimits.bytes) {
      return Promise.resolve({ kind: 'not-stored', reason: 'too many updates are waiting' })
    }
    waitingBytes += job.bytes
    return new Promise((resolve) => {
      waiting.push({ job: job as Job<unknown>, settle: resolve as (recorded: Recorded<unknown>) => void })
      start()
    })
  }

  function administer<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
    if (isClosed) return Promise.reject(new Error('the server is stopping'))
    return new Promise((resolve, reject) => {
      chores.push(async () => {
        try {
          resolve(await work(await openSameFile()))
          recent.forget()
        } catch (error) {
          await discardClient()
          reject(error)
        }
      })
      start()
    })
  }

  function start(): void {
    if (isRunning) return
    isRunning = true
    // All requests of this turn of the event loop join the batch.
    setImmediate(run)
  }

  /** Commits batches until nothing waits. Never rejects: every failure is an answer. */
  async function run(): Promise<void> {
    while (waiting.length > 0 || chores.length > 0) {
      if (waiting.length > 0) await commit(nextBatch())
      await chores.shift()?.()
      // One turn of the event loop: what came while the batch was being committed joins the next one.
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
    const batch = waiting.splice(0, count)
    for (const { job } of batch) waitingBytes -= job.bytes
    return batch
  }

  async function commit(batch: readonly Waiting[]): Promise<void> {
    const tried = await attempt(batch)
    if (tried.kind === 'done') return settleAll(batch, tried.result)
    if (tried.kind === 'refused' && batch.length > 1) {
      // One update that the database refuses must not fail the others.
      for (const one of batch) await commit([one])
      return
    }
    if (tried.kind === 'away') startFailing()
    log.error({ reason: tried.reason, updates: batch.length }, 'updates could not be stored')
    for (const { settle } of batch) settle({ kind: 'not-stored', reason: tried.reason })
  }

  function startFailing(): void {
    if (failing !== null) return
    failing = now()
    probe = setInterval(() => void tryAgain(), probeEveryMs)
  }

  function stopFailing(): void {
    if (failing === null) return
    log.info({ failingSince: new Date(failing) }, 'updates can be stored again')
    failing = null
    clearInterval(probe)
  }

  /** While failing, a write that changes nothing finds out when the fault has ended, even if nobody sends. */
  async function tryAgain(): Promise<void> {
    if (isRunning || isClosed) return
    isRunning = true
    try {
      const open = await openSameFile()
      await open.$executeRawUnsafe('UPDATE locations SET head = head WHERE id = (SELECT id FROM locations LIMIT 1)')
      stopFailing()
    } catch {
      await discardClient()
    }
    await run()
  }

  function settleAll(batch: readonly Waiting[], result: BatchResult): void {
    stopFailing()
    for (const [key, order] of result.orders) recent.keep(key, order)
    try {
      onCommitted(result.changes)
    } catch (error) {
      log.error({ err: error }, 'a change was stored but not published; screens will notice by their beat')
    }
    batch.forEach(({ settle }, index) => {
      settle({ kind: 'stored', answer: result.answers[index] })
    })
  }

  type Attempt =
    | { kind: 'done'; result: BatchResult }
    /** The database refused what it was given. */
    | { kind: 'refused'; reason: string }
    /** The database did not do its work. */
    | { kind: 'away'; reason: string }

  async function attempt(batch: readonly Waiting[]): Promise<Attempt> {
    const deadline = Date.now() + patienceMs
    for (;;) {
      let decided: BatchResult | null = null
      try {
        const open = await openSameFile()
        const result = await open.$transaction(
          async (transaction) => {
            const jobs = batch.map(({ job }) => job)
            decided = await runBatch(transaction, jobs, recent, timeZone)
            return decided
          },
          { timeout: 60_000, maxWait: 1_000 },
        )
        return { kind: 'done', result }
      } catch (error) {
        await discardClient()
        if (decided !== null && (await isCommitted(decided))) return { kind: 'done', result: decided }
        const reason = reasonOf(error)
        if (isBusy(reason) && Date.now() < deadline) {
          await new Promise((resolve) => setTimeout(resolve, 25))
          continue
        }
        return { kind: isDataError(error) ? 'refused' : 'away', reason }
      }
    }
  }

  /** The writing client; a new one when the last was thrown away, and never on a file that is not ours any more. */
  async function openSameFile(): Promise<Client> {
    if (fileIdentity(file) !== identity) throw new Error('the database file was removed or replaced under the server')
    client ??= await openWriter(file)
    return client
  }

  async function discardClient(): Promise<void> {
    const thrownAway = client
    client = null
    recent.forget()
    try {
      await thrownAway?.$disconnect()
    } catch (error) {
      log.warn({ err: error }, 'a database connection did not close')
    }
  }

  /** After a commit of uncertain outcome: the heads tell, for this is the only writer. */
  async function isCommitted(decided: BatchResult): Promise<boolean> {
    const [first] = decided.heads
    if (!first) return false
    try {
      const open = await openSameFile()
      const [locationId, head] = first
      const location = await open.location.findUnique({ where: { id: locationId }, select: { head: true } })
      return location?.head === head
    } catch {
      await discardClient()
      return false
    }
  }

  return {
    record,
    administer,
    failingSince: () => failing,
    close: async () => {
      isClosed = true
      clearInterval(probe)
      if (isRunning) await new Promise<void>((resolve) => whenIdle.push(resolve))
      await discardClient()
    },
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.trim().split('\n').at(-1) || error.name : String(error)
}

function isBusy(reason: string): boolean {
  return /SQLITE_BUSY|SQLITE_LOCKED|database is locked|Timed out|SocketTimeout/i.test(reason)
}

/** A constraint, a conversion, or an error of our own code: the same update would fail again. */
function isDataError(error: unknown): boolean {
  if (!(error instanceof Error)) return true
  const isOfDatabase = /SQLITE_|database|disk|locked|unable to open|I\/O|ENOENT|EACCES|EROFS|timed out|connection/i
  const isConstraint = /constraint|malformed JSON|datatype mismatch|too big/i
  return isConstraint.test(error.message) || !isOfDatabase.test(error.message)
}
