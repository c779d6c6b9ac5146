/**
 * The thread that writes. SQLite works synchronously and waits for the disk: here nobody else waits with it.
 * One transaction at a time: what the batch decided, after what it had to read for that.
 *
 * A failed commit throws the connection away: after a busy COMMIT it would stay inside the transaction and silently
 * lose what follows (prisma/orm#29933).
 */
import { parentPort, workerData } from 'node:worker_threads'
import type { BatchRows } from './batch-rows.ts'
import { type Client, inOneGo } from './database.ts'
import type { Found, Wanted } from './found.ts'
import { fileIdentity, openWriter } from './sqlite/connection.ts'
import { tidy } from './sqlite/tidy.ts'
import { lockAndRead, probe, writeRows } from './sqlite/transaction.ts'

/** What the thread is to do in one transaction. */
export type Task =
  /** Lock and read; then write the rows that are decided on it, if any. */
  | { kind: 'read'; wanted: Wanted }
  | { kind: 'write'; rows: BatchRows }
  /** Find out whether a write works, without changing anything. */
  | { kind: 'probe' }
  /** Wipe what was blanked or removed; it is left when a reader kept some of it. */
  | { kind: 'tidy' }

export type ToWorker =
  /** `patienceMs`: how long to try for a lock that another process holds. */
  | { kind: 'begin'; task: Task; patienceMs: number }
  /** What to write after what was read; null leaves all as it was. */
  | { kind: 'decided'; rows: BatchRows | null }
  | { kind: 'close' }

/** From the thread: for a task that reads what it found, and for each task how it ended. */
export type FromWorker =
  | { kind: 'found'; found: Found }
  | { kind: 'committed' }
  | { kind: 'left' }
  /** The database refused what it was given: a constraint, a conversion. The same rows would fail again. */
  | { kind: 'refused'; reason: string }
  /** The database did not do its work. */
  | { kind: 'away'; reason: string }

const { file, identity } = workerData as { file: string; identity: string }
const port = parentPort
if (!port) throw new Error('this file is a thread')

/** Between two tries while another process holds the lock. */
const tryAgainMs = 25

let client: Client | null = null
let takeDecided: ((rows: BatchRows | null) => void) | null = null

port.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'begin':
      return void run(message.task, message.patienceMs).then((ended) => port.postMessage(ended))
    case 'decided':
      return takeDecided?.(message.rows)
    case 'close':
      return void discardClient().then(() => port.close())
    default:
      return message satisfies never
  }
})

class Left extends Error {}

async function run(task: Task, patienceMs: number): Promise<FromWorker> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const asked = { isAnswered: false }
    try {
      await perform(task, await openSameFile(), asked)
      // What was committed to a file that nobody will find again is not stored.
      checkSameFile()
      return { kind: 'committed' }
    } catch (error) {
      if (error instanceof Left) return { kind: 'left' }
      await discardClient()
      const reason = reasonOf(error)
      if (!asked.isAnswered && isBusy(reason) && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, tryAgainMs))
        continue
      }
      return { kind: isDataError(error) ? 'refused' : 'away', reason }
    }
  }
}

/** @param asked is told when what was read has been decided on: it is not read and decided twice */
async function perform(task: Task, client: Client, asked: { isAnswered: boolean }): Promise<void> {
  if (task.kind === 'write') return writeRows(client, task.rows)
  if (task.kind === 'tidy') {
    if (!(await tidy(client))) throw new Left()
    return
  }
  await client.$transaction(async (transaction) => {
    if (task.kind === 'probe') return probe(transaction)
    const rows = await decidedOn(await lockAndRead(transaction, task.wanted))
    asked.isAnswered = true
    if (rows === null) throw new Left()
    await writeRows(transaction, rows)
  }, inOneGo)
}

/** Hands over what was found, and waits for what is decided on it. */
function decidedOn(found: Found): Promise<BatchRows | null> {
  return new Promise((resolve) => {
    takeDecided = resolve
    port?.postMessage({ kind: 'found', found } satisfies FromWorker)
  })
}

function checkSameFile(): void {
  if (fileIdentity(file) !== identity) throw new Error('the database file was removed or replaced under the server')
}

/** The writing client; a new one when the last was thrown away, and never on a file that is not ours any more. */
async function openSameFile(): Promise<Client> {
  checkSameFile()
  client ??= await openWriter(file)
  return client
}

async function discardClient(): Promise<void> {
  const thrownAway = client
  client = null
  try {
    await thrownAway?.$disconnect()
  } catch {
    // It was thrown away because it is broken.
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
