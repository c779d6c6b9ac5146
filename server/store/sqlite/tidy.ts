/**
 * Wipes from the file what was blanked or removed. `secure_delete` overwrites what is deleted, but not the copies that
 * SQLite leaves in the unused middle of a page when it divides one, nor the pages that stand in the write-ahead log.
 */
import type { Client } from '../database.ts'
import { forEachRow, mayFindNothing, runForEachRow } from './adapter.ts'

/** The tables of people hold a day of them: they are small, and are written anew. */
const tablesOfPeople = ['assignments', 'customers'] as const

/** Writing anew what is larger takes long enough to be noticed: once a day, and never so many that senders are told to wait. */
const rowsAtAnyTime = 5_000
const rowsAtMost = 100_000
const largeEveryMs = 24 * 3_600_000

/** What the next rows will need stays; what is beyond is given back to the disk, so many pages at a time. */
const sparePages = 1_024
const pagesAtOnce = 256

const freePages = forEachRow([`${mayFindNothing}PRAGMA incremental_vacuum(1)`])

let largeAt = 0

/** @returns whether nothing of it is left; false when somebody who reads keeps the log */
export async function tidy(client: Client): Promise<boolean> {
  await writeAnew(client)
  await giveBack(client)
  const [log] = await client.$queryRawUnsafe<{ busy: bigint }[]>('PRAGMA wal_checkpoint(TRUNCATE)')
  return Number(log?.busy) === 0
}

async function writeAnew(client: Client): Promise<void> {
  const rows = await figure(
    client,
    `SELECT sum(rows) AS figure FROM (${tablesOfPeople.map((table) => `SELECT count(*) AS rows FROM ${table}`).join(' UNION ALL ')})`,
  )
  const isLarge = rows > rowsAtAnyTime
  if (rows > rowsAtMost || (isLarge && Date.now() < largeAt + largeEveryMs)) return
  if (isLarge) largeAt = Date.now()
  // What is kept on the side must not stand in yet another file.
  await client.$queryRawUnsafe('PRAGMA temp_store = MEMORY')
  for (const table of tablesOfPeople) {
    await client.$transaction([
      client.$executeRawUnsafe(`CREATE TEMP TABLE kept AS SELECT * FROM ${table}`),
      // Without a condition: every page of it is overwritten, whatever stands there.
      client.$executeRawUnsafe(`DELETE FROM ${table}`),
      client.$executeRawUnsafe(`INSERT INTO ${table} SELECT * FROM temp.kept ORDER BY location_id, order_id`),
      client.$executeRawUnsafe('DROP TABLE temp.kept'),
    ])
  }
}

async function giveBack(client: Client): Promise<void> {
  const spare = (await figure(client, 'SELECT freelist_count AS figure FROM pragma_freelist_count')) - sparePages
  if (spare <= 0) return
  // Each run of the statement frees one page.
  const rows = Array.from({ length: Math.min(spare, pagesAtOnce) }, () => [])
  await runForEachRow([rows], (parameter) => client.$executeRawUnsafe(freePages, parameter))
}

async function figure(client: Client, sql: string): Promise<number> {
  const [row] = await client.$queryRawUnsafe<{ figure: bigint | null }[]>(sql)
  return Number(row?.figure ?? 0)
}
