/**
 * One clock for all servers: the database's. Each goes by its own between two looks, corrected by how far it was off.
 */
import type { Logger } from 'pino'
import { connected } from './connection.ts'

const lookEveryMs = 60_000

/** More than this is worth a word: somebody's clock is wrong. */
const noticeableMs = 1_000

export type DatabaseClock = {
  /** Epoch milliseconds. */
  now: () => number
  stop: () => void
}

/**
 * @param own this server's clock; as far as it is off from its machine's, it stays so
 * @param machine its machine's clock
 * @throws when the database does not tell its time at the start
 */
export async function followDatabaseClock(
  databaseUrl: string,
  own: () => number,
  log: Logger,
  machine: () => number = Date.now,
): Promise<DatabaseClock> {
  let offsetMs = 0

  async function look(): Promise<void> {
    const measured = await connected(databaseUrl, 'batches', async (client) => {
      const [before, sentAt] = [machine(), performance.now()]
      const { rows } = await client.query<{ ms: string }>('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS ms')
      const tookMs = performance.now() - sentAt
      return { offset: Number(rows[0]?.ms) - (before + tookMs / 2), tookMs }
    })
    // The answer was made at some moment of the way there and back, and this clock tells no parts of a millisecond:
    // what is within that is no difference.
    const next = Math.abs(measured.offset) <= measured.tookMs / 2 + 1 ? 0 : Math.round(measured.offset)
    if (Math.abs(next - offsetMs) > noticeableMs) log.warn({ offsetMs: next }, 'this clock differs from the database’s')
    offsetMs = next
  }

  await look()
  const timer = setInterval(() => {
    // The database may be away: the last look holds.
    look().catch(() => {})
  }, lookEveryMs)
  timer.unref()
  return { now: () => own() + offsetMs, stop: () => clearInterval(timer) }
}
