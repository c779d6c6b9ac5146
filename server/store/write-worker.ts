/**
 * The thread that writes. SQLite works synchronously and waits for the disk: here nobody else waits with it.
 * One transaction at a time, in the order in which they were posted.
 *
 * A failed commit throws the connection away: after a busy COMMIT it would stay inside the transaction and silently
 * lose what follows (prisma/orm#29933). What was posted behind it and decided on it is left.
 */
import { parentPort, workerData } from 'node:worker_threads'
import type { BatchRows } from './batch-rows.ts'
import type { Client } from './database.ts'
import { fileIdentity, openWriter } from './sqlite/connection.ts'
import { isBusy, isDataError, reasonOf, tryAgainMs } from './sqlite/errors.ts'
import { tidy } from './sqlite/tidy.ts'
import { probe, writeRows } from './sqlite/transaction.ts'

/** What the thread is to do in one transaction. */
export type Task =
  /** Of one chain each stands on what those before it wrote: after one that failed the rest is left. */
  | { kind: 'write'; rows: BatchRows; chain: number }
  /** Find out whether a write works, without changing anything. */
  | { kind: 'probe' }
  /** Wipe what was blanked or removed; it is left when a reader kept some of it. */
  | { kind: 'tidy' }

export type ToWorker =
  /** `until`: how long to try for a lock that another process holds, epoch milliseconds. */
  { kind: 'begin'; task: Task; until: number } | { kind: 'close' }

/** From the thread: for each task, in their order, how it ended. */
export type FromWorker =
  | { kind: 'committed' }
  | { kind: 'left' }
  /** The database refused what it was given: a constraint, a conversion. The same rows would fail again. */
  | { kind: 'refused'; reason: string }
  /** The database did not do its work. */
  | { kind: 'away'; reason: string }

const { file, identity } = workerData as { file: string; identity: string }
const port = parentPort
if (!port) throw new Error('this file is a thread')

let client: Client | null = null
let brokenChain: number | null = null
let done: Promise<void> = Promise.resolve()

port.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'begin':
      done = done.then(async () => port.postMessage(await run(message.task, message.until)))
      return
    case 'close':
      return void done.then(discardClient).then(() => port.close())
    default:
      return message satisfies never
  }
})

/** Never rejects. */
async function run(task: Task, until: number): Promise<FromWorker> {
  for (;;) {
    if (task.kind === 'write' && task.chain === brokenChain) return { kind: 'left' }
    try {
      const isDone = await perform(task, await openSameFile())
      // What was committed to a file that nobody will find again is not stored.
      checkSameFile()
      return { kind: isDone ? 'committed' : 'left' }
    } catch (error) {
      await discardClient()
      const reason = reasonOf(error)
      if (isBusy(reason) && Date.now() < until) {
        await new Promise((resolve) => setTimeout(resolve, tryAgainMs))
        continue
      }
      if (task.kind === 'write') brokenChain = task.chain
      return { kind: isDataError(error) ? 'refused' : 'away', reason }
    }
  }
}

/** @returns whether all of it is done */
async function perform(task: Task, client: Client): Promise<boolean> {
  if (task.kind === 'tidy') return tidy(client)
  await (task.kind === 'write' ? writeRows(client, task.rows) : probe(client))
  return true
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
