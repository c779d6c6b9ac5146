/** What waits has an end: beyond it senders are told to come again, and what waited is stored all the same. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Job } from '#server/store/batch.ts'
import { queueLimits } from '#server/store/queue.ts'
import { testWriter } from '#tests/helpers/test-writer.ts'

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

test('beyond so many waiting updates the next ones are told to come again at once', async () => {
  await using place = await testWriter()
  const { writer } = place
  assert.equal((await writer.record(job(-2, 100))).kind, 'stored')
  const extra = 500
  const sent = Array.from({ length: queueLimits.jobs + extra }, (_, index) => writer.record(job(index, 100)))
  const told = (await Promise.all(sent)).map((one) => (one.kind === 'stored' ? 'stored' : one.reason))
  assert.deepEqual(
    told.slice(queueLimits.jobs),
    Array.from({ length: extra }, () => 'queue_full'),
  )
  // What waits is stored, or told so in time: a slow machine does not get through all of it.
  const inQueue = told.slice(0, queueLimits.jobs)
  const stored = inQueue.filter((one) => one === 'stored').length
  assert.ok(stored > 0)
  assert.deepEqual(inQueue, [
    ...Array.from({ length: stored }, () => 'stored'),
    ...Array.from({ length: queueLimits.jobs - stored }, () => 'late'),
  ])
  assert.equal((await writer.record(job(-1, 100))).kind, 'stored', 'the queue is open again')
  assert.equal(writer.failure(), null, 'a full queue is no fault of the database')
})

test('few large updates fill the queue as many small ones do', async () => {
  await using place = await testWriter()
  const { writer } = place
  const large = 1024 * 1024
  const fitting = queueLimits.bytes / large
  const recorded = await Promise.all(
    Array.from({ length: fitting + 3 }, (_, index) => writer.record(job(index, large))),
  )
  assert.equal(recorded.filter((one) => one.kind === 'stored').length, fitting)
  assert.equal((await writer.record(job(-1, large))).kind, 'stored', 'the queue is open again')
})
