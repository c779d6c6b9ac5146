/** What the database knows of its own past: when it was last written to, gaps in that, and what is usual. */
import { randomUUID } from 'node:crypto'
import type { Client, Writing } from './database.ts'
import type { Revisions } from './revisions.ts'
import type { Sql } from './sql.ts'

export type StoredGap = { id: string; kind: 'off' | 'not_storing'; fromAt: number; toAt: number; seenAt: Set<string> }

export type Watchkeeping = ReturnType<typeof createWatchkeeping>

type Settings = { reader: Client; writing: Writing; sql: Sql; revisions: Pick<Revisions, 'raise'> }

/** @param settings `writing` runs a write on its own, apart from the batches */
export function createWatchkeeping({ reader, writing, sql, revisions }: Settings) {
  /** When this database was last known to be written to, epoch milliseconds; null: never. */
  async function lastAliveAt(): Promise<number | null> {
    const row = await reader.presence.findUnique({ where: { id: 1 } })
    return row?.aliveAt.getTime() ?? null
  }

  /** Gaps that ended after a moment, with the locations where they were seen. */
  async function gapsSince(at: number): Promise<StoredGap[]> {
    const rows = await reader.gap.findMany({
      where: { toAt: { gt: new Date(at) } },
      include: { seen: true },
      orderBy: { fromAt: 'asc' },
    })
    return rows.map(({ id, kind, fromAt, toAt, seen }) => ({
      id,
      kind: kind as StoredGap['kind'],
      fromAt: fromAt.getTime(),
      toAt: toAt.getTime(),
      seenAt: new Set(seen.map((one) => one.locationId)),
    }))
  }

  async function addGap(kind: StoredGap['kind'], fromAt: number, toAt: number): Promise<StoredGap> {
    const id = randomUUID()
    const data = { id, kind, fromAt: new Date(fromAt), toAt: new Date(toAt) }
    await writing(async (client) => {
      await client.gap.create({ data })
      await revisions.raise(client, 'gaps')
    })
    return { id, kind, fromAt, toAt, seenAt: new Set() }
  }

  async function seeGap(gapId: string, locationId: string, at: number, by: string): Promise<void> {
    const row = { gapId, locationId, at: new Date(at), by }
    await writing(async (client) => {
      await client.gapSeen.upsert({ where: { gapId_locationId: { gapId, locationId } }, create: row, update: {} })
      await revisions.raise(client, 'gaps')
    })
  }

  /** Webhooks that each hour of the week usually brings, by location. */
  async function usualHours(): Promise<{ locationId: string; hour: number; webhooks: number }[]> {
    return reader.usualHour.findMany()
  }

  async function keepUsualHours(
    hours: readonly { locationId: string; hour: number; webhooks: number }[],
  ): Promise<void> {
    if (hours.length === 0) return
    // One statement for all: a chain's hour ends for thousands of locations at once.
    await writing((client) =>
      client.$executeRawUnsafe(
        sql.statement(
          `INSERT INTO usual_hours (location_id, hour, webhooks)
            SELECT said.value ->> 0, CAST(said.value ->> 1 AS INTEGER), CAST(said.value ->> 2 AS DOUBLE PRECISION)
            FROM ${sql.each('said')} WHERE true
            ON CONFLICT (location_id, hour) DO UPDATE SET webhooks = excluded.webhooks`,
        ),
        JSON.stringify(hours.map(({ locationId, hour, webhooks }) => [locationId, hour, webhooks])),
      ),
    )
  }

  return { lastAliveAt, gapsSince, addGap, seeGap, usualHours, keepUsualHours }
}
