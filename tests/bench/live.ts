/**
 * How soon screens hear, how much each of many costs, and how soon all of them are back, beside the least that does it.
 */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import Database from 'better-sqlite3'
import { WebSocket } from 'ws'
import { hashOf } from '#server/store/credentials.ts'
import { migrate, migrationsFolder } from '#server/store/sqlite/migrate.ts'
import { freePort, heldKiB } from '#tests/helpers/process.ts'
import { crowdOf } from './crowd.ts'
import { type Contender, forked, ours, send, token } from './ingest.ts'
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

/** Two screens a location, as a chain has them. */
export const crowdLocations = Array.from({ length: 5_000 }, (_, index) => `crowd_location_${index}`)

/** Many screens on one server: what each holds, and how soon all are whole again when all lines break at once. */
async function benchCrowd(scratch: string, crowd: number): Promise<void> {
  // Where each is asked to collect its garbage.
  const [barePort, ourPort] = [await freePort(), await freePort()]
  const inspected = (port: number) => `--inspect=127.0.0.1:${port}`
  const bare = await forked('tests/bench/bare-sockets.mjs', [], [inspected(barePort)])
  const bareMeasured = await measureCrowd(bare, barePort, screensOf(crowd, crowdLocations), {})
  await bare.stop()

  const file = path.join(scratch, 'crowd.db')
  const traffic = path.join(scratch, 'traffic.jsonl')
  writeTraffic(traffic, 60_000, crowdLocations)
  const tokens = await prepareScreens(file, crowd, crowdLocations)
  const server = await ours(file, { NODE_OPTIONS: inspected(ourPort) })
  try {
    // Warm, so that what is counted is the screens.
    const load = { file: traffic, connections: 32, warmUpSeconds: 4, seconds: 8 }
    const alone = await send(server.url, { ...load, round: 'alone' })
    const during = () => send(server.url, { ...load, warmUpSeconds: 0, seconds: 12, round: 'cut' })
    const measured = await measureCrowd(server, ourPort, tokens, { during })
    const ratio = (ours: number, ofBare: number) => [ofBare.toFixed(1), ours.toFixed(1), (ours / ofBare).toFixed(2)]
    console.log(`\n${crowd} screens on one server\n`)
    console.log(
      table(
        ['', 'bare Socket.IO', 'ours', 'ratio'],
        [
          ['heap and buffers of each after a collection, KiB', ...ratio(measured.heapKiB, bareMeasured.heapKiB)],
          ['resident memory of each, KiB', ...ratio(measured.residentKiB, bareMeasured.residentKiB)],
          ['all back and whole after a cut, s', ...ratio(measured.cutSeconds, bareMeasured.cutSeconds)],
        ],
      ),
    )
    const share = (measured.during?.perSecond ?? Number.NaN) / alone.perSecond
    console.log(
      `\nupdates/s: ${alone.perSecond.toFixed(0)} with nobody there, ` +
        `${measured.during?.perSecond.toFixed(0)} during the return (${share.toFixed(2)}); lines given up: ${measured.givenUp}`,
    )
  } finally {
    await server.stop()
  }
}

type Crowded = {
  heapKiB: number
  residentKiB: number
  cutSeconds: number
  givenUp: number
  during: Awaited<ReturnType<typeof send>> | null
}

/** Opens the screens, weighs them, breaks all their lines at once. `during`: what goes on while they come back. */
async function measureCrowd(
  { url, pid }: Contender,
  inspectorPort: number,
  tokens: readonly string[],
  { during }: { during?: () => ReturnType<typeof send> },
): Promise<Crowded> {
  const clients = crowdOf()
  try {
    const before = await weigh(pid, inspectorPort)
    await clients.ask({ command: 'open', url: new URL(url).origin, tokens, beats: true })
    const after = await weigh(pid, inspectorPort)
    const cutting = clients.ask({ command: 'cut' })
    const load = during ? await during() : null
    const { seconds: cutSeconds, givenUp } = await cutting
    return {
      heapKiB: (after.heapKiB - before.heapKiB) / tokens.length,
      residentKiB: (after.residentKiB - before.residentKiB) / tokens.length,
      cutSeconds: Number(cutSeconds),
      givenUp: Number(givenUp),
      during: load,
    }
  } finally {
    await clients.end()
  }
}

/** What a process holds once its garbage is collected. */
async function weigh(pid: number, inspectorPort: number): Promise<{ heapKiB: number; residentKiB: number }> {
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  const targets = await (await fetch(`http://127.0.0.1:${inspectorPort}/json/list`)).json()
  const socket = new WebSocket((targets as { webSocketDebuggerUrl: string }[])[0]?.webSocketDebuggerUrl ?? '')
  await once(socket, 'open')
  const ask = async (method: string) => {
    socket.send(JSON.stringify({ id: 1, method }))
    const [message] = (await once(socket, 'message')) as [Buffer]
    return JSON.parse(message.toString()).result as Record<string, number>
  }
  for (let turn = 0; turn < 3; turn += 1) await ask('HeapProfiler.collectGarbage')
  const { usedSize = 0, backingStorageSize = 0 } = await ask('Runtime.getHeapUsage')
  socket.close()
  return { heapKiB: (usedSize + backingStorageSize) / 1024, residentKiB: heldKiB(pid) }
}

/** Which location each screen shows. */
function screensOf(count: number, locations: readonly string[] = locationIds): string[] {
  return Array.from({ length: count }, (_, index) => locations[index % locations.length] as string)
}

/** A database with so many screens, each of one location. @returns their tokens */
export async function prepareScreens(
  file: string,
  count: number,
  locations: readonly string[] = locationIds,
): Promise<string[]> {
  await migrate(file, migrationsFolder)
  const database = new Database(file)
  const now = new Date().toISOString()
  const addLocation = database.prepare(`INSERT INTO locations (id, time_zone, created_at) VALUES (?, 'UTC', ?)`)
  const addScreen = database.prepare(
    `INSERT INTO screens (id, name, role, token_hash, every_location, created_at, paired_at) VALUES (?, ?, 'kitchen', ?, 0, ?, ?)`,
  )
  const addPlace = database.prepare('INSERT INTO screen_locations (screen_id, location_id) VALUES (?, ?)')
  const tokens = screensOf(count, locations).map((_, index) => `scr_of_the_benchmark_${index}`)
  database.transaction(() => {
    for (const id of locations) addLocation.run(id, now)
    screensOf(count, locations).forEach((location, index) => {
      addScreen.run(`screen ${index}`, `Screen ${index}`, hashOf(tokens[index] as string), now, now)
      addPlace.run(`screen ${index}`, location)
    })
  })()
  database.close()
  return tokens
}
