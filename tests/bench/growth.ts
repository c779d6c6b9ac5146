/**
 * Whether the past costs anything: the rate, the start, a snapshot and its query plan, on an empty database and on one
 * with millions of changes. Rounds take turns with the floor, which always begins empty: the ratios tell.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import Database from 'better-sqlite3'
import { boardQueries, createBoards } from '#server/store/boards.ts'
import { openReader } from '#server/store/sqlite/connection.ts'
import { migrate, migrationsFolder } from '#server/store/sqlite/migrate.ts'
import { sqliteSql } from '#server/store/sqlite/sql.ts'
import { fillWithPast } from './fill.ts'
import { floor, ours, send } from './ingest.ts'
import { median, table } from './report.ts'
import { locationIds, writeTraffic } from './traffic.ts'

const openPerLocation = 20

type Options = { rounds?: number; orders?: number; changesPerOrder?: number; warmUpSeconds?: number; seconds?: number }

export async function benchGrowth({
  rounds = 5,
  orders = 500_000,
  changesPerOrder = 10,
  warmUpSeconds = 4,
  seconds = 6,
}: Options = {}): Promise<void> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'passline-growth-'))
  try {
    const traffic = path.join(scratch, 'traffic.jsonl')
    writeTraffic(traffic, 150_000)
    const files = { empty: path.join(scratch, 'empty.db'), grown: path.join(scratch, 'grown.db') }
    await migrate(files.empty, migrationsFolder)
    fillWithPast(files.empty, { orders: openPerLocation * locationIds.length, changesPerOrder: 1, openPerLocation })
    await migrate(files.grown, migrationsFolder)
    console.error(`filling ${orders * changesPerOrder} changes of ${orders} orders …`)
    fillWithPast(files.grown, { orders, changesPerOrder, openPerLocation })

    const rates: Record<string, number[]> = { floor: [], empty: [], grown: [] }
    const starts: Record<string, number[]> = { empty: [], grown: [] }
    const measure = async (way: string, round: number) => {
      const copy = path.join(scratch, `copy-${way}`, 'passline.db')
      if (way !== 'floor') copyOf(files[way as keyof typeof files], copy)
      const startedAt = performance.now()
      const contender = way === 'floor' ? await floor() : await ours(copy)
      starts[way]?.push(performance.now() - startedAt)
      const load = { file: traffic, connections: 128, warmUpSeconds, seconds, round: `${way}-${round}` }
      const { perSecond } = await send(contender.url, load)
      await contender.stop()
      rmSync(path.dirname(copy), { recursive: true, force: true })
      rates[way]?.push(perSecond)
      console.error(`round ${round + 1}, ${way}: ${perSecond.toFixed(0)}/s`)
    }
    for (let round = 0; round < rounds; round += 1)
      for (const way of ['floor', 'empty', 'grown']) await measure(way, round)

    const ofFloor = median(rates.floor ?? [])
    const rows = await Promise.all(
      (['empty', 'grown'] as const).map(async (way) => [
        way,
        (statSync(files[way]).size / 1024 ** 2).toFixed(0),
        median(rates[way] ?? []).toFixed(0),
        (median(rates[way] ?? []) / ofFloor).toFixed(2),
        median(starts[way] ?? []).toFixed(0),
        (await snapshotMs(files[way])).toFixed(2),
      ]),
    )
    console.log(table(['database', 'MiB', 'updates/s', '× floor', 'start ms', 'snapshot ms'], rows))
    console.log(`\nfloor: ${ofFloor.toFixed(0)}/s. Query plans on the grown database:\n`)
    for (const [name, plan] of Object.entries(plansOf(files.grown))) console.log(`${name}\n${plan}\n`)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function copyOf(file: string, copy: string): void {
  rmSync(path.dirname(copy), { recursive: true, force: true })
  mkdirSync(path.dirname(copy))
  copyFileSync(file, copy)
}

/** The time of a snapshot of a location, as the server reads it. */
async function snapshotMs(file: string): Promise<number> {
  const reader = openReader(file)
  const boards = createBoards(reader, sqliteSql)
  const times: number[] = []
  for (let turn = 0; turn < 300; turn += 1) {
    const startedAt = performance.now()
    const { orders } = await boards.read(locationIds[turn % locationIds.length] as string, null)
    times.push(performance.now() - startedAt)
    if (orders?.length !== openPerLocation) throw new Error(`a board of ${orders?.length} orders`)
  }
  await reader.$disconnect()
  return median(times)
}

function plansOf(file: string): Record<string, string> {
  const database = new Database(file, { readonly: true })
  const plan = (sql: string) =>
    database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...Array.from(sql.matchAll(/\?/g), () => 1))
      .map((row) => `  ${(row as { detail: string }).detail}`)
      .join('\n')
  const plans = Object.entries(boardQueries(sqliteSql)).map(([name, sql]) => [name, plan(sql)])
  database.close()
  return Object.fromEntries(plans)
}
