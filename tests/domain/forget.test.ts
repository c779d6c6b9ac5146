import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decideForgetful, doneSince, erasesAt, forget, hold, holdMs, keptSince } from '#domain/forget.ts'
import { laneOf } from '#domain/lane.ts'
import { newOrder, type Order } from '#domain/order.ts'
import { orderView } from '#domain/order-view.ts'
import { anyStep, anyUpdate, runs } from '#tests/fixtures/arbitraries.ts'
import {
  locationId,
  orderAfter,
  orderId,
  statusUpdate,
  stepped,
  streamExample,
  updateFrom,
} from '#tests/fixtures/play.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** What the arbitraries say of people: names, phones, whatever is somebody's, and a guest's note. */
const personal = /Ann|Bob|Cleo|\+1555|'s |No onions/

const anyOrder = fc.array(anyStep, { minLength: 1, maxLength: 12 }).map((steps) => {
  let order: Order | null = null
  let at = Date.parse('2026-06-10T12:00:00Z')
  for (const [index, step] of steps.entries()) {
    at += (step.kind === 'wait' ? step.minutes : 1) * 60_000
    order = stepped(order, step, index + 1, at)
  }
  return { order, at }
})

test('nothing personal is left of a forgotten order, and its facts, its lane and its place are as they were', () => {
  let withPeople = 0
  fc.assert(
    fc.property(anyOrder, ({ order, at }) => {
      if (!order) return
      if (personal.test(JSON.stringify(order))) withPeople += 1
      const forgotten = forget(order, { at, seq: order.seq + 1 })
      assert.ok(forgotten)
      assert.doesNotMatch(JSON.stringify([forgotten, orderView(forgotten)]), personal)
      const { end, endedAt, leftBoard, laneSince, heardAt, readyAt, problems, status } = forgotten
      assert.deepEqual(
        { end, endedAt, leftBoard, laneSince, heardAt, readyAt, problems, status, lane: laneOf(forgotten) },
        {
          end: order.end,
          endedAt: order.endedAt,
          leftBoard: order.leftBoard,
          laneSince: order.laneSince,
          heardAt: order.heardAt,
          readyAt: order.readyAt,
          problems: order.problems,
          status: order.status,
          lane: laneOf(order),
        },
      )
      assert.equal(forget(forgotten, { at, seq: order.seq + 2 }), null)
    }),
    runs,
  )
  assert.ok(withPeople > runs.numRuns / 3, `${withPeople} orders had people`)
})

test('what is said of a forgotten order names nobody, unless there is something to do again', () => {
  const seen = { forgotten: 0, open: 0 }
  fc.assert(
    fc.property(anyOrder, anyUpdate, ({ order, at }, update) => {
      const forgotten = order && forget(order, { at, seq: order.seq + 1 })
      if (!forgotten || doneSince(forgotten) === null) return
      const moment = { at: at + dayMs, seq: forgotten.seq + 1, prepTimeMinutes: 15 }
      const { decision, mayKeepWords } = decideForgetful(forgotten, update, moment)
      assert.equal(mayKeepWords, decision.order.erasedAt === null)
      assert.equal(mayKeepWords, doneSince(decision.order) === null)
      seen[mayKeepWords ? 'open' : 'forgotten'] += 1
      if (!mayKeepWords) assert.doesNotMatch(JSON.stringify(decision.order), personal)
      const again = decideForgetful(decision.order, update, { ...moment, seq: decision.order.seq + 1 })
      assert.notEqual(again.decision.outcome, 'changed')
    }),
    runs,
  )
  assert.ok(seen.forgotten > 100 && seen.open > 20, JSON.stringify(seen))
})

test('from when it may be forgotten only grows, and is never later than its time', () => {
  fc.assert(
    fc.property(anyOrder, anyStep, ({ order, at }, step) => {
      if (!order) return
      const next = stepped(order, step, order.seq + 1, at + 60_000)
      assert.ok(next && keptSince(next) >= keptSince(order))
      assert.ok(keptSince(order) + dayMs <= (erasesAt(order, dayMs) ?? 0))
    }),
    runs,
  )
})

function orderOf(...numbers: string[]): Order {
  const order = orderAfter(numbers.map((number) => updateFrom(streamExample(number))))
  assert.ok(order)
  return order
}

test('a done order is forgotten when its time of keeping is over, counted from its end', () => {
  const order = orderOf('00', '05')
  assert.ok(order.endedAt !== null)
  assert.equal(erasesAt(order, dayMs), order.endedAt + dayMs)
  assert.equal(erasesAt(order, hourMs), order.endedAt + hourMs)
  const spokenOf = { ...order, heardAt: order.heardAt + 5 * hourMs }
  assert.equal(erasesAt(spokenOf, dayMs), order.endedAt + dayMs)
})

test('an order without an end is forgotten a time of keeping after its last word, but a day at least', () => {
  const order = orderOf('00')
  assert.equal(erasesAt(order, dayMs), order.heardAt + dayMs)
  assert.equal(erasesAt(order, 2 * dayMs), order.heardAt + 2 * dayMs)
  assert.equal(erasesAt(order, hourMs), order.heardAt + dayMs)
})

test('an order for later keeps its people until a day after it is due, within a month', () => {
  const order = orderOf('20')
  const later = { ...order, requestedFor: order.heardAt + 3 * dayMs }
  assert.equal(erasesAt(later, dayMs), order.heardAt + 4 * dayMs)
  const wrong = { ...order, requestedFor: order.heardAt + 3_000 * dayMs }
  assert.equal(erasesAt(wrong, dayMs), order.heardAt + 32 * dayMs)
})

test('an order on hold is forgotten when the hold is over, or its time, if that is later', () => {
  const order = orderOf('00', '05')
  const at = Number(order.endedAt) + hourMs
  const held = hold(order, at + holdMs, { at, seq: 9 })
  assert.deepEqual([held.seq, held.heldUntil], [9, at + 14 * dayMs])
  assert.equal(erasesAt(held, dayMs), at + holdMs)
  const released = hold(held, at + 60_000, { at: at + 60_000, seq: 10 })
  assert.equal(erasesAt(released, dayMs), erasesAt(order, dayMs))
  assert.equal(forget(released, { at, seq: 11 })?.heldUntil, null)
})

test('the platform and what was ordered stay, who ordered and what they wrote does not', () => {
  const order = orderOf('20')
  assert.equal(order.customers[0]?.name, 'Jane Doe')
  const forgotten = forget(order, { at: 1, seq: 5 })
  assert.deepEqual(forgotten?.items[0], { ...order.items[0], instructions: null, customerId: null })
  assert.deepEqual([forgotten?.customers, forgotten?.source], [[], 'uber'])
  const driven = orderAfter([statusUpdate('in_progress', undefined, { source: 'doordash', name: 'Ann' })])
  assert.equal(driven && forget(driven, { at: 1, seq: 5 })?.source, 'doordash')
})

test('an order that left the board stays away when it is forgotten', () => {
  const order = { ...newOrder(locationId, orderId, 0, 1), leftBoard: { at: 5, why: 'yesterday' as const } }
  assert.deepEqual(forget(order, { at: 9, seq: 2 })?.leftBoard, order.leftBoard)
})
