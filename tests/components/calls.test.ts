import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Call, callsAt } from '#components/pickup/calls.ts'
import type { PickupView } from '#domain/order-view.ts'

const minuteMs = 60_000

/** @param since minutes */
const view = (spokenNumber: string, state: PickupView['state'], since = 0): PickupView => ({
  id: spokenNumber,
  number: spokenNumber,
  spokenNumber,
  source: null,
  state,
  since: state && new Date(since * minuteMs).toISOString(),
  seq: 1,
  onBoard: true,
})

const numbers = (call: Call, views: PickupView[], minutes: number) =>
  callsAt(views, minutes * minuteMs)[call].map((one) => one.spokenNumber)

test('who is called stands by number, so that each finds theirs, and who is not called does not', () => {
  const views = [...['10', '9', '100', '9'].map((id) => view(id, 'ready')), view('7', null)]
  assert.deepEqual(numbers('ready', views, 1), ['9', '9', '10', '100'])
  for (const call of ['come', 'preparing', 'ask'] as const) assert.deepEqual(numbers(call, views, 1), [])
})

test('ready is called for 45 minutes and a cancel for ten, whenever the screen was opened', () => {
  const views = [view('1', 'ready', 5), view('2', 'ask', 5), view('3', 'come', 5)]
  for (const [minutes, ready, ask] of [
    [5, 1, 1],
    [14.9, 1, 1],
    [15, 1, 0],
    [49.9, 1, 0],
    [50, 0, 0],
  ] as const) {
    assert.deepEqual([numbers('ready', views, minutes).length, numbers('ask', views, minutes).length], [ready, ask])
    assert.deepEqual(numbers('come', views, minutes), ['3'])
  }
})

test('an order for later stands there from when it is made', () => {
  const views = [view('1', 'preparing', 60)]
  assert.deepEqual(numbers('preparing', views, 59), [])
  assert.deepEqual(numbers('preparing', views, 60), ['1'])
})
