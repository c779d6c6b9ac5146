/** What only one of several servers does at a time: who has taken it does it until its time ends, or takes it again. */
import type { Writing } from './database.ts'
import type { Sql } from './sql.ts'

export type Leases = ReturnType<typeof createLeases>

export function createLeases(writing: Writing, sql: Sql, now: () => number) {
  const moment = (at: number) => new Date(at).toISOString()

  /** @returns whether it is the holder's for so long from now; false: another one has it */
  async function take(name: string, holder: string, forMs: number): Promise<boolean> {
    const at = now()
    const written = await writing((client) =>
      client.$executeRawUnsafe(
        sql.statement(`INSERT INTO leases (name, holder, until) VALUES (?, ?, ${sql.moment('?')})
          ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
          WHERE leases.holder = excluded.holder OR leases.until < ${sql.moment('?')}`),
        name,
        holder,
        moment(at + forMs),
        moment(at),
      ),
    )
    return written > 0
  }

  /** Gives back what is the holder's, so that another one need not wait. */
  async function give(name: string, holder: string): Promise<void> {
    await writing((client) => client.lease.deleteMany({ where: { name, holder } }))
  }

  return { take, give }
}
