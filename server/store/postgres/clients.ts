/** Prisma's clients at a PostgreSQL server: one that cannot write, and one for all writes but those of batches. */
import { setTimeout as wait } from 'node:timers/promises'
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '#prisma/generated/postgres/client.ts'
import { type Client, inOneGo, type Transaction, type Writing } from '../database.ts'
import { connectionOf, type Purpose, schemaOf } from './connection.ts'

/** Connections that read, and those of other writes, which the writer lets run one after the other. */
const connections = { reads: 8, writes: 2 } as const

/** How long a write is tried again that others were faster than, milliseconds. */
const patienceMs = 5_000
const tryAgainMs = 10

const closeWithinMs = 2_000

function postgresAdapter(databaseUrl: string, purpose: Purpose, max: number): PrismaPg {
  const schema = schemaOf(databaseUrl)
  // A connection that breaks while nobody uses it is replaced by the next who needs one.
  return new PrismaPg({ ...connectionOf(databaseUrl, purpose), max }, { schema, onPoolError: () => {} })
}

export function openClient(databaseUrl: string, purpose: keyof typeof connections): Client {
  const client = new PrismaClient({ adapter: postgresAdapter(databaseUrl, purpose, connections[purpose]) })
  // It has the same models with the same fields, made from the same models.prisma; only the names of its types differ.
  const same = (one: unknown) => one as Client
  if (purpose !== 'reads') return same(client)
  return same(client.$extends({ query: { $allOperations: ({ args, query }) => despiteLost(() => query(args)) } }))
}

/**
 * Does again what changes nothing and found its connection broken: each that the server ended, as at a restart, is found
 * so by who takes it next.
 */
async function despiteLost<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let lost = 0; ; lost += 1) {
    try {
      return await work()
    } catch (error) {
      if (lost > connections.reads || !isLost(error)) throw error
    }
  }
}

function isLost(error: unknown): boolean {
  if (statesOf(error).some((state) => ['57P01', '57P02', 'P1017', 'ConnectionClosed'].includes(state))) return true
  return error instanceof Error && /Connection terminated|not queryable/.test(error.message)
}

/** Ends its connections; a server that hangs is not waited for. */
export async function closeClient(client: Client): Promise<void> {
  await Promise.race([client.$disconnect(), wait(closeWithinMs, undefined, { ref: false })])
}

/**
 * As if each write were alone: what it has read is as it was when it is committed, or it is done again. Of a lock that
 * is held for longer than others wait for one it throws, and says so.
 */
export function createWriting(client: Client): Writing {
  return async <Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> => {
    const deadline = performance.now() + patienceMs
    for (;;) {
      try {
        await despiteLost(() => client.$queryRawUnsafe('SELECT 1'))
        return await client.$transaction(work, { ...inOneGo, isolationLevel: 'Serializable' })
      } catch (error) {
        const states = statesOf(error)
        if (states.includes('55P03')) throw new Error('the database is busy: another session holds a lock')
        const isConflict = states.some((state) =>
          ['40001', '40P01', 'TransactionWriteConflict', 'P2034'].includes(state),
        )
        if (!isConflict || performance.now() > deadline) throw error
        await wait(tryAgainMs)
      }
    }
  }
}

/** Every code that Prisma tells of an error: its own, and that of the database within. */
export function statesOf(error: unknown): string[] {
  const states: string[] = []
  let inner: unknown = error
  for (let depth = 0; typeof inner === 'object' && inner !== null && depth < 5; depth += 1) {
    const { code, originalCode, kind, meta, cause } = inner as Record<string, unknown>
    states.push(...[code, originalCode, kind].filter((one) => typeof one === 'string'))
    inner = (meta as Record<string, unknown> | undefined)?.driverAdapterError ?? cause
  }
  return states
}
