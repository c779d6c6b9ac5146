/**
 * Chaos for the ingest: connections post simulated traffic while the server is killed at random moments and started
 * again. What got no answer is sent again until it gets one. Afterwards all that was answered must stand, and nothing
 * else: see `chaosOfKills`.
 */
import { type Random, seededRandom } from '#domain/simulation/random.ts'
import { serverProcess } from '#tests/helpers/server-process.ts'
import { stored } from '#tests/helpers/stored.ts'
import { assertWhole } from '#tests/helpers/whole.ts'
import { type Answered, assertAnswered, assertBoards, ordersOf, sendOrders } from './answered.ts'

const locations = ['north', 'south', 'station']

export type KillsReport = {
  seed: number
  kills: number
  /** Updates answered 2xx. */
  answered: number
  /** Posts that got no answer, or 503, and were sent again. */
  sentAgain: number
  /** Of these, those that had been stored before their answer was lost. */
  storedUnanswered: number
  changes: number
}

type Options = { connections?: number; kills?: number; updates?: number }

/** @throws when something answered is missing, or something is stored wrongly; the message names the seed */
export async function chaosOfKills(
  seed: number,
  { connections = 16, kills = 4, updates = 1_200 }: Options = {},
): Promise<KillsReport> {
  const random = seededRandom(seed, 7)
  await using server = await serverProcess({ LOG_LEVEL: 'fatal' })
  const orders = ordersOf(seed, updates, locations)
  const answered: Answered[] = []
  let sentAgain = 0
  let isUp: Promise<void> = Promise.resolve()

  const connection = () =>
    sendOrders(orders, {
      target: async () => {
        await isUp
        return server
      },
      keepAlive: true,
      onAnswered: (one) => {
        answered.push(one)
        killWhenDue()
      },
      onSentAgain: () => {
        sentAgain += 1
      },
    })

  // The kill comes at a random moment of the work that follows the so many-th answer.
  const killsAt = Array.from({ length: kills }, () => random.whole(1, updates - 1)).sort((one, other) => one - other)
  let killing: Promise<void> | null = null
  let killed = 0

  function killWhenDue(): void {
    if (killing || killed >= kills || answered.length < (killsAt[killed] ?? 0)) return
    killed += 1
    killing = killAndStart(random).finally(() => {
      killing = null
    })
    isUp = killing
  }

  async function killAndStart(chance: Random): Promise<void> {
    await turns(chance.whole(0, 40))
    await server.stop('SIGKILL')
    // Now and then a start is killed too, at some moment.
    if (chance.chance(0.3)) {
      const starting = server.start().catch(() => {})
      await new Promise((resolve) => setTimeout(resolve, chance.whole(50, 1_500)))
      await server.stop('SIGKILL')
      await starting
    }
    await server.start()
  }

  await Promise.all(Array.from({ length: connections }, connection))
  if (killing) await killing
  await server.stop('SIGKILL')
  await server.start()

  try {
    const { databaseFile } = server
    const place = { rows: async (sql: string, ...parameters: unknown[]) => stored(databaseFile, sql, ...parameters) }
    assertWhole(databaseFile)
    const storedUnanswered = await assertAnswered(place, answered)
    const { token } = await server.addScreen('kitchen', ...locations)
    await assertBoards(place, server.url, token, locations)
    const [changes] = stored(databaseFile, 'SELECT count(*) AS count FROM changes')
    return {
      seed,
      kills: killed,
      answered: answered.length,
      sentAgain,
      storedUnanswered,
      changes: Number(changes?.count),
    }
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
