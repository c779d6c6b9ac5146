import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { openWriter } from '#server/store/sqlite/connection.ts'
import { migrate, migrationsFolder } from '#server/store/sqlite/migrate.ts'
import { tidy } from '#server/store/sqlite/tidy.ts'
import { foundIn } from '#tests/helpers/database-bytes.ts'
import { stored } from '#tests/helpers/stored.ts'

/** A migrated database of its own, and a connection to it that overwrites what it deletes. */
async function scratch() {
  const folder = mkdtempSync(path.join(tmpdir(), 'passline-tidy-'))
  const file = path.join(folder, 'passline.db')
  await migrate(file, migrationsFolder)
  const database = new Database(file)
  database.pragma('secure_delete = ON')
  const client = await openWriter(file)
  return {
    file,
    database,
    client,
    [Symbol.asyncDispose]: async () => {
      database.close()
      await client.$disconnect()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

test('the copies that SQLite leaves inside of pages are overwritten, and who is not forgotten stays', async () => {
  await using place = await scratch()
  const { database, client, file } = place
  const say = database.prepare(`INSERT INTO assignments VALUES ('north', ?, 1, ?)
    ON CONFLICT DO UPDATE SET said = excluded.said`)
  const forget = database.prepare('DELETE FROM assignments WHERE order_id = ?')
  const nameOf = (number: number) => `Zaphod the ${number}th.`
  const orders = 4_000
  database.transaction(() => {
    // Rows grow at random places of the table: pages are divided again and again.
    for (let step = 0; step < orders * 3; step += 1) {
      const number = (step * 7_919) % orders
      const said = { 2: { name: nameOf(number), more: 'x'.repeat(((step * 31) % 17) * 12) } }
      say.run(`o${(number * 104_729) % 1_000_003}`, JSON.stringify(said))
    }
    for (let number = 0; number < orders; number += 1) {
      if (number % 7 !== 0) forget.run(`o${(number * 104_729) % 1_000_003}`)
    }
  })()
  database.pragma('wal_checkpoint(TRUNCATE)')
  const numbers = Array.from({ length: orders }, (_, number) => number)
  const [kept, gone] = [numbers.filter((one) => one % 7 === 0), numbers.filter((one) => one % 7 !== 0)]
  assert.notDeepEqual(foundIn(file, gone.map(nameOf)), [], 'overwriting what is deleted is not enough')
  const before = stored(file, 'SELECT * FROM assignments')
  assert.equal(await tidy(client), true)
  assert.deepEqual(foundIn(file, gone.map(nameOf)), [])
  assert.deepEqual(foundIn(file, kept.map(nameOf)), kept.map(nameOf))
  assert.deepEqual(stored(file, 'SELECT * FROM assignments'), before)
})

test('what is no longer needed of the file is given back to the disk, a piece at a time', async () => {
  await using place = await scratch()
  const { database, client } = place
  const insert = database.prepare(
    `INSERT INTO receipts (at, credential_id, type, outcome, body) VALUES ('', '', '', '', ?)`,
  )
  database.transaction(() => {
    for (let count = 0; count < 1_500; count += 1) insert.run('x'.repeat(4_000))
    database.exec('DELETE FROM receipts')
  })()
  const free = () => Number(database.pragma('freelist_count', { simple: true }))
  const before = free()
  await tidy(client)
  assert.equal(free(), before - 256)
  for (let count = 0; count < 20; count += 1) await tidy(client)
  assert.equal(free(), 1_024, 'what comes next has its room')
})
