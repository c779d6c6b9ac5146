/** What goes wrong with several servers: with one of them, with the database, with Redis, and with several of these. */
import type { Random } from '#domain/simulation/random.ts'
import type { PrivatePostgres } from '#prisma/private-postgres.ts'
import type { TestDatabase } from '#tests/helpers/databases.ts'
import { openSession } from '#tests/helpers/postgres.ts'
import type { PrivateRedis } from '#tests/helpers/redis.ts'
import type { ServerProcess } from '#tests/helpers/server-process.ts'

export type ClusterAround = {
  servers: readonly ServerProcess[]
  redis: PrivateRedis
  postgres: PrivatePostgres
  database: TestDatabase & { url: string }
  random: Random
}

export type ClusterFault = {
  name: string
  lastsMs: (random: Random) => number
  /** @returns what ends it */
  begin: (around: ClusterAround) => Promise<() => Promise<unknown> | unknown>
  /** Whether it is seen. */
  isBiting: (around: ClusterAround) => Promise<boolean>
}

/** Longer than a proof lasts. */
const long = (random: Random) => random.whole(11_000, 13_000)
const short = (random: Random) => random.whole(2_000, 5_000)
/** Longer than a screen may be silent. */
const veryLong = (random: Random) => random.whole(36_000, 38_000)

/** What a server says of itself, or null when it says nothing. */
async function asked(url: string, path: string): Promise<{ status: number; json: Record<string, unknown> } | null> {
  try {
    const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(1_000) })
    return { status: response.status, json: (await response.json()) as Record<string, unknown> }
  } catch {
    return null
  }
}

const isAnyDeaf = async ({ servers }: ClusterAround) =>
  (await Promise.all(servers.map(({ url }) => asked(url, '/api/health')))).includes(null)

const isAnyApart = async ({ servers }: ClusterAround) =>
  (await Promise.all(servers.map(({ url }) => asked(url, '/api/health')))).some(
    (answer) => typeof answer?.json.redis === 'object',
  )

const isAnyUnready = async ({ servers }: ClusterAround) =>
  (await Promise.all(servers.map(({ url }) => asked(url, '/api/ready')))).some((answer) => answer?.status !== 200)

const one = ({ servers, random }: ClusterAround) => servers[random.whole(0, servers.length - 1)] as ServerProcess

const serverKilled: ClusterFault = {
  name: 'a server is killed',
  lastsMs: short,
  begin: async (around) => {
    const server = one(around)
    await server.stop('SIGKILL')
    return server.start
  },
  isBiting: isAnyDeaf,
}

const serverHangs: ClusterFault = {
  name: 'a server hangs',
  lastsMs: long,
  begin: async (around) => {
    const server = one(around)
    server.child().kill('SIGSTOP')
    return () => server.child().kill('SIGCONT')
  },
  isBiting: isAnyDeaf,
}

const oneAfterTheOther: ClusterFault = {
  name: 'every server is stopped and started, one after the other',
  lastsMs: () => 0,
  begin: async ({ servers }) => {
    for (const server of servers) {
      await server.stop()
      await server.start()
    }
    return () => {}
  },
  isBiting: async () => true,
}

const redisKilled: ClusterFault = {
  name: 'Redis is killed',
  lastsMs: short,
  begin: async ({ redis }) => {
    await redis.kill()
    return redis.start
  },
  isBiting: isAnyApart,
}

const redisHangs: ClusterFault = {
  name: 'Redis hangs, for longer than a screen may be silent',
  lastsMs: veryLong,
  begin: async ({ redis }) => {
    redis.hang()
    return redis.resume
  },
  isBiting: isAnyApart,
}

const databaseKilled: ClusterFault = {
  name: 'the database is killed',
  lastsMs: short,
  begin: async ({ postgres }) => {
    await postgres.halt()
    return postgres.start
  },
  isBiting: isAnyUnready,
}

const sessionsEnded: ClusterFault = {
  name: 'all sessions of the database are ended, again and again',
  lastsMs: short,
  begin: async ({ database }) => {
    const session = await openSession(database.url)
    const endAll = () =>
      session
        .query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'passline'`,
        )
        .catch(() => {})
    await endAll()
    const timer = setInterval(endAll, 300)
    return async () => {
      clearInterval(timer)
      await session.end()
    }
  },
  isBiting: async ({ database }) => {
    const [row] = await database.rows(
      `SELECT count(*) AS count FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'passline' AND backend_start > now() - interval '1 s'`,
    )
    return Number(row?.count) > 0
  },
}

/** Both at once; seen when the first is. */
function together(first: ClusterFault, second: ClusterFault): ClusterFault {
  return {
    name: `${first.name}, and ${second.name}`,
    lastsMs: first.lastsMs,
    begin: async (around) => {
      const ends = [await first.begin(around), await second.begin(around)]
      return async () => {
        for (const end of ends.reverse()) await end()
      }
    },
    isBiting: async (around) => (await first.isBiting(around)) && (await second.isBiting(around)),
  }
}

const faults: readonly ClusterFault[] = [
  serverKilled,
  redisKilled,
  databaseKilled,
  serverHangs,
  sessionsEnded,
  together(serverKilled, redisKilled),
  redisHangs,
  oneAfterTheOther,
  together(databaseKilled, redisKilled),
  together(serverHangs, redisKilled),
  together(serverKilled, databaseKilled),
  together(oneAfterTheOther, sessionsEnded),
]

/** The faults of a seed: two neighbours have every fault between them. */
export function clusterFaultsOf(seed: number, count: number): ClusterFault[] {
  return Array.from({ length: count }, (_, index) => faults[(seed * count + index) % faults.length] as ClusterFault)
}
