import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ageOf, hereState } from '#components/order/age.ts'
import { usualWaitLimits } from '#domain/wait-limits.ts'
import { exampleOrder, minutesFromNow, now } from './order-view-example.ts'

const tones = (dueInMinutes: number) => ageOf(exampleOrder({ dueAt: minutesFromNow(dueInMinutes) }), now).tone

test('a promised order is calm, soon three minutes before it is due, and late at due', () => {
  assert.deepEqual([4, 3, 1, 0, -5].map(tones), ['calm', 'soon', 'soon', 'late', 'late'])
})

test('an order without a promise is soon after 15 minutes and late after 20', () => {
  const tone = (age: number) => ageOf(exampleOrder({ times: { firstSeenAt: minutesFromNow(-age) } }), now).tone
  assert.deepEqual([14, 15, 19, 20].map(tone), ['calm', 'soon', 'soon', 'late'])
})

test('ready food is soon after 5 minutes and late after 10', () => {
  const tone = (age: number) =>
    ageOf(exampleOrder({ lane: 'ready', kitchen: 'ready', times: { readyAt: minutesFromNow(-age) } }), now).tone
  assert.deepEqual([4, 5, 9, 10].map(tone), ['calm', 'soon', 'soon', 'late'])
})

test('a driver with ready food is a reason to go, soon after 2 minutes, late after 5', () => {
  const tone = (wait: number) =>
    ageOf(
      exampleOrder({
        lane: 'driver_here',
        kitchen: 'ready',
        isHere: true,
        times: { driverArrivedAt: minutesFromNow(-wait) },
      }),
      now,
    ).tone
  assert.deepEqual([0, 1, 2, 4, 5].map(tone), ['go', 'go', 'soon', 'soon', 'late'])
})

test('a driver who came before the promised time is early, and their wait has not begun', () => {
  const order = exampleOrder({
    lane: 'driver_here',
    isHere: true,
    dueAt: minutesFromNow(10),
    times: { driverArrivedAt: minutesFromNow(-7) },
  })
  assert.equal(hereState(order, now), 'early')
  assert.deepEqual(ageOf(order, now), { kind: 'early', minutes: 0, tone: 'calm' })
  assert.deepEqual(ageOf(order, now + 12 * 60_000), { kind: 'waiting', minutes: 2, tone: 'soon' })
})

test('while nothing is proven, how long food has been ready stands still, and a promise does not', () => {
  const provenAt = now - 4 * 60_000
  const ready = exampleOrder({ lane: 'ready', kitchen: 'ready', times: { readyAt: minutesFromNow(-6) } })
  assert.equal(ageOf(ready, now, provenAt).minutes, 2)
  assert.equal(ageOf(exampleOrder({ dueAt: minutesFromNow(-1) }), now, provenAt).kind, 'over')
})

test('a location may have limits of its own', () => {
  const ready = exampleOrder({ lane: 'ready', kitchen: 'ready', times: { readyAt: minutesFromNow(-8) } })
  const limits = { ...usualWaitLimits, ready: { soon: 8, late: 9 } }
  assert.deepEqual(
    [8, 9].map((soon) => ageOf(ready, now, null, { ...limits, ready: { soon, late: 12 } }).tone),
    ['soon', 'calm'],
  )
  assert.equal(ageOf(ready, now + 60_000, null, limits).tone, 'late')
})
