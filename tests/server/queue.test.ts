/** What goes into the next batch, and in which order, where some of it was passed over; and what is told late. */
import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { createLog } from '#server/log.ts'
import type { Job } from '#server/store/batch.ts'
import { awaitedOf, batchLimits, createQueue, tellWithinMs, type Waiting } from '#server/store/queue.ts'

const mebibyte = 1024 * 1024

/** A queue whose jobs are named by their location and a number, and what they were told. */
function testQueue() {
  const names = new Map<Job<unknown>, string>()
  const told: string[] = []
  const warned: unknown[] = []
  const log = createLog('silent')
  mock.method(log, 'warn', (fields: unknown) => warned.push(fields))
  const queue = createQueue(log)
  let number = 0
  return {
    ...queue,
    told,
    warned,
    add: (locationId: string, count = 1, bytes = 100) => {
      for (let added = 0; added < count; added += 1) {
        number += 1
        const name = `${locationId} ${number}`
        const decide = () => ({ step: { kind: 'unchanged' as const }, answer: null })
        const job = { about: { locationId, orderId: name }, at: 0, bytes, isWebhook: true, decide }
        names.set(job, name)
        queue.add(job, (recorded) => told.push(`${name} ${recorded.kind === 'stored' ? 'stored' : recorded.reason}`))
      }
    },
    /** Puts back what is of these locations, as a batch does that passes over them. @returns what is not */
    passOver: (batch: readonly Waiting[], ...locations: string[]) => {
      const isHeld = ({ job }: Waiting) => locations.includes(job.about?.locationId ?? '')
      const passedOver = batch.filter(isHeld)
      for (const one of passedOver) one.timesPassedOver += 1
      queue.putBack(passedOver)
      return batch.filter((one) => !isHeld(one))
    },
    namesOf: (batch: readonly Waiting[]) => batch.map(({ job }) => names.get(job)),
  }
}

const countOf = (batch: readonly Waiting[], locationId: string) =>
  batch.filter(({ job }) => job.about?.locationId === locationId).length

test('what was passed over comes first the next time, in its order, and no later one of its location before it', () => {
  const queue = testQueue()
  queue.add('north')
  queue.add('south')
  queue.add('north')
  const rest = queue.passOver(queue.nextBatch(), 'north')
  assert.deepEqual(queue.namesOf(rest), ['south 2'])
  queue.add('south')
  queue.add('north')
  assert.deepEqual(queue.namesOf(queue.nextBatch()), ['north 1', 'north 3', 'south 4', 'north 5'])
  assert.equal(queue.length(), 0)
  assert.equal(queue.bytes(), 0)
})

test('of what was passed over a batch takes so much that there is room for others, however much waits of it', () => {
  const queue = testQueue()
  const many = batchLimits.jobs * 3
  queue.add('north', many)
  queue.passOver(queue.nextBatch(), 'north')
  queue.add('south', 10)
  const names: (string | undefined)[] = []
  let batch = queue.nextBatch()
  assert.equal(countOf(batch, 'south'), 10, 'they wait for none of the others')
  assert.equal(countOf(batch, 'north'), batchLimits.jobs / 2)
  queue.passOver(batch, 'north')
  for (batch = queue.nextBatch(); batch.length > 0; batch = queue.nextBatch()) names.push(...queue.namesOf(batch))
  assert.deepEqual(
    names,
    Array.from({ length: many }, (_, index) => `north ${index + 1}`),
  )
  assert.equal(queue.bytes(), 0)
})

test('large ones that were passed over leave room as well, and the smaller that come after them are not before them', () => {
  const queue = testQueue()
  queue.add('north', 2, 1.5 * mebibyte)
  queue.add('north')
  queue.passOver(queue.nextBatch(), 'north')
  queue.add('south', 2, mebibyte)
  assert.deepEqual(queue.namesOf(queue.nextBatch()), ['north 1', 'south 4', 'south 5'])
  assert.deepEqual(queue.namesOf(queue.nextBatch()), ['north 2', 'north 3'])
  assert.equal(queue.bytes(), 0)
})

test('one that alone is larger than what is left for those that were passed over is taken all the same', () => {
  const queue = testQueue()
  queue.add('north', 1, batchLimits.bytes)
  queue.passOver(queue.nextBatch(), 'north')
  queue.add('south')
  assert.deepEqual(queue.namesOf(queue.nextBatch()), ['north 1'])
  assert.deepEqual(queue.namesOf(queue.nextBatch()), ['south 2'])
})

test('a location is waited for when it was passed over four times, and after twice as many each time', () => {
  const queue = testQueue()
  queue.add('north')
  queue.add('south')
  const turns: number[] = []
  for (let times = 0; times < 40; times += 1) {
    const batch = queue.nextBatch()
    if (awaitedOf(batch) === 'north') turns.push(times)
    else assert.equal(awaitedOf(batch), null)
    queue.passOver(batch, 'north', 'south')
  }
  assert.deepEqual(turns, [4, 8, 16, 32])
})

test('where one has waited for in vain, the next whose turn it is is waited for', () => {
  const queue = testQueue()
  queue.add('north')
  queue.passOver(queue.nextBatch(), 'north')
  queue.add('south')
  const awaited: (string | null)[] = []
  for (let times = 0; times < 5; times += 1) {
    const batch = queue.nextBatch()
    awaited.push(awaitedOf(batch))
    queue.passOver(batch, 'north', 'south')
  }
  assert.deepEqual(awaited, [null, null, null, 'north', 'south'])
})

test('what has waited too long is told so and never stored, also when it is put back only then', () => {
  let now = 1_000
  const clock = mock.method(performance, 'now', () => now)
  try {
    const queue = testQueue()
    queue.add('north', 2)
    now += 1
    queue.add('south')
    queue.passOver(queue.nextBatch(), 'north')
    queue.add('north')
    now = 1_000 + tellWithinMs
    const batch = queue.nextBatch()
    assert.deepEqual(queue.namesOf(batch), ['north 1', 'north 2', 'north 4'])
    queue.passOver(batch, 'north')
    assert.deepEqual(queue.told, ['north 1 late', 'north 2 late'])
    assert.deepEqual(queue.warned, [{ locations: ['north'] }])
    assert.equal(queue.length(), 1)
    assert.equal(queue.bytes(), 100)
    now += 1
    queue.add('west')
    queue.dropLate()
    assert.deepEqual(queue.told.slice(2), ['north 4 late'])
    assert.deepEqual(queue.namesOf(queue.nextBatch()), ['west 5'])
    assert.equal(queue.bytes(), 0)
  } finally {
    clock.mock.restore()
  }
})
