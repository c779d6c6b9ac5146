/** What waits has an end: beyond it senders are told to come again, and what waited is stored all the same. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { createLog } from '#server/log.ts'
import { createMetrics } from '#server/metrics.ts'
import { migrate } from '#server/store/migrate.ts'
import { migrationsFolder } from '#server/store/store.ts'
import { type Job, openBatchWriter, queueLimits, type Writer } from '#server/store/writer.ts'

async function withWriter(work: (writer: Writer) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'passline-queue-'))
  const file = path.join(folder, 'passline.db')
  await migrate(file, migrationsFolder)
  const log = createLog('silent')
  const settings = { file, timeZone: 'UTC', now: Date.now, log, metrics: createMetrics(), onCommitted: () => {} }
  const writer = openBatchWriter(settings)
  try {
    await work(writer)
  } finally {
    await writer.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** An update of its own order, which answers its number. */
function job(number: number, bytes: number): Job<number> {
  return {
    about: { locationId: 'place', orderId: `order-${number}` },
    at: Date.now(),
    bytes,
    isWebhook: true,
    decide: () => ({ step: { kind: 'unchanged' }, answer: number }),
  }
}

test('beyond so many waiting updates the next ones are told to come again, and those that wait are stored', () =>
  withWriter(async (writer) => {
    const extra = 500
    const sent = Array.from({ length: queueLimits.jobs + extra }, (_, index) => writer.record(job(index, 100)))
    const recorded = await Promise.all(sent)
    const stored = recorded.filter((one) => one.kind === 'stored')
    assert.equal(stored.length, queueLimits.jobs)
    assert.deepEqual(
      recorded.slice(queueLimits.jobs).map((one) => one.kind),
      Array.from({ length: extra }, () => 'not-stored'),
    )
    assert.equal((await writer.record(job(-1, 100))).kind, 'stored', 'the queue is open again')
    assert.equal(writer.failure(), null, 'a full queue is no fault of the database')
  }))

test('few large updates fill the queue as many small ones do', () =>
  withWriter(async (writer) => {
    const large = 1024 * 1024
    const fitting = queueLimits.bytes / large
    const recorded = await Promise.all(
      Array.from({ length: fitting + 3 }, (_, index) => writer.record(job(index, large))),
    )
    assert.equal(recorded.filter((one) => one.kind === 'stored').length, fitting)
    assert.equal((await writer.record(job(-1, large))).kind, 'stored', 'the queue is open again')
  }))
