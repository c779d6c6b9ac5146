/** The writing thread (write-worker.ts) as the writer sees it. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Decided } from './batch.ts'
import type { BatchRows } from './batch-rows.ts'
import type { Client } from './database.ts'
import { type Found, isNothingWanted, noLocations, type Wanted } from './found.ts'
import { fileIdentity } from './sqlite/connection.ts'
import { isBusy, reasonOf, tryAgainMs } from './sqlite/errors.ts'
import { readWanted } from './sqlite/transaction.ts'
import type { FromWorker, Task, ToWorker } from './write-worker.ts'

export type Ended = FromWorker

export type Decide = (found: Found) => Pick<Decided, 'rows' | 'orders'> | null

export type WriteThread = {
  /**
   * One transaction: read, decide, write. The next one may be begun as soon as this one is decided, and is written
   * after it.
   * @param until how long to try for a lock that another process holds, epoch milliseconds
   * @param chain what is written stands on what was written before it under the same number: after a failure it is left
   * @param decide what to write, from what was found, and the orders that are written by that; null leaves all as it was.
   * Asked again when the transaction is begun anew: what it answered last counts
   * @returns how it ended; never rejects
   */
  transact: (wanted: Wanted, until: number, chain: number, decide: Decide) => Promise<Ended>
  /** Whether a write works. */
  probe: () => Promise<Ended>
  /** Wipes what was blanked or removed: committed, or left undone in part. */
  tidy: () => Promise<Ended>
  close: () => Promise<void>
}

/** @param reader reads what a batch must know, while the one before it is being written */
export function openWriteThread(file: string, reader: Client): WriteThread {
  const identity = fileIdentity(file)
  let worker: Worker | null = null
  /** Who waits for the end of a task, in the order of the tasks. */
  let waiting: ((ended: Ended) => void)[] = []
  let brokenChain: number | null = null

  /** A thread that ended by itself (out of memory, say) is started again by the next transaction. */
  function running(): Worker {
    if (worker) return worker
    const started = startWorker({ file, identity })
    const endAll = (reason: string) => {
      if (worker !== started) return
      worker = null
      const all = waiting
      waiting = []
      for (const end of all) end({ kind: 'away', reason })
    }
    started.on('message', (ended: FromWorker) => waiting.shift()?.(ended))
    started.on('error', (error) => endAll(`the writing thread failed: ${error.message}`))
    started.on('exit', () => endAll('the writing thread ended'))
    worker = started
    return started
  }

  // At once: the first update need not wait for it.
  running()

  function run(task: Task, until: number): Promise<Ended> {
    return new Promise((resolve) => {
      const thread = running()
      waiting.push(resolve)
      thread.postMessage({ kind: 'begin', task, until } satisfies ToWorker)
    })
  }

  /** What the thread does not know when it is a new one: a chain that was broken in the one before. */
  async function write(rows: BatchRows, until: number, chain: number): Promise<Ended> {
    if (chain === brokenChain) return { kind: 'left' }
    const ended = await run({ kind: 'write', rows, chain }, until)
    if (ended.kind !== 'committed') brokenChain = chain
    return ended
  }

  async function read(wanted: Wanted, until: number): Promise<Found> {
    for (;;) {
      try {
        return await readWanted(reader, wanted)
      } catch (error) {
        if (!isBusy(reasonOf(error)) || Date.now() >= until) throw error
        await new Promise((resolve) => setTimeout(resolve, tryAgainMs))
      }
    }
  }

  return {
    transact: async (wanted, until, chain, decide) => {
      let found: Found = { passedOver: noLocations, locations: [], orders: [], actions: [] }
      try {
        if (!isNothingWanted(wanted)) found = await read(wanted, until)
      } catch (error) {
        return { kind: 'away', reason: reasonOf(error) }
      }
      const decided = decide(found)
      return decided ? write(decided.rows, until, chain) : { kind: 'left' }
    },
    probe: () => run({ kind: 'probe' }, 0),
    tidy: () => run({ kind: 'tidy' }, 0),
    close: async () => {
      if (!worker) return
      const ended = once(worker, 'exit')
      worker.postMessage({ kind: 'close' } satisfies ToWorker)
      await ended
    },
  }
}

/** The bundle's thread stands beside the bundle; from source, a thread must be told to read TypeScript. */
function startWorker(workerData: unknown): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./write-worker.mjs', import.meta.url), { workerData })
  const source = JSON.stringify(new URL('./write-worker.ts', import.meta.url))
  const code = `import('tsx/esm/api').then(({ register }) => { register(); return import(${source}) })`
  return new Worker(code, { eval: true, workerData })
}
