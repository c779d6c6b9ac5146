import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checksumAfter, orderHash } from '#domain/checksum.ts'

describe('the checksum of a board', () => {
  // Computed apart from this code, from the written definition: other programs keep the same sum.
  const vectors: [id: string, seq: number, hash: number][] = [
    ['', 0, 91_794_203],
    ['a', 1, 2_000_387_701],
    ['pos_order_123', 1, 4_242_345_487],
    ['pos_order_123', 2, 3_494_067_447],
    ['pos_order_124', 1, 780_525_887],
    ['주문-7', 7, 1_728_846_294],
    ['🍕', 4_294_967_295, 2_633_129_716],
  ]

  test('the hash of an order is the one that is written down', () => {
    for (const [id, seq, hash] of vectors) assert.equal(orderHash(id, seq), hash, `${id} at ${seq}`)
  })

  const placed = vectors.map(([id, seq]) => ({ id, seq, onBoard: true }))
  const sumOf = (orders: readonly { id: string; seq: number; onBoard: boolean }[]) =>
    orders.reduce((checksum, order) => checksumAfter(checksum, null, order), 0)

  test('a sum over orders does not depend on their order, and wraps at 2^32', () => {
    const total = vectors.reduce((sum, [, , hash]) => sum + hash, 0)
    assert.ok(total > 2 ** 32)
    assert.equal(sumOf(placed), total % 2 ** 32)
    assert.equal(sumOf([...placed].reverse()), sumOf(placed))
  })

  test('an order that changes is taken away as it was and added as it is', () => {
    const before = { id: 'pos_order_123', seq: 1, onBoard: true }
    const after = { id: 'pos_order_123', seq: 2, onBoard: true }
    assert.equal(checksumAfter(sumOf([before]), before, after), sumOf([after]))
  })

  test('an order that leaves takes its share along, and brings it back', () => {
    const [order, ...others] = placed
    assert.ok(order)
    const left = { ...order, seq: order.seq + 1, onBoard: false }
    assert.equal(checksumAfter(sumOf(placed), order, left), sumOf(others))
    assert.equal(checksumAfter(sumOf(others), left, order), sumOf(placed))
    assert.equal(checksumAfter(5, null, left), 5)
  })
})
