/** The writing thread (write-worker.ts) as the writer sees it. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { BatchRows } from './batch-rows.ts'
import { type Found, isNothingWanted, type Wanted } from './found.ts'
import { fileIdentity } from './sqlite/connection.ts'
import type { FromWorker, Task, ToWorker } from './write-worker.ts'

export type Ended = Exclude<FromWorker, { kind: 'found' }>

export type WriteThread = {
  /**
   * One transaction: lock and read, decide, write, commit. Never two at once.
   * @param patienceMs how long to try for a lock that another process holds
   * @param decide what to write, from what was found; null leaves all as it was
   * @returns how it ended; never rejects
   */
  transact: (wanted: Wanted, patienceMs: number, decide: (found: Found) => BatchRows | null) => Promise<Ended>
  /** Whether a write works. */
  probe: () => Promise<Ended>
  /** Wipes what was blanked or removed: committed, or left undone in part. */
  tidy: () => Promise<Ended>
  close: () => Promise<void>
}

export function openWriteThread(file: string): WriteThread {
  const identity = fileIdentity(file)
  let worker: Worker | null = null
  let take: (message: FromWorker) => void = () => {}

  /** A thread that ended by itself (out of memory, say) is started again by the next transaction. */
  function running(): Worker {
    if (worker) return worker
    const started = startWorker({ file, identity })
    started.on('message', (message: FromWorker) => take(message))
    started.on('error', (error) => take({ kind: 'away', reason: `the writing thread failed: ${error.message}` }))
    started.on('exit', () => {
      if (worker === started) worker = null
      take({ kind: 'away', reason: 'the writing thread ended' })
    })
    worker = started
    return started
  }

  // At once: the first update need not wait for it.
  running()

  function run(task: Task, patienceMs: number, decide: (found: Found) => BatchRows | null): Promise<Ended> {
    return new Promise((resolve) => {
      const send = (message: ToWorker) => running().postMessage(message)
      take = (message) => {
        if (message.kind === 'found') return send({ kind: 'decided', rows: decide(message.found) })
        take = () => {}
        resolve(message)
      }
      send({ kind: 'begin', task, patienceMs })
    })
  }

  return {
    transact: async (wanted, patienceMs, decide) => {
      if (!isNothingWanted(wanted)) return run({ kind: 'read', wanted }, patienceMs, decide)
      const rows = decide({ locations: [], orders: [], actions: [] })
      return rows ? run({ kind: 'write', rows }, patienceMs, decide) : { kind: 'left' }
    },
    probe: () => run({ kind: 'probe' }, 0, () => null),
    tidy: () => run({ kind: 'tidy' }, 0, () => null),
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
