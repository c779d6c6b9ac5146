import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  applyBacklog,
  applyChange,
  type Backlog,
  type Board,
  boardOf,
  type Change,
  type Cursor,
} from '#domain/board.ts'
import { orderHash } from '#domain/checksum.ts'
import { decide } from '#domain/decide.ts'
import { knownDetails } from '#domain/driver.ts'
import { laneOf } from '#domain/lane.ts'
import { currentAssignment, type Order } from '#domain/order.ts'
import { type OrderView, orderView } from '#domain/order-view.ts'
import { progressSteps } from '#domain/progress.ts'
import { anyStep, anyUpdate, people, runs, type Step, valuesOf } from '#tests/fixtures/arbitraries.ts'
import { locationId, orderAfter, orderId, statusUpdate, stepped } from '#tests/fixtures/play.ts'

const minuteMs = 60_000
const minutesOf = (step: Step) => (step.kind === 'wait' ? step.minutes : 1)

/** Every state that an order goes through, the times at which it did, and the step that led there. */
function statesOf(steps: readonly Step[]): { before: Order | null; after: Order | null; step: Step; at: number }[] {
  let order: Order | null = null
  let at = Date.parse('2026-06-10T12:00:00Z')
  return steps.map((step) => {
    const before = order
    at += minutesOf(step) * minuteMs
    order = stepped(before, step, (before?.seq ?? 0) + 1, at)
    return { before, after: order, step, at }
  })
}

describe('whatever comes', () => {
  test('an update sent twice changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 12 }), anyUpdate, (steps, last) => {
        for (const { after, step, at } of statesOf([...steps, { kind: 'update', update: last }])) {
          if (step.kind !== 'update' || !after) continue
          const again = decide(after, step.update, { at: at + 5000, seq: after.seq + 1, prepTimeMinutes: 15 })
          assert.notEqual(again.outcome, 'changed')
          assert.equal(again.order, after)
        }
      }),
      runs,
    )
  })

  test('updates of one driver come to the same, in whatever order they arrive', () => {
    const person = { name: 'Ann', phoneNumber: '+15550001', phoneCode: '11' }
    const status = fc.constantFrom(undefined, 'in_progress', 'ready_for_pickup', 'out_for_delivery')
    const told = fc
      .shuffledSubarray(progressSteps.slice(1), { minLength: 1 })
      .chain((steps) =>
        fc.tuple(...steps.map((step) => fc.tuple(status, valuesOf('Ann')).map(([said, values]) => ({ step, said, values })))),
      )
      .map((all) => all.map(({ step, said, values }) => statusUpdate(said, step, { ...person, ...values })))
    const twoOrders = told.chain((updates) =>
      fc.tuple(fc.constant(updates), fc.shuffledSubarray(updates, { minLength: updates.length })),
    )
    const outcomeOf = (order: Order | null) => {
      if (!order) throw new Error('no order')
      const current = currentAssignment(order)
      return {
        turns: order.assignments.length,
        details: knownDetails(current.said),
        reached: current.reached,
        lane: laneOf(order),
      }
    }
    fc.assert(
      fc.property(twoOrders, ([one, other]) => {
        assert.deepEqual(outcomeOf(orderAfter(other)), outcomeOf(orderAfter(one)))
      }),
      runs,
    )
  })

  test("values said with one driver's name are never on another's assignment", () => {
    const ownersOf = (order: Order) =>
      order.assignments.map((assignment) => {
        const texts = Object.values(assignment.said).flatMap((details) => Object.values(details ?? {}))
        const owners = people.map((person) => person.name)
        return owners.filter((name) => texts.some((text) => text === name || String(text).startsWith(`${name}'s `)))
      })
    const numbersAndCodesOf = (order: Order) =>
      order.assignments
        .map((assignment) => knownDetails(assignment.said))
        .filter((known) => known.phoneNumber !== undefined)
        .map(({ phoneNumber, phoneCode }) => ({ phoneNumber, phoneCode }))
    const spoken = people.map(({ phoneNumber, phoneCode }) => ({ phoneNumber, phoneCode }))
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 2, maxLength: 15 }), (steps) => {
        for (const { after } of statesOf(steps)) {
          if (!after) continue
          for (const owners of ownersOf(after)) assert.ok(owners.length <= 1, `mixed: ${owners.join(' and ')}`)
          for (const phone of numbersAndCodesOf(after)) {
            assert.ok(spoken.some((one) => one.phoneNumber === phone.phoneNumber && one.phoneCode === phone.phoneCode))
          }
        }
      }),
      runs,
    )
  })
})
