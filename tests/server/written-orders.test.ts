import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newOrder } from '#domain/order.ts'
import { createWrittenOrders, generationMs } from '#server/store/postgres/written-orders.ts'

const one = newOrder('north', 'one', 1, 1)

test('an order is known by the number of the transaction that wrote it, of which a row keeps 32 bits', () => {
  const written = createWrittenOrders()
  written.keep(new Map([['one', one]]), String(2n ** 32n * 5n + 7n))
  assert.deepEqual(written.get('one'), { order: one, by: '7' })
  assert.equal(written.get('two'), null)
  written.forget()
  assert.equal(written.get('one'), null)
  written.stop()
})

test('an order that left the board, and one that nobody asked us about for a while, are let go', ({ mock }) => {
  mock.timers.enable({ apis: ['setInterval'] })
  const written = createWrittenOrders()
  written.keep(
    new Map([
      ['one', one],
      ['two', one],
    ]),
    '1',
  )
  mock.timers.tick(generationMs)
  assert.equal(written.get('one')?.by, '1')
  const again = { ...one, seq: 2 }
  written.keep(
    new Map([
      ['one', again],
      ['two', { ...one, leftBoard: { at: 1, why: 'done' as const } }],
    ]),
    '2',
  )
  assert.equal(written.get('one')?.order, again)
  assert.equal(written.get('two'), null)
  mock.timers.tick(generationMs)
  assert.equal(written.get('one')?.by, '2')
  mock.timers.tick(generationMs)
  assert.equal(written.get('one'), null)
  written.stop()
})
