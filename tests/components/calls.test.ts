import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCalls } from '#components/pickup/calls.ts'
import type { PickupView } from '#domain/order-view.ts'

const minuteMs = 60_000

const view = (id: string, state: PickupView['state'], spokenNumber = id): PickupView => ({
  id,
  number: spokenNumber,
  spokenNumber,
  source: null,
  state,
  seq: 1,
  onBoard: true,
})

/** The numbers that are called as ready, and those to ask. */
const numbers = (calls: ReturnType<typeof createCalls>, views: PickupView[], minutes: number) => {
  const called = calls(views, minutes * minuteMs)
  return [called.ready, called.ask].map((list) => list.map((one) => one.view.spokenNumber))
}

test('who is called stands by number, so that each finds theirs, and who is not called does not', () => {
  const called = createCalls()(['10', '9', '100'].map((id) => view(id, 'ready')).concat(view('7', null)), 0)
  assert.deepEqual(
    called.ready.map(({ key }) => key),
    ['9', '10', '100'],
  )
  assert.deepEqual([called.come, called.preparing, called.ask], [[], [], []])
})

test('two orders of one id, of two locations, both stand', () => {
  const called = createCalls()([view('1', 'ready'), view('1', 'ready')], 0)
  assert.equal(new Set(called.ready.map(({ key }) => key)).size, 2)
})

test('ready is called for 45 minutes and a cancel for ten, anew when the state changes, not when anything else does', () => {
  const calls = createCalls()
  const both = [view('1', 'ready'), view('2', 'ask')]
  assert.deepEqual(numbers(calls, both, 0), [['1'], ['2']])
  assert.deepEqual(numbers(calls, [{ ...view('1', 'ready'), seq: 9 }, view('2', 'ask')], 9.9), [['1'], ['2']])
  assert.deepEqual(numbers(calls, both, 10), [['1'], []])
  assert.deepEqual(numbers(calls, both, 45), [[], []])
  calls([view('1', 'preparing')], 46 * minuteMs)
  assert.deepEqual(numbers(calls, [view('1', 'ready')], 47), [['1'], []])
})
