/**
 * How many updates a second, beside a floor and a naive way, in one run: three rounds, interleaved, medians.
 * - floor: node:http and better-sqlite3, one durable transaction per turn of the event loop, no checks, nothing else
 * - naive: Next's router, a Prisma transaction of four calls for each update, an emit
 * - ours: everything on
 */
import { type ChildProcess, execFile, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { io } from 'socket.io-client'
import { median, table } from './report.ts'
import { writeTraffic } from './traffic.ts'

type Measured = { perSecond: number; p50: number; p99: number; failed: number }
type Contender = { name: string; url: string; stop: () => Promise<void> }

const token = 'token-of-the-benchmark'
const locationCount = 200

export async function benchIngest({
  rounds = 3,
  warmUpSeconds = 4,
  seconds = 6,
  only = null as string[] | null,
  connections: cs = [1, 32, 128],
} = {}): Promise<void> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'passline-bench-'))
  const traffic = path.join(scratch, 'traffic.jsonl')
  writeTraffic(traffic, 150_000, locationCount)
  const start: Record<string, () => Promise<Contender>> = {
    floor: () => floor(),
    naive: () => naive(path.join(scratch, `naive-${Date.now()}.db`)),
    ours: () => ours(path.join(scratch, `ours-${Date.now()}`), 0),
    'ours, 100 screens': () => ours(path.join(scratch, `screens-${Date.now()}`), 100),
  }
  const results = new Map<string, Measured[]>()
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const connections of cs) {
        for (const [name, open] of Object.entries(start)) {
          if (only && !only.includes(name)) continue
          if (name.endsWith('screens') && connections !== 128) continue
          console.error(new Date().toISOString(), round, connections, name)
          const contender = await open()
          try {
            const measured = await send(
              contender.url,
              traffic,
              connections,
              warmUpSeconds,
              seconds,
              `${round}-${connections}`,
            )
            const key = `${connections} ${name}`
            results.set(key, [...(results.get(key) ?? []), measured])
            if (process.env.EACH)
              console.error(key, measured.perSecond.toFixed(0), measured.p50.toFixed(1), measured.p99.toFixed(1))
            if (measured.failed > 0) console.error(`${key}: ${measured.failed} were not answered 2xx`)
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
    const connections = key.split(' ', 1)[0]
    const rate = middle(key, 'perSecond')
    return [
      connections ?? '',
      key.slice((connections?.length ?? 0) + 1),
      rate.toFixed(0),
      (rate / middle(`${connections} floor`, 'perSecond')).toFixed(2),
      (rate / middle(`${connections} naive`, 'perSecond')).toFixed(1),
      middle(key, 'p50').toFixed(2),
      middle(key, 'p99').toFixed(2),
      (middle(key, 'p99') / Math.max(middle(`${connections} floor`, 'p99'), 0.5)).toFixed(1),
    ]
  })
  const head = ['connections', 'way', 'updates/s', '× floor', '× naive', 'p50 ms', 'p99 ms', 'p99 × floor']
  console.log(table(head, rows))
}

async function send(
  url: string,
  file: string,
  connections: number,
  warmUpSeconds: number,
  seconds: number,
  round: string,
): Promise<Measured> {
  const order = JSON.stringify({ url, file, connections, warmUpSeconds, seconds, round, token })
  const { stdout } = await promisify(execFile)(process.execPath, ['tests/bench/sender.mjs', order])
  return JSON.parse(stdout) as Measured
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

async function floor(): Promise<Contender> {
  const child = fork('tests/bench/floor.mjs', { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const [url] = (await once(child, 'message')) as [string]
  return { name: 'floor', url, stop: () => ended(child) }
}

async function naive(file: string): Promise<Contender> {
  const child = fork('tests/bench/naive.ts', [file], {
    execArgv: ['--import=tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [url] = (await once(child, 'message')) as [string]
  return { name: 'naive', url, stop: () => ended(child) }
}

async function ours(folder: string, screens: number): Promise<Contender> {
  const child = spawn(process.execPath, ['build/main.mjs'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      PORT: '0',
      HOST: '127.0.0.1',
      DATABASE_URL: `file:${path.join(folder, 'passline.db')}`,
      PASSLINE_WEBHOOK_TOKEN: token,
      PASSLINE_OPEN_BOARD: 'true',
      LOG_LEVEL: 'warn',
    },
  })
  const address = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the server ended')))
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = /Webhook +(\S+)/.exec(line)?.[1]
      if (url) resolve(new URL(url).origin)
    })
  })
  const sockets = Array.from({ length: screens }, () => io(address, { transports: ['websocket'], forceNew: true }))
  await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.once('connect', resolve))))
  await Promise.all(sockets.map((socket) => socket.emitWithAck('follow', {})))
  const stop = async () => {
    for (const socket of sockets) socket.disconnect()
    await ended(child)
  }
  return { name: 'ours', url: `${address}/api/webhooks/stream`, stop }
}
