/**
 * Takes out of the tables what was blanked or removed: what PostgreSQL keeps of it until nobody can see it any more. Its
 * place is free then, and what comes next is written over it; until that, and in the write-ahead log until the server
 * uses that anew, its bytes stand on the disk (docs/security.md).
 */
import type { Ended } from '../write-thread.ts'
import { connected } from './connection.ts'
import { reasonOf } from './errors.ts'

/** Where people stand, and what was sent word for word. */
const tables = ['assignments', 'customers', 'order_items', 'receipts', 'refusals', 'words_after_end', 'orders'] as const

/** One server at a time. */
const lock = 'passline tidy'

/** How it tells of dead rows that must stay: PostgreSQL 15 and newer, and before. */
const kept = [/(\d+) are dead but not yet removable/, /(\d+) dead row versions cannot be removed yet/]

/**
 * @returns committed when no row is kept that was blanked or removed before; left when another server does it now, or a
 * transaction that began before may still see such rows
 */
export async function tidyPostgres(databaseUrl: string): Promise<Ended> {
  try {
    return await connected(databaseUrl, 'care', async (client) => {
      const { rows } = await client.query<{ is_ours: boolean }>(
        'SELECT pg_try_advisory_lock(hashtext($1)) AS is_ours',
        [lock],
      )
      if (!rows[0]?.is_ours) return { kind: 'left' }
      const told: string[] = []
      client.on('notice', ({ message = '', detail = '' }) => told.push(`${message}\n${detail}`))
      for (const table of tables) await client.query(`VACUUM (VERBOSE) ${table}`)
      const counts = told.flatMap((message) => kept.flatMap((pattern) => pattern.exec(message)?.[1] ?? []))
      // A server that speaks another language does not tell: then it is done again by the next round.
      const isTold = counts.length >= tables.length
      return { kind: isTold && counts.every((count) => count === '0') ? 'committed' : 'left' }
    })
  } catch (error) {
    return { kind: 'away', reason: reasonOf(error) }
  }
}
