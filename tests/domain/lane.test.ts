import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decide } from '#domain/decide.ts'
import { attentionRank, laneOf } from '#domain/lane.ts'
import type { Order } from '#domain/order.ts'
import type { OrderUpdate } from '#domain/order-update.ts'
import { act } from '#domain/staff-action.ts'
import { locationId, orderAfter, orderId, statusUpdate } from '#tests/fixtures/play.ts'

const ann = { name: 'Ann' }
const cancel: OrderUpdate = { type: 'order.canceled', locationId, orderId }

function after(...updates: OrderUpdate[]): Order {
  return orderAfter(updates) ?? assert.fail('no order')
}

describe('the place inside the attention lane', () => {
  const ranked: [what: string, rank: number, updates: OrderUpdate[]][] = [
    ['cancelled with the food here', 0, [statusUpdate('in_progress'), cancel]],
    ['cancelled with the driver here', 0, [statusUpdate(undefined, 'arrived_at_pickup', ann), cancel]],
    [
      'the driver taken off after arrival',
      0,
      [statusUpdate(undefined, 'arrived_at_pickup', ann), statusUpdate(undefined, 'pending')],
    ],
    ['a return at the door', 1, [statusUpdate(undefined, 'arrived_at_return')]],
    ['a return that was handed in', 1, [statusUpdate(undefined, 'returned')]],
    ['no driver found', 2, [statusUpdate(undefined, 'failed_to_assign_driver')]],
    ['a driver who could not collect', 2, [statusUpdate(undefined, 'failed_to_pickup', ann)]],
    ['failed with the food here', 2, [statusUpdate('failed')]],
    ['failed on the way', 3, [statusUpdate(undefined, 'enroute_to_dropoff'), statusUpdate('failed')]],
    ['cancelled on the way', 3, [statusUpdate(undefined, 'enroute_to_dropoff'), cancel]],
    ['coming back', 3, [statusUpdate(undefined, 'enroute_to_return')]],
  ]

  for (const [what, rank, updates] of ranked) {
    test(`${what} is ${rank}`, () => {
      const order = after(...updates)
      assert.equal(laneOf(order), 'attention')
      assert.equal(attentionRank(order), rank)
    })
  }

  test('a bag given to another driver comes first', () => {
    const here = after(statusUpdate('ready_for_pickup', 'arrived_at_pickup', ann))
    const given = act(here, { name: 'hand-over', actionId: 'a', seenSeq: 1 }, 'counter', { at: 2_000_000, seq: 2 })
    assert.equal(laneOf(given.order), 'on_the_way')
    const sent = statusUpdate(undefined, 'enroute_to_pickup', { name: 'Bob' })
    const { order } = decide(given.order, sent, { at: 2_001_000, seq: 3, prepTimeMinutes: null })
    assert.equal(laneOf(order), 'attention')
    assert.equal(attentionRank(order), 0)
  })
})
