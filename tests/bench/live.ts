/**
 * How soon screens hear, how much each of many costs, and how soon all of them are back, beside the least that does it.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import Database from 'better-sqlite3'
import { hashOf } from '#server/store/credentials.ts'
import { migrate } from '#server/store/migrate.ts'
import { migrationsFolder } from '#server/store/store.ts'
import { type Contender, ours, send, token } from './ingest.ts'
import { median, table } from './report.ts'
import { locationIds, writeTraffic } from './traffic.ts'

const rate = 200
const seconds = 15

export async function benchLive({ rounds = 3, screens = 1_000, crowd = 10_000 } = {}): Promise<void> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'passline-live-'))
  try {
    await benchLatency(scratch, rounds, screens)
    await benchCrowd(scratch, crowd)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** Webhook to socket, with so many screens of 200 locations at 200 updates a second. */
async function benchLatency(scratch: string, rounds: number, screens: number): Promise<void> {
  const p50s = { floor: [] as number[], ours: [] as number[] }
  const p99s = { floor: [] as number[], ours: [] as number[] }
  for (let round = 0; round < rounds; round += 1) {
    for (const way of ['floor', 'ours'] as const) {
      const file = path.join(scratch, `latency-${round}.db`)
      const tokens = way === 'ours' ? await prepareScreens(file, screens) : screensOf(screens).map((id) => `["${id}"]`)
      const server = way === 'ours' ? await ours(file) : await forked('tests/bench/live-floor.mjs')
      const clients = crowdOf()
      try {
        const url = new URL(server.url).origin
        await clients.ask({ command: 'open', url, tokens, isBare: way === 'floor' })
        await clients.ask({ command: 'latency', rate, seconds: 4, locations: locationIds, token })
        const measured = await clients.ask({ command: 'latency', rate, seconds, locations: locationIds, token })
        console.error(`round ${round + 1}, ${way}: ${JSON.stringify(measured)}`)
        p50s[way].push(Number(measured.p50))
        p99s[way].push(Number(measured.p99))
      } finally {
        await clients.end()
        await server.stop()
      }
    }
  }
  const row = (way: 'floor' | 'ours') => [
    way,
    median(p50s[way]).toFixed(2),
    median(p99s[way]).toFixed(2),
    (median(p50s[way]) / median(p50s.floor)).toFixed(2),
    (median(p99s[way]) / median(p99s.floor)).toFixed(2),
  ]
  console.log(`\n${screens} screens of ${locationIds.length} locations, ${rate} updates/s, webhook to socket\n`)
  console.log(table(['', 'p50 ms', 'p99 ms', 'p50 × floor', 'p99 × floor'], [row('floor'), row('ours')]))
}

/** Many screens on one server: what each holds, and how soon all are whole again when all lines break at once. */
async function benchCrowd(scratch: string, crowd: number): Promise<void> {
  const bare = await forked('tests/bench/bare-sockets.mjs')
  const bareClients = crowdOf()
  const bareBefore = await settledKiB(bare.pid)
  await bareClients.ask({ command: 'open', url: bare.url, tokens: screensOf(crowd), beats: true })
  const bareEach = ((await settledKiB(bare.pid)) - bareBefore) / crowd
  await bareClients.end()
  await bare.stop()

  const file = path.join(scratch, 'crowd.db')
  const tokens = await prepareScreens(file, crowd)
  const server = await ours(file)
  const clients = crowdOf()
  const traffic = path.join(scratch, 'traffic.jsonl')
  writeTraffic(traffic, 60_000)
  try {
    const url = new URL(server.url).origin
    // Warm, so that what is counted is the screens.
    const load = { file: traffic, connections: 32, warmUpSeconds: 3, seconds: 6 }
    const alone = await send(server.url, { ...load, round: 'alone' })
    const before = await settledKiB(server.pid)
    await clients.ask({ command: 'open', url, tokens, beats: true })
    const each = ((await settledKiB(server.pid)) - before) / crowd
    const cutting = clients.ask({ command: 'cut' })
    const during = await send(server.url, { ...load, warmUpSeconds: 0, seconds: 10, round: 'cut' })
    const cut = await cutting
    console.log(`\n${crowd} screens on one server\n`)
    console.log(
      table(
        ['', 'bare Socket.IO', 'ours', 'ratio'],
        [
          ['memory of each, KiB', bareEach.toFixed(1), each.toFixed(1), (each / bareEach).toFixed(2)],
          ['all back after a cut, s', '', Number(cut.seconds).toFixed(1), ''],
          [
            'updates/s: with nobody, during the return',
            alone.perSecond.toFixed(0),
            during.perSecond.toFixed(0),
            (during.perSecond / alone.perSecond).toFixed(2),
          ],
        ],
      ),
    )
  } finally {
    await clients.end()
    await server.stop()
  }
}

/** Which location each screen shows. */
function screensOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => locationIds[index % locationIds.length] as string)
}

/** A database with so many screens, each of one location. @returns their tokens */
async function prepareScreens(file: string, count: number): Promise<string[]> {
  await migrate(file, migrationsFolder)
  const database = new Database(file)
  const now = new Date().toISOString()
  const addLocation = database.prepare(`INSERT INTO locations (id, time_zone, created_at) VALUES (?, 'UTC', ?)`)
  const addScreen = database.prepare(
    `INSERT INTO screens (id, name, role, token_hash, every_location, created_at, paired_at) VALUES (?, ?, 'kitchen', ?, 0, ?, ?)`,
  )
  const addPlace = database.prepare('INSERT INTO screen_locations (screen_id, location_id) VALUES (?, ?)')
  const tokens = screensOf(count).map((_, index) => `scr_of_the_benchmark_${index}`)
  database.transaction(() => {
    for (const id of locationIds) addLocation.run(id, now)
    screensOf(count).forEach((location, index) => {
      addScreen.run(`screen ${index}`, `Screen ${index}`, hashOf(tokens[index] as string), now, now)
      addPlace.run(`screen ${index}`, location)
    })
  })()
  database.close()
  return tokens
}

async function forked(file: string): Promise<Contender> {
  const child = fork(file, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const [url] = (await once(child, 'message')) as [string]
  return {
    url,
    pid: child.pid ?? 0,
    stop: async () => {
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    },
  }
}

type Crowd = { ask: (asked: Record<string, unknown>) => Promise<Record<string, unknown>>; end: () => Promise<void> }

/** The screens, in a process of their own. */
function crowdOf(): Crowd {
  const child: ChildProcess = spawn(process.execPath, ['tests/bench/crowd.mjs'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines: Interface = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const ask = async (asked: Record<string, unknown>) => {
    const answered = once(lines, 'line')
    child.stdin?.write(`${JSON.stringify(asked)}\n`)
    const [line] = (await answered) as [string]
    return JSON.parse(line) as Record<string, unknown>
  }
  return {
    ask,
    end: async () => {
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    },
  }
}

/** Memory of a process once it has come to rest, KiB. */
async function settledKiB(pid: number): Promise<number> {
  const held = () => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  let before = held()
  for (let quiet = 0; quiet < 4; ) {
    await new Promise((resolve) => setTimeout(resolve, 500))
    const now = held()
    quiet = Math.abs(now - before) < 1_024 ? quiet + 1 : 0
    before = now
  }
  return before
}
