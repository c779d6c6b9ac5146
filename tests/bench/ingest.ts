/**
 * How many updates a second, beside a floor and a naive way, in one run: rounds that take turns, and their medians.
 * - floor: node:http and better-sqlite3, one durable transaction per turn of the event loop, no checks, nothing else
 * - naive: Next's router, a Prisma transaction of four calls for each update, an emit
 * - ours: everything on
 * Each starts anew on an empty database, is warmed up by 32 connections or more, and is measured then.
 */
import { execFile, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { controlSocket, sendCommand } from '#server/control.ts'
import { ended, workedMsOf } from '#tests/helpers/process.ts'
import { crowdOf } from './crowd.ts'
import { median, table } from './report.ts'
import { locationIds, writeTraffic } from './traffic.ts'

type Sent = { perSecond: number; p50: number; p99: number; failed: number; sent: number }
/** `workedMs`: what its server's process worked for each update, all of its threads. */
type Measured = Sent & { workedMs: number }
export type Contender = { url: string; pid: number; stop: () => Promise<void> }

export const token = 'token-of-the-benchmark'
const screenCount = 100

type Options = { rounds?: number; warmUpSeconds?: number; seconds?: number; connections?: number[]; ways?: string[] }

const ways: Record<string, (folder: string) => Promise<Contender>> = {
  floor: () => floor(),
  naive: (folder) => forked('tests/bench/naive.ts', [path.join(folder, 'naive.db')], ['--import=tsx']),
  ours: (folder) => ours(path.join(folder, 'passline.db')),
  [`ours, ${screenCount} screens`]: (folder) => oursWithScreens(path.join(folder, 'passline.db')),
}

export async function benchIngest({
  rounds = 3,
  warmUpSeconds = 4,
  seconds = 6,
  connections = [1, 32, 128],
  ways: asked = Object.keys(ways),
}: Options = {}): Promise<void> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'passline-bench-'))
  const traffic = path.join(scratch, 'traffic.jsonl')
  writeTraffic(traffic, 150_000)
  const results = new Map<string, Measured[]>()
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const count of connections) {
        for (const way of asked) {
          if (way.endsWith('screens') && count !== 128) continue
          const folder = mkdtempSync(path.join(scratch, 'round-'))
          const contender = await ways[way]?.(folder)
          if (!contender) throw new Error(`there is no way called ${way}`)
          try {
            const load = { file: traffic, connections: count, warmUpSeconds, seconds, round: `${round}-${count}` }
            const workedMs = workedMsOf(contender.pid)
            const sent = await send(contender.url, load)
            const measured = { ...sent, workedMs: (workedMsOf(contender.pid) - workedMs) / sent.sent }
            const key = `${count} ${way}`
            results.set(key, [...(results.get(key) ?? []), measured])
            if (measured.failed > 0) console.error(`${key}: ${measured.failed} were not answered 2xx`)
            console.error(`round ${round + 1}, ${key}: ${measured.perSecond.toFixed(0)}/s`)
          } finally {
            await contender.stop()
          }
        }
      }
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  report(results)
}

function report(results: ReadonlyMap<string, Measured[]>): void {
  const middle = (key: string, figure: keyof Measured) => median((results.get(key) ?? []).map((one) => one[figure]))
  const rows = [...results.keys()].map((key) => {
    const [connections = ''] = key.split(' ', 1)
    const [floorKey, naiveKey] = [`${connections} floor`, `${connections} naive`]
    const rate = middle(key, 'perSecond')
    return [
      connections,
      key.slice(connections.length + 1),
      rate.toFixed(0),
      (rate / middle(floorKey, 'perSecond')).toFixed(2),
      (rate / middle(naiveKey, 'perSecond')).toFixed(1),
      middle(key, 'p50').toFixed(2),
      (middle(key, 'p50') / middle(floorKey, 'p50')).toFixed(1),
      middle(key, 'p99').toFixed(1),
      (middle(key, 'p99') / middle(floorKey, 'p99')).toFixed(1),
      (middle(key, 'workedMs') * 1_000).toFixed(0),
    ]
  })
  const head = [
    'connections',
    'way',
    'updates/s',
    '× floor',
    '× naive',
    'p50 ms',
    '× floor',
    'p99 ms',
    '× floor',
    'µs each',
  ]
  console.log(table(head, rows))
}

type Load = { file: string; connections: number; warmUpSeconds: number; seconds: number; round: string }

/** Sends the traffic from a process of its own. */
export async function send(url: string, load: Load): Promise<Sent> {
  const order = JSON.stringify({ url, token, warmUpConnections: Math.max(32, load.connections), ...load })
  const { stdout } = await promisify(execFile)(process.execPath, ['tests/bench/sender.mjs', order])
  return JSON.parse(stdout) as Sent
}

/** A contender that is a script, and tells its parent its address. */
export async function forked(file: string, parameters: string[] = [], execArgv: string[] = []): Promise<Contender> {
  const child = fork(file, parameters, { execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const [url] = (await once(child, 'message')) as [string]
  return { url, pid: child.pid ?? 0, stop: () => ended(child) }
}

export const floor = () => forked('tests/bench/floor.mjs')

/** @param environment more of it than every server of a benchmark has */
export async function ours(file: string, environment: Record<string, string> = {}): Promise<Contender> {
  const child = spawn(process.execPath, ['build/main.mjs'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      PORT: '0',
      HOST: '127.0.0.1',
      DATABASE_URL: `file:${file}`,
      PASSLINE_WEBHOOK_TOKEN: token,
      LOG_LEVEL: 'warn',
      ...environment,
    },
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the server ended')))
    createInterface({ input: child.stdout }).on('line', (line) => {
      const address = /Webhook +(\S+)/.exec(line)?.[1]
      if (address) resolve(address)
    })
  })
  return { url, pid: child.pid ?? 0, stop: () => ended(child) }
}

/** With so many screens, each of two locations, so that every change goes to one of them. */
async function oursWithScreens(file: string): Promise<Contender> {
  const { url, pid, stop } = await ours(file)
  const tokens = await Promise.all(
    Array.from({ length: screenCount }, async (_, index) => {
      const locations = locationIds.filter((_, position) => position % screenCount === index)
      const added = await sendCommand(controlSocket(path.dirname(file)), 'screen add', {
        name: `Screen ${index}`,
        role: 'kitchen',
        locations,
      })
      if (!added?.done) throw new Error('a screen could not be added')
      return added.result.token
    }),
  )
  const screens = crowdOf()
  await screens.ask({ command: 'open', url: new URL(url).origin, tokens })
  return {
    url,
    pid,
    stop: async () => {
      await screens.end()
      await stop()
    },
  }
}
