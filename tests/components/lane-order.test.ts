import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inOrder, isLater } from '#components/board/lane-order.ts'
import { createLaneStore } from '#components/board/lane-store.ts'
import type { OrderView } from '#domain/order-view.ts'
import { exampleOrder, minutesFromNow, now } from './order-view-example.ts'

const ids = (orders: readonly OrderView[]) => orders.map((order) => order.id)

test('what is due first stands first, and an order without a promise as if due after 20 minutes', () => {
  const orders = [
    exampleOrder({ id: 'due in 20', dueAt: minutesFromNow(20) }),
    exampleOrder({ id: 'seen 6 minutes ago' }),
    exampleOrder({ id: 'due in 5', dueAt: minutesFromNow(5) }),
  ]
  assert.deepEqual(ids(inOrder(orders)), ['due in 5', 'seen 6 minutes ago', 'due in 20'])
})

test('in attention the rank decides, then the age', () => {
  const orders = [
    exampleOrder({ id: 'left', lane: 'attention', attentionRank: 3 }),
    exampleOrder({ id: 'new', lane: 'attention', times: { laneSince: minutesFromNow(-1) } }),
    exampleOrder({ id: 'old', lane: 'attention', times: { laneSince: minutesFromNow(-9) } }),
  ]
  assert.deepEqual(ids(inOrder(orders)), ['old', 'new', 'left'])
})

test('an order is for later until it has to be started', () => {
  const order = exampleOrder({ startAt: minutesFromNow(1) })
  assert.equal(isLater(order, now), true)
  assert.equal(isLater(order, now + 60_000), false)
})

test('a lane stays the same array while none of its orders changes', () => {
  const preparing = exampleOrder({ id: 'preparing' })
  let orders = [preparing, exampleOrder({ id: 'ready', lane: 'ready', kitchen: 'ready' })]
  const store = createLaneStore({ subscribe: () => () => undefined, orders: () => orders })
  const before = store.lanes()
  assert.equal(store.lanes(), before)
  orders = [preparing, exampleOrder({ id: 'ready', lane: 'ready', kitchen: 'ready', seq: 2 })]
  assert.equal(store.lanes().preparing, before.preparing)
  assert.notEqual(store.lanes().ready, before.ready)
})
