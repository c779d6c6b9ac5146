/** Of several servers, one does what only one must do. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { startDuty } from '#server/duty.ts'
import { createLog } from '#server/log.ts'
import { createMetrics } from '#server/metrics.ts'
import { openStore, type Store } from '#server/store/store.ts'
import { postgresDatabase } from '#tests/helpers/databases.ts'

const log = createLog('silent')

/** The stores of two servers on one database. */
async function withTwo(work: (stores: [Store, Store]) => Promise<void>): Promise<void> {
  await using database = await postgresDatabase()
  const folder = mkdtempSync(path.join(tmpdir(), 'passline-duty-'))
  const open = (name: string) =>
    openStore({
      databaseUrl: database.url,
      dataFolder: path.join(folder, name),
      secretKey: null,
      timeZone: 'UTC',
      now: Date.now,
      log,
      metrics: createMetrics(),
      onCommitted: () => {},
    })
  const stores: [Store, Store] = [await open('one'), await open('other')]
  try {
    await work(stores)
  } finally {
    for (const store of stores) await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

test('a lease is taken by one at a time, again by the same, and by another one when it ended or was given back', async () => {
  await withTwo(async ([one, other]) => {
    const takes = Array.from({ length: 10 }, (_, number) =>
      (number % 2 === 0 ? one : other).leases.take('work', `holder ${number}`, 60_000),
    )
    const taken = await Promise.all(takes)
    assert.equal(taken.filter(Boolean).length, 1)
    const holder = `holder ${taken.indexOf(true)}`
    assert.equal(await one.leases.take('work', holder, 200), true)
    assert.equal(await other.leases.take('work', 'later', 60_000), false)
    await setTimeout(300)
    assert.equal(await other.leases.take('work', 'later', 60_000), true)
    assert.equal(await one.leases.take('work', holder, 60_000), false)
    // It is not theirs to give.
    await one.leases.give('work', holder)
    assert.equal(await one.leases.take('work', holder, 60_000), false)
    await other.leases.give('work', 'later')
    assert.equal(await one.leases.take('work', holder, 60_000), true)
  })
})

test('one of two servers is on duty; when it stops, the other one is', { timeout: 60_000 }, async () => {
  await withTwo(async ([one, other]) => {
    const first = await startDuty(one.leases, log)
    const second = await startDuty(other.leases, log)
    assert.deepEqual([first.isMine(), second.isMine()], [true, false])
    await first.stop()
    assert.equal(first.isMine(), false)
    while (!second.isMine()) await setTimeout(100)
    await second.stop()
  })
})

test('a server that is alone is on duty, and asks nobody', async () => {
  const duty = await startDuty(null, log)
  assert.equal(duty.isMine(), true)
  await duty.stop()
})
