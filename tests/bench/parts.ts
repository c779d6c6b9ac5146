/**
 * What PostgreSQL and Redis take of a processor, and of a disk, for what Passline asks of them: the figures that
 * docs/scaling.md begins with. One private server of each, on this machine; rates are of one core that does nothing else.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createClient } from '@redis/client'
import { createBoards } from '#server/store/boards.ts'
import { closeClient, openClient } from '#server/store/postgres/clients.ts'
import { postgresSql } from '#server/store/postgres/sql.ts'
import { ask, dropDatabase, newDatabase, privateServer } from '#tests/helpers/postgres.ts'
import { privateRedis } from '#tests/helpers/redis.ts'
import { onPostgres, workedBy } from './cluster.ts'
import { send } from './ingest.ts'
import { table } from './report.ts'
import { writeTraffic } from './traffic.ts'

/** What is kept of orders. */
const keptTables = ['orders', 'order_items', 'assignments', 'customers', 'words_after_end', 'changes', 'receipts']

/** As many as a server asks for at once when thousands of screens ask it. */
const headsAtOnce = 100

/** As long as a change to the staff and one to the public, and so many servers as a cell has. */
const messageBytes = 2_000
const listeners = 5

export async function benchParts({ seconds = 8 } = {}): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'passline-bench-'))
  const postgres = await privateServer({ max_connections: '100' })
  try {
    const database = await newDatabase(postgres.url)
    const rows = [
      ...(await updates(database.url, folder, postgres.pid(), seconds)),
      ['bytes that are added to a row, indexes included', (await addedToRow(database.url)).toFixed(0)],
      ['heads read a second, a core', (await headsACore(database.url, postgres.pid(), seconds)).toFixed(0)],
    ]
    await dropDatabase(database)
    rows.push(['Redis: messages in and out a second, a core', (await messagesACore(seconds)).toFixed(0)])
    console.log(table(['', ''], rows))
  } finally {
    await postgres.remove()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** One after the other, as on a quiet evening: each is a transaction of its own. */
async function updates(databaseUrl: string, folder: string, postgresPid: number, seconds: number): Promise<string[][]> {
  const traffic = path.join(folder, 'traffic.jsonl')
  writeTraffic(traffic, 60_000)
  const server = await onPostgres({ databaseUrl, redisUrl: null, folder }, 'one')
  const load = { file: traffic, connections: 32, warmUpSeconds: 0 }
  const figures = async (connections: number) => {
    const before = { worked: workedBy(postgresPid), log: await logBytes(databaseUrl) }
    const { sent } = await send(server.url, { ...load, connections, seconds, round: `of-${connections}` })
    const worked = workedBy(postgresPid) - before.worked
    return { aCore: (1_000 * sent) / worked, log: ((await logBytes(databaseUrl)) - before.log) / sent }
  }
  try {
    await send(server.url, { ...load, seconds: 4, round: 'warm' })
    const alone = await figures(1)
    const together = await figures(128)
    return [
      ['transactions of one update a second, a core', alone.aCore.toFixed(0)],
      ['updates a second in batches, a core', together.aCore.toFixed(0)],
      ['bytes of write-ahead log an update, alone', alone.log.toFixed(0)],
      ['bytes of write-ahead log an update, in batches', together.log.toFixed(0)],
    ]
  } finally {
    await server.stop()
  }
}

async function logBytes(databaseUrl: string): Promise<number> {
  const [row] = await ask(databaseUrl, `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::text AS bytes`)
  return Number(row?.bytes)
}

/** Beyond the values, which count as those of the simulated hour do; of tables without dead rows. */
async function addedToRow(databaseUrl: string): Promise<number> {
  let [rows, bytes, values] = [0, 0, 0]
  for (const name of keptTables) {
    await ask(databaseUrl, `VACUUM FULL ${name}`)
    const columns = await ask(
      databaseUrl,
      `SELECT column_name AS name, data_type AS type FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = '${name}'`,
    )
    const sizes = columns
      .filter(({ name, type }) => !(name === 'id' && type === 'bigint'))
      .map(({ name, type }) =>
        type === 'text' ? `coalesce(octet_length("${name}") + 1, 0)` : `8 * num_nonnulls("${name}")`,
      )
    const [of] = await ask(
      databaseUrl,
      `SELECT count(*)::int AS rows, coalesce(sum(${sizes.join(' + ')}), 0)::int AS "values",
        pg_total_relation_size('${name}')::int AS bytes FROM ${name}`,
    )
    rows += Number(of?.rows)
    bytes += Number(of?.bytes)
    values += Number(of?.values)
  }
  return (bytes - values) / rows
}

/** As screens' questions read them: those of one moment by one statement. */
async function headsACore(databaseUrl: string, postgresPid: number, seconds: number): Promise<number> {
  const client = openClient(databaseUrl, 'reads')
  const { heads } = createBoards(client, postgresSql)
  const ids = (await ask(databaseUrl, `SELECT id FROM locations LIMIT ${headsAtOnce}`)).map(({ id }) => String(id))
  await heads(ids)
  const before = workedBy(postgresPid)
  const until = performance.now() + seconds * 1_000
  let read = 0
  while (performance.now() < until) read += (await heads(ids)).size
  const worked = workedBy(postgresPid) - before
  await closeClient(client)
  return (1_000 * read) / worked
}

/** Each is one in, and one out to every server. */
async function messagesACore(seconds: number): Promise<number> {
  await using redis = await privateRedis()
  const open = async () => {
    const client = createClient({ url: redis.url })
    await client.connect()
    return client
  }
  const [publisher, ...subscribers] = await Promise.all(Array.from({ length: listeners + 1 }, open))
  if (!publisher) throw new Error('there is no connection')
  let heard = 0
  const hear = () => {
    heard += 1
  }
  for (const one of subscribers) await one.sSubscribe('channel', hear)
  const worked = async () => {
    const text = await publisher.info('cpu')
    const of = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(text)?.[1])
    return of('used_cpu_user') + of('used_cpu_sys')
  }
  const before = await worked()
  const message = 'x'.repeat(messageBytes)
  const until = performance.now() + seconds * 1_000
  let published = 0
  for (; performance.now() < until; published += 8) {
    await Promise.all(Array.from({ length: 8 }, () => publisher.sPublish('channel', message)))
  }
  const used = (await worked()) - before
  for (const one of [publisher, ...subscribers]) one.destroy()
  return (published + heard) / used
}
