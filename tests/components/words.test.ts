import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brandBesides, platformName } from '#components/order/platform-name.ts'
import { offeredAnswers, problemText } from '#components/order/problem-words.ts'
import { knownColour } from '#components/order/vehicle-colour.ts'
import { isLonger } from '#components/order/whole-number.ts'
import { deliveryWords, departureWords, isPickupUnheard, statusWords } from '#components/order/words.ts'
import { exampleDriver, exampleOrder, minutesFromNow, now } from './order-view-example.ts'

test('"out for delivery" is never said while the driver is on the way to us', () => {
  const coming = exampleOrder({
    status: 'out_for_delivery',
    deliveryStatus: 'enroute_to_pickup',
    progress: 'enroute_to_pickup',
  })
  assert.deepEqual(statusWords(coming), { key: 'status.courier_booked' })
  assert.deepEqual(deliveryWords(coming), { key: 'delivery.enroute_to_pickup' })
  assert.deepEqual(statusWords({ ...coming, isGone: true }), { key: 'status.out_for_delivery' })
})

test('a value never heard of is shown in words as it is', () => {
  assert.deepEqual(statusWords(exampleOrder({ status: 'some_new_value' })), { unknown: 'some new value' })
  assert.deepEqual(deliveryWords(exampleOrder({ deliveryStatus: 'some_new_value' })), { unknown: 'some new value' })
})

test('a released driver means that a new one is being found', () => {
  const order = exampleOrder({ driver: { ...exampleDriver, released: true }, progress: 'enroute_to_pickup' })
  assert.deepEqual(deliveryWords(order), { key: 'delivery.finding' })
})

test('a hand-over of which no pickup is heard says so after five minutes', () => {
  const handedOver = { at: minutesFromNow(-4), by: 'Counter', to: null, verified: 'by_eye', foundBy: null } as const
  const order = exampleOrder({ lane: 'on_the_way', handedOver })
  assert.equal(isPickupUnheard(order, now), false)
  assert.equal(isPickupUnheard(order, now + 60_000), true)
  assert.deepEqual(departureWords(order, true), { key: 'delivery.noPickupHeard' })
})

test('what to do about a cancel depends on where the food is', () => {
  const problem = { kind: 'cancelled', seq: 2, at: minutesFromNow(0), seen: null } as const
  const words = (changes: Parameters<typeof exampleOrder>[0]) => problemText(exampleOrder(changes), problem)
  assert.equal(words({}), 'problem.cancelled.preparing')
  assert.equal(words({ kitchen: 'ready' }), 'problem.cancelled.ready')
  assert.equal(words({ kitchen: 'ready', isHere: true }), 'problem.cancelled.readyHere')
  assert.equal(words({ isGone: true }), 'problem.cancelled.gone')
})

test('of food that has left, nobody is asked whether it was made', () => {
  const problem = { kind: 'cancelled', seq: 2, at: minutesFromNow(0), seen: null } as const
  const words = (changes: Parameters<typeof exampleOrder>[0]) =>
    offeredAnswers(exampleOrder(changes), problem).map((offered) => offered.words)
  assert.deepEqual(words({ kitchen: 'ready' }), ['not_made', 'already_made'])
  assert.deepEqual(words({ isGone: true }), ['seen'])
})

test('platforms are written as they write themselves, and others as they came', () => {
  assert.deepEqual(['doordash', 'UBER', 'uber_eats', 'New_Platform'].map(platformName), [
    'DoorDash',
    'Uber Eats',
    'Uber Eats',
    'New Platform',
  ])
  assert.equal(brandBesides('uber', 'uber'), null)
  assert.equal(brandBesides('Burger Lab', 'uber'), 'Burger Lab')
})

test('a colour without a name of ours has no swatch', () => {
  assert.equal(knownColour('Gray')?.name, 'grey')
  assert.equal(knownColour('Sunset Copper'), null)
  assert.equal(knownColour('constructor'), null)
})

test('a whole number is shown only when it says more than its spoken part', () => {
  assert.equal(isLonger('#4570', '4570'), false)
  assert.equal(isLonger('ORDER-74570', '4570'), true)
})
