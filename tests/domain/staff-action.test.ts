import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { currentAssignment, type Order } from '#domain/order.ts'
import type { OrderUpdate } from '#domain/order-update.ts'
import { orderView } from '#domain/order-view.ts'
import type { StaffAction } from '#domain/protocol.ts'
import { act } from '#domain/staff-action.ts'
import { orderAfter, statusUpdate } from '#tests/fixtures/play.ts'

const ann = { name: 'Ann', passcode: '1234 ab' }
const at = Date.parse('2026-06-10T12:00:00Z')

function after(...updates: OrderUpdate[]): Order {
  return orderAfter(updates) ?? assert.fail('no order')
}

const here = after(statusUpdate('ready_for_pickup', 'arrived_at_pickup', ann))

type WithoutId<Action> = Action extends StaffAction ? Omit<Action, 'actionId' | 'seenSeq'> : never

const tap = (order: Order, action: WithoutId<StaffAction>, seenSeq = order.seq) =>
  act(order, { actionId: 'a', seenSeq, ...action } as StaffAction, 'Counter 1', { at, seq: order.seq + 1 })

describe('what staff add', () => {
  test('each is a change of its own, with the screen and the time', () => {
    const { outcome, order } = tap(here, { name: 'hand-over', passcode: '1234AB', foundBy: 'number' })
    assert.equal(outcome, 'changed')
    assert.equal(order.seq, 2)
    assert.deepEqual(orderView(order).handedOver, {
      at: '2026-06-10T12:00:00.000Z',
      by: 'Counter 1',
      to: 'Ann',
      verified: 'passcode',
      foundBy: 'number',
    })
  })

  test('a passcode counts whatever its case and spaces, and nothing else of it may differ', () => {
    const outcomeOf = (passcode: string) => tap(here, { name: 'hand-over', passcode }).outcome
    assert.deepEqual(['1234 ab', '1234AB', ' 1 2 3 4 a b', '１２３４ab'].map(outcomeOf), Array(4).fill('changed'))
    assert.deepEqual(['1234', '1234-ab', '', '1234 ba'].map(outcomeOf), Array(4).fill('refused'))
  })

  test('a passcode where none is known is a wrong one', () => {
    const order = after(statusUpdate(undefined, 'arrived_at_pickup', { name: 'Ann' }))
    const decision = tap(order, { name: 'hand-over', passcode: '1' })
    assert.equal(decision.outcome === 'refused' && decision.reason, 'wrong_passcode')
  })

  test('what was asked of an earlier driver is refused before the passcode is looked at', () => {
    const replaced = after(
      statusUpdate(undefined, 'arrived_at_pickup', ann),
      statusUpdate(undefined, 'arrived_at_pickup', { name: 'Bob', passcode: '9' }),
    )
    const decision = tap(replaced, { name: 'hand-over', passcode: '1234 ab' }, 1)
    assert.equal(decision.outcome === 'refused' && decision.reason, 'driver_changed')
  })

  test('here keeps the first time and takes the newest note', () => {
    const first = tap(after(statusUpdate('in_progress')), { name: 'here', note: 'spot 4' }).order
    const again: StaffAction = { name: 'here', actionId: 'b', seenSeq: 2, note: 'spot 5' }
    const second = act(first, again, 'Kitchen', { at: at + 60_000, seq: 3 })
    assert.deepEqual(currentAssignment(second.order).here, { at, by: 'Kitchen', note: 'spot 5' })
  })

  test('not ready after all starts the time of being ready anew', () => {
    const notReady = tap(here, { name: 'not-ready' }).order
    assert.equal(notReady.readyAt, null)
    assert.equal(tap(notReady, { name: 'ready' }).order.readyAt, at)
  })

  test('seen without an answer is the first answer of that problem', () => {
    const cancelled = after(statusUpdate('in_progress'), statusUpdate('dsp_canceled'))
    const { order } = tap(cancelled, { name: 'seen', problem: 2 })
    assert.deepEqual(order.problems[0]?.seen, { at, by: 'Counter 1', answer: 'not_made' })
  })

  test('seen says what is answered, and only what can be', () => {
    const cancelled = after(statusUpdate('in_progress'), statusUpdate('dsp_canceled'))
    const decision = tap(cancelled, { name: 'seen', problem: 2, answer: 'make_again' })
    assert.equal(decision.outcome === 'refused' && decision.reason, 'no_such_answer')
    assert.equal(decision.order, cancelled)
  })

  test('the time in a lane starts anew with another lane, and only then', () => {
    const noted = tap(here, { name: 'here', note: 'blue Kia' }).order
    assert.equal(noted.laneSince, here.laneSince)
    assert.equal(tap(noted, { name: 'hand-over' }).order.laneSince, at)
  })
})
