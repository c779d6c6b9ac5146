/** What goes into the next batch, and in which order, where some of it was passed over; and what is told late. */
import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { createLog } from '#server/log.ts'
import type { Job } from '#server/store/batch.ts'
import { type Batch, batchLimits, createQueue, tellWithinMs, type Waiting } from '#server/store/queue.ts'

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
  const namesOf = (all: readonly Waiting[]) => all.map(({ job }) => names.get(job))
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
    /** Ends a batch that passes over these locations. @returns what it had */
    end: (batch: Batch, ...held: string[]) => {
      const isHeld = ({ job }: Waiting) => held.includes(job.about?.locationId ?? '')
      const had = batch.all.filter((one) => !isHeld(one))
      queue.end(batch, { had, passedOver: batch.all.filter(isHeld) })
      return namesOf(had)
    },
    /** The names of the next batch. */
    next: () => namesOf(queue.nextBatch().all),
  }
}

/** Time that stands still until the test moves it on. */
function stoppedClock() {
  let now = 1_000
  const clock = mock.method(performance, 'now', () => now)
  return {
    pass: (milliseconds: number) => {
      now += milliseconds
    },
    [Symbol.dispose]: () => clock.mock.restore(),
  }
}

/** So often a location is passed over before it is waited for. */
const often = 4

test('what was passed over comes first the next time, in its order, and no later one of its location before it', () => {
  const queue = testQueue()
  queue.add('north')
  queue.add('south')
  queue.add('north')
  assert.deepEqual(queue.end(queue.nextBatch(), 'north'), ['south 2'])
  queue.add('south')
  queue.add('north')
  assert.deepEqual(queue.next(), ['north 1', 'north 3', 'south 4', 'north 5'])
  assert.equal(queue.length(), 0)
  assert.equal(queue.bytes(), 0)
})

test('a location is waited for when it was passed over four times, and all of it is tried then', () => {
  const queue = testQueue()
  queue.add('north', 3)
  queue.add('south')
  for (let times = 0; times < often; times += 1) {
    // Where nothing at all can be had, the first is waited for at once: here something can.
    queue.add('west')
    const batch = queue.nextBatch()
    assert.equal(batch.awaited, null)
    queue.end(batch, 'north', 'south')
  }
  const batch = queue.nextBatch()
  assert.equal(batch.awaited, 'north')
  assert.deepEqual(queue.end(batch).slice(0, 4), ['north 1', 'north 2', 'north 3', 'south 4'])
  assert.equal(queue.bytes(), 0)
  queue.add('north')
  assert.equal(queue.nextBatch().awaited, null, 'it was had')
})

test('where nothing can be had, the first is waited for, and after that in vain it is tried again with a pause between', () => {
  using clock = stoppedClock()
  const queue = testQueue()
  queue.add('north')
  queue.add('south')
  const awaited: (string | null)[] = []
  const areStuck: boolean[] = []
  for (let times = 0; times < 4; times += 1) {
    const batch = queue.nextBatch()
    awaited.push(batch.awaited)
    queue.end(batch, 'north', 'south')
    areStuck.push(queue.isStuck())
    clock.pass(times < 2 ? 1 : 1_000)
  }
  assert.deepEqual(awaited, [null, 'north', null, 'north'])
  assert.deepEqual(areStuck, [false, true, true, true])
  queue.add('west')
  queue.end(queue.nextBatch(), 'north', 'south')
  assert.equal(queue.isStuck(), false, 'something was had')
})

test('after one was waited for in vain none is for a second, however many come of it: one of each is tried', () => {
  using clock = stoppedClock()
  const queue = testQueue()
  let vain = 0
  let tried = 0
  const batches = 300
  for (let number = 0; number < batches; number += 1) {
    queue.add('north')
    queue.add('south')
    queue.add('west')
    const batch = queue.nextBatch()
    if (batch.awaited !== null) {
      assert.equal(batch.awaited, 'north')
      vain += 1
      clock.pass(250)
    }
    tried += batch.all.length
    assert.deepEqual(queue.end(batch, 'north', 'south'), [`west ${number * 3 + 3}`])
    clock.pass(10)
  }
  // 300 batches of 10 ms, and what was waited.
  assert.ok(vain >= 2 && vain <= 4, `${vain}`)
  assert.ok(tried < batches * 5, `${tried}`)
})

test('those of locations that can be had do not wait behind those of one that cannot, however many there are', () => {
  const queue = testQueue()
  const many = batchLimits.jobs * 3
  queue.add('north', many)
  for (let times = 0; times < often; times += 1) {
    const batch = queue.nextBatch()
    queue.end({ ...batch, awaited: 'north' }, 'north')
  }
  queue.add('south', 10)
  assert.deepEqual(queue.end(queue.nextBatch(), 'north').length, 10)
  // Then it is had, and all of it follows in order.
  const names: (string | undefined)[] = []
  for (let batch = queue.nextBatch(); batch.all.length > 0; batch = queue.nextBatch()) names.push(...queue.end(batch))
  assert.deepEqual(
    names,
    Array.from({ length: many }, (_, index) => `north ${index + 1}`),
  )
  assert.equal(queue.bytes(), 0)
})

test('what is tried of many locations that cannot be had takes half of a batch at most, in number and in bytes', () => {
  const queue = testQueue()
  const many = Array.from({ length: batchLimits.jobs }, (_, index) => `place ${index}`)
  for (const location of many) queue.add(location)
  for (let times = 0; times < often; times += 1) queue.end({ ...queue.nextBatch(), awaited: many[0] ?? '' }, ...many)
  queue.add('south', batchLimits.jobs)
  assert.equal(queue.end(queue.nextBatch(), ...many).length, batchLimits.jobs / 2)

  const large = testQueue()
  const three = ['east', 'north', 'west']
  for (const location of three) large.add(location, 1, 1.25 * mebibyte)
  for (let times = 0; times < often; times += 1) large.end({ ...large.nextBatch(), awaited: 'east' }, ...three)
  large.add('south', 2, mebibyte)
  assert.deepEqual(large.next(), ['east 1', 'south 4', 'south 5'])
  assert.deepEqual(large.next(), ['north 2'])
  assert.deepEqual(large.next(), ['west 3'])
  assert.equal(large.bytes(), 0)
})

test('what has waited too long is told so and never stored, also when it is put back only then; operators are told once', () => {
  using clock = stoppedClock()
  const queue = testQueue()
  queue.add('north', 2)
  clock.pass(1)
  for (let times = 0; times < often; times += 1) {
    queue.add('south')
    queue.end(queue.nextBatch(), 'north')
  }
  clock.pass(tellWithinMs - 1)
  const batch = queue.nextBatch()
  queue.add('north')
  queue.end(batch, 'north')
  assert.deepEqual(queue.told, ['north 1 late', 'north 2 late'])
  assert.deepEqual(queue.warned, [{ location: 'north' }])
  assert.equal(queue.length(), 1)
  assert.equal(queue.bytes(), 100)
  clock.pass(tellWithinMs)
  queue.add('west')
  queue.dropLate()
  assert.deepEqual(queue.told.slice(2), ['north 7 late'])
  assert.equal(queue.warned.length, 1)
  assert.deepEqual(queue.next(), ['west 8'])
  assert.equal(queue.bytes(), 0)
})
