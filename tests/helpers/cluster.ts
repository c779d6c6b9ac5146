/** Several servers, as processes of their own, on one PostgreSQL database and one Redis. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { postgresDatabase } from './databases.ts'
import type { Environment } from './program.ts'
import { type PrivateRedis, privateRedis } from './redis.ts'
import { type ServerProcess, serverProcess } from './server-process.ts'

export type Cluster = AsyncDisposable & {
  servers: ServerProcess[]
  database: Awaited<ReturnType<typeof postgresDatabase>>
  redis: PrivateRedis
}

type Options = {
  settings?: Environment
  /** The address of a PostgreSQL server of its own. */
  postgresUrl?: string
}

export async function startCluster(count: number, { settings = {}, postgresUrl }: Options = {}): Promise<Cluster> {
  const folder = mkdtempSync(path.join(tmpdir(), 'passline-cluster-'))
  const database = await postgresDatabase(postgresUrl)
  const redis = await privateRedis()
  const shared = {
    ...settings,
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    PASSLINE_SECRET_KEY: randomBytes(32).toString('base64'),
  }
  const started = await Promise.allSettled(
    Array.from({ length: count }, (_, number) =>
      serverProcess({ ...shared, PASSLINE_DATA_FOLDER: path.join(folder, String(number)) }),
    ),
  )
  const servers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))

  async function end(): Promise<void> {
    for (const server of servers) await server[Symbol.asyncDispose]()
    await redis[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  }

  const failed = started.find((one) => one.status === 'rejected')
  if (failed) {
    await end()
    throw failed.reason
  }
  return { servers, database, redis, [Symbol.asyncDispose]: end }
}
