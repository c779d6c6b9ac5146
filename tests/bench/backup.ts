/** How long updates wait while a backup is taken, beside as long a time without one. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { migrate, migrationsFolder } from '#server/store/sqlite/migrate.ts'
import { fillWithPast } from './fill.ts'
import { ours, token } from './ingest.ts'
import { median, table } from './report.ts'
import { locationIds } from './traffic.ts'

const senders = 16
const pauseMs = 20

type Options = { rounds?: number; sizes?: number[]; warmUpMs?: number }

type Measured = { way: string; tookMs: number; p50: number; p99: number; worst: number }

/** @param sizes how many orders, each of ten changes, the databases hold */
export async function benchBackup({
  rounds = 5,
  sizes = [15_000, 150_000],
  warmUpMs = 4_000,
}: Options = {}): Promise<void> {
  const lines: string[][] = []
  for (const orders of sizes) {
    const { mebibytes, measured } = await measure(orders, rounds, warmUpMs)
    for (const way of ['nothing', 'a backup']) {
      const these = measured.filter((one) => one.way === way)
      const middle = (figure: 'tookMs' | 'p50' | 'p99') => median(these.map((one) => one[figure])).toFixed(1)
      const worst = Math.max(...these.map((one) => one.worst)).toFixed(1)
      lines.push([mebibytes, way, middle('tookMs'), middle('p50'), middle('p99'), worst])
    }
  }
  console.log(table(['MiB', 'meanwhile', 'took ms', 'p50 ms', 'p99 ms', 'worst ms'], lines))
}

async function measure(
  orders: number,
  rounds: number,
  warmUpMs: number,
): Promise<{ mebibytes: string; measured: Measured[] }> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'passline-backup-'))
  const file = path.join(scratch, 'data', 'passline.db')
  mkdirSync(path.dirname(file))
  await migrate(file, migrationsFolder)
  fillWithPast(file, { orders, changesPerOrder: 10, openPerLocation: 20 })
  const server = await ours(file)
  const sent = send(server.url)
  try {
    await pause(warmUpMs)
    sent.takeLatencies()
    const measured: Measured[] = []
    for (let round = 0; round < rounds; round += 1) {
      const backup = path.join(scratch, `${round}.db`)
      const tookMs = await timed(() => takeBackup(file, backup))
      measured.push({ way: 'a backup', tookMs, ...sent.takeLatencies() })
      rmSync(backup)
      await pause(tookMs)
      measured.push({ way: 'nothing', tookMs, ...sent.takeLatencies() })
    }
    return { mebibytes: (statSync(file).size / 1024 ** 2).toFixed(0), measured }
  } finally {
    await sent.stop()
    await server.stop()
    rmSync(scratch, { recursive: true })
  }
}

/** As an operator does, whole: the start of the command, the copy, its check. */
function takeBackup(file: string, backup: string): Promise<unknown> {
  return promisify(execFile)(process.execPath, ['build/passline.mjs', 'backup', backup], {
    env: { ...process.env, DATABASE_URL: `file:${file}` },
  })
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

/** Sends updates at a steady rate, some hundred a second. */
function send(url: string) {
  let latencies: number[] = []
  let isOver = false
  let count = 0
  const sender = async () => {
    while (!isOver) {
      const object = {
        location_id: locationIds[count % locationIds.length],
        order_id: `now ${count}`,
        status: 'in_progress',
      }
      count += 1
      const startedAt = performance.now()
      const response = await fetch(url, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ type: 'order.updated', object }),
      })
      if (!response.ok) throw new Error(`an update was answered ${response.status}`)
      await response.arrayBuffer()
      latencies.push(performance.now() - startedAt)
      await pause(pauseMs)
    }
  }
  const all = Promise.all(Array.from({ length: senders }, sender))
  return {
    /** Of those answered since it was last asked. */
    takeLatencies: () => {
      const sorted = latencies.sort((one, other) => one - other)
      latencies = []
      const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN
      return { p50: at(0.5), p99: at(0.99), worst: sorted.at(-1) ?? Number.NaN }
    },
    stop: async () => {
      isOver = true
      await all
    },
  }
}
