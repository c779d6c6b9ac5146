/**
 * How many updates a second on PostgreSQL, in one run: rounds that take turns, and their medians.
 * - floor: node:http and pg, the same batching, one durable transaction after the other, no checks, nothing else
 * - ours, alone: everything on, one server as the floor is one
 * - ours: the same with Redis, and another server that hears every change
 * - ours, two servers: half of the load to each of them
 * - ours, two apart: the same, of which neither knows of the other: all that they share is the machine
 * - the last two once more, of 5,000 locations instead of 200: two servers seldom store for the same one at once
 * Each on an empty database of a private server that waits for its disk. Beside it what each update costs: the work of
 * its servers and of the database, the statements of a batch, and the messages through Redis.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createClient } from '@redis/client'
import { figureOf, metricsOf } from '#tests/helpers/metrics.ts'
import { ask, dropDatabase, newDatabase, privateServer } from '#tests/helpers/postgres.ts'
import { workedMsOf } from '#tests/helpers/process.ts'
import { privateRedis } from '#tests/helpers/redis.ts'
import { type Contender, forked, ours, send } from './ingest.ts'
import { crowdLocations } from './live.ts'
import { median, table } from './report.ts'
import { writeTraffic } from './traffic.ts'

type Measured = {
  perSecond: number
  p50: number
  p99: number
  /** Of the servers, those that only hear among them, and of the database, milliseconds for each update. */
  workedMs: number
  databaseMs: number
  batch: number
  statements: number
  messages: number
  /** The share of all cores that nobody used. */
  idle: number
}

type Place = { databaseUrl: string; redisUrl: string | null; folder: string }

/** `otherUrl`: another database of the same server. */
type Around = Place & { otherUrl: string }

/** `takes`: who gets the load, in equal parts; `all`: who was started. */
type Way = { takes: Contender[]; all: Contender[]; hasMetrics: boolean }

const key = randomBytes(32).toString('base64')

/** A server of ours on a database of PostgreSQL. */
export function onPostgres({ databaseUrl, redisUrl, folder }: Place, name: string): Promise<Contender> {
  return ours('', {
    DATABASE_URL: databaseUrl,
    ...(redisUrl !== null && { REDIS_URL: redisUrl }),
    PASSLINE_SECRET_KEY: key,
    PASSLINE_DATA_FOLDER: path.join(folder, name),
  })
}

const ways: Record<string, (around: Around) => Promise<Way>> = {
  floor: async ({ databaseUrl }) => {
    const floor = await forked('tests/bench/pg-floor.mjs', [databaseUrl])
    return { takes: [floor], all: [floor], hasMetrics: false }
  },
  'ours, alone': async (around) => {
    const one = await onPostgres({ ...around, redisUrl: null }, 'one')
    return { takes: [one], all: [one], hasMetrics: true }
  },
  ours: async (around) => {
    const [one, other] = [await onPostgres(around, 'one'), await onPostgres(around, 'other')]
    return { takes: [one], all: [one, other], hasMetrics: true }
  },
  'ours, two servers': async (around) => {
    const both = [await onPostgres(around, 'one'), await onPostgres(around, 'other')]
    return { takes: both, all: both, hasMetrics: true }
  },
  'ours, two apart': async ({ databaseUrl, otherUrl, folder }) => {
    const urls = [databaseUrl, otherUrl]
    const both = await Promise.all(
      urls.map((url, index) => onPostgres({ databaseUrl: url, redisUrl: null, folder }, `apart-${index}`)),
    )
    return { takes: both, all: both, hasMetrics: true }
  },
}

const manyLocations = ', 5,000 locations'

export async function benchCluster({
  rounds = 3,
  warmUpSeconds = 9,
  seconds = 6,
  connections = [32, 128],
  ways: asked = [...Object.keys(ways), `ours, two servers${manyLocations}`, `ours, two apart${manyLocations}`],
} = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'passline-bench-'))
  const traffic = { few: path.join(folder, 'few.jsonl'), many: path.join(folder, 'many.jsonl') }
  writeTraffic(traffic.few, 100_000)
  writeTraffic(traffic.many, 100_000, crowdLocations)
  const postgres = await privateServer({
    max_connections: '100',
    shared_preload_libraries: 'pg_stat_statements',
    'pg_stat_statements.track_planning': 'off',
  })
  const redis = await privateRedis()
  const results = new Map<string, Measured[]>()
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const count of connections) {
        for (const name of asked) {
          const database = await newDatabase(postgres.url)
          const other = await newDatabase(postgres.url)
          await ask(database.url, 'CREATE EXTENSION pg_stat_statements')
          const around = {
            databaseUrl: database.url,
            otherUrl: other.url,
            redisUrl: redis.url,
            folder: mkdtempSync(path.join(folder, 'round-')),
          }
          const way = await ways[name.replace(manyLocations, '')]?.(around)
          if (!way) throw new Error(`there is no way called ${name}`)
          try {
            const file = name.endsWith(manyLocations) ? traffic.many : traffic.few
            const load = { file, connections: count, warmUpSeconds, seconds, round: `${round}-${count}` }
            const measured = await measure(way, load, { ...around, postgresPid: postgres.pid() })
            results.set(`${count} ${name}`, [...(results.get(`${count} ${name}`) ?? []), measured])
            console.error(`round ${round + 1}, ${count} ${name}: ${measured.perSecond.toFixed(0)}/s`)
          } finally {
            for (const { stop } of way.all) await stop()
            await dropDatabase(database)
            await dropDatabase(other)
          }
        }
      }
    }
  } finally {
    await redis[Symbol.asyncDispose]()
    await postgres.remove()
    rmSync(folder, { recursive: true, force: true })
  }
  report(results)
}

type Load = Parameters<typeof send>[1]

async function measure(
  { takes, all, hasMetrics }: Way,
  load: Load,
  { databaseUrl, otherUrl, redisUrl, postgresPid }: Around & { redisUrl: string; postgresPid: number },
): Promise<Measured> {
  const worked = () => all.reduce((sum, { pid }) => sum + workedMsOf(pid), 0)
  const changed = async () => (hasMetrics ? await changedAt(takes) : 0)
  const sendAll = (phase: string, times: Pick<Load, 'warmUpSeconds' | 'seconds'>) =>
    Promise.all(
      takes.map(({ url }, number) =>
        send(url, {
          ...{ ...load, ...times },
          connections: load.connections / takes.length,
          round: `${load.round}-${phase}${number}`,
        }),
      ),
    )
  await sendAll('warm', { warmUpSeconds: 0, seconds: load.warmUpSeconds })
  // Tables that are new are counted within a minute, and are not planned for before.
  for (const url of [databaseUrl, otherUrl]) await ask(url, 'ANALYZE')
  const before = {
    servers: worked(),
    database: workedBy(postgresPid),
    messages: await publishedOn(redisUrl),
    changes: await changed(),
  }
  await ask(databaseUrl, 'SELECT pg_stat_statements_reset()')
  const cores = coresSoFar()
  const sent = await sendAll('', { warmUpSeconds: 1, seconds: load.seconds })
  const now = coresSoFar()
  const updates = sent.reduce((sum, one) => sum + one.sent, 0)
  const failed = sent.reduce((sum, one) => sum + one.failed, 0)
  if (failed > 0) console.error(`${failed} were not answered 2xx`)
  const { batches, statements } = await statementsOf(databaseUrl, otherUrl)
  const changes = (await changed()) - before.changes
  return {
    perSecond: sent.reduce((sum, one) => sum + one.perSecond, 0),
    p50: median(sent.map(({ p50 }) => p50)),
    p99: Math.max(...sent.map(({ p99 }) => p99)),
    workedMs: (worked() - before.servers) / updates,
    databaseMs: (workedBy(postgresPid) - before.database) / updates,
    batch: updates / batches,
    statements: statements / batches,
    messages: changes === 0 ? 0 : ((await publishedOn(redisUrl)) - before.messages) / changes,
    idle: (now.idle - cores.idle) / (now.all - cores.all),
  }
}

/** Ticks of all cores since this machine was started, and those of them that nobody used. */
function coresSoFar(): { idle: number; all: number } {
  const [, ...ticks] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/ +/).map(Number)
  const [, , , idle = 0, waitsForDisk = 0] = ticks
  return { idle: idle + waitsForDisk, all: ticks.slice(0, 8).reduce((sum, one) => sum + one, 0) }
}

/**
 * Transactions that wrote an order, and the statements of them: what goes with BEGIN in one message (SET LOCAL) is not
 * counted by itself, nor what the servers ask beside the batches.
 */
async function statementsOf(...urls: string[]): Promise<{ batches: number; statements: number }> {
  const names = urls.map((url) => `'${new URL(url).pathname.slice(1)}'`).join()
  const rows = await ask(
    urls[0] ?? '',
    `SELECT query, sum(calls) AS calls FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
      WHERE d.datname IN (${names}) GROUP BY query`,
  )
  const calls = rows.map(({ query, calls: count }) => ({ query: String(query), calls: Number(count) }))
  const sum = (of: RegExp) => calls.filter(({ query }) => of.test(query)).reduce((all, one) => all + one.calls, 0)
  const batches = sum(/INSERT INTO (orders|event)\b/)
  // Each of the batches has one of these; what others there are, the servers ask a few times a second.
  const ofBatches = calls.filter(({ query, calls: count }) => count > batches / 4 && !query.startsWith('SET LOCAL'))
  return { batches, statements: ofBatches.reduce((all, one) => all + one.calls, 0) }
}

/** How many updates were changes, as the servers count them. */
async function changedAt(servers: readonly Contender[]): Promise<number> {
  const texts = await Promise.all(servers.map(({ url }) => metricsOf({ url: new URL(url).origin })))
  return texts.reduce((sum, text) => sum + figureOf(text, 'passline_updates_total{outcome="changed"}'), 0)
}

async function publishedOn(redisUrl: string): Promise<number> {
  const client = createClient({ url: redisUrl })
  await client.connect()
  const stats = await client.info('commandstats')
  client.destroy()
  return Number(/cmdstat_spublish:calls=(\d+)/.exec(stats)?.[1] ?? 0)
}

/** What a PostgreSQL server worked so far, all of its processes that are there; milliseconds. */
export function workedBy(postmaster: number): number {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isChildOf(name, postmaster))
  return [postmaster, ...all.map(Number)].reduce((sum, pid) => sum + workedOrGone(pid), 0)
}

function isChildOf(name: string, parent: number): boolean {
  try {
    const afterName = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1) ?? ''
    return Number(afterName.split(' ')[1]) === parent
  } catch {
    return false
  }
}

/** One that tidied up ends when it is done. */
function workedOrGone(pid: number): number {
  try {
    return workedMsOf(pid)
  } catch {
    return 0
  }
}

function report(results: ReadonlyMap<string, Measured[]>): void {
  const middle = (of: string, figure: keyof Measured) => median((results.get(of) ?? []).map((one) => one[figure]))
  const rows = [...results.keys()].map((of) => {
    const [connections = ''] = of.split(' ', 1)
    const floor = `${connections} floor`
    return [
      connections,
      of.slice(connections.length + 1),
      middle(of, 'perSecond').toFixed(0),
      (middle(of, 'perSecond') / middle(floor, 'perSecond')).toFixed(2),
      middle(of, 'p50').toFixed(1),
      middle(of, 'p99').toFixed(1),
      (middle(of, 'workedMs') * 1_000).toFixed(0),
      (middle(of, 'databaseMs') * 1_000).toFixed(0),
      middle(of, 'batch').toFixed(1),
      middle(of, 'statements').toFixed(1),
      middle(of, 'messages').toFixed(2),
      `${(middle(of, 'idle') * 100).toFixed(0)} %`,
    ]
  })
  const head = [
    'connections',
    'way',
    'updates/s',
    '× floor',
    'p50 ms',
    'p99 ms',
    'µs each, servers',
    'µs each, database',
    'updates a batch',
    'statements a batch',
    'messages a change',
    'cores idle',
  ]
  console.log(table(head, rows))
}
