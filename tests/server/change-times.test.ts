import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createChangeTimes } from '#server/live/change-times.ts'

const received = (seq: number, at: number) => [{ locationId: 'north', seq, at }]

test('when each of the last changes was received, and whether it is here whole', () => {
  const times = createChangeTimes()
  times.note(received(1, 10), true)
  times.note(received(1, 10), false)
  times.note(received(2, 20), false)
  assert.deepEqual(
    [1, 2, 3].map((seq) => times.receivedAt('north', seq)),
    [10, 20, null],
  )
  assert.deepEqual(
    [1, 2, 3].map((seq) => times.isWhole('north', seq)),
    [true, false, false],
  )
  times.note(received(257, 30), true)
  times.note(received(1, 40), true)
  assert.deepEqual(
    [1, 257].map((seq) => times.receivedAt('north', seq)),
    [null, 30],
    'what is older comes too late',
  )
  assert.equal(times.receivedAt('south', 257), null)
})

test('another history begins anew', () => {
  const times = createChangeTimes()
  times.note(received(300, 10), true)
  times.forget()
  assert.deepEqual([times.receivedAt('north', 300), times.isWhole('north', 300)], [null, false])
  times.note(received(44, 20), true)
  assert.equal(times.receivedAt('north', 44), 20)
})
