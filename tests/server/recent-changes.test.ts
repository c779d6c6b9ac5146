/** What is remembered of the last changes answers a cursor exactly, or says that it cannot. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Order } from '#domain/order.ts'
import { createRecentChanges } from '#server/live/recent-changes.ts'
import type { CommittedChange } from '#server/store/batch.ts'

const change = (locationId: string, seq: number, id: string, items = 0): CommittedChange => ({
  locationId,
  seq,
  order: { locationId, id, seq, items: Array.from({ length: items }, () => ({ modifiers: [] })) } as unknown as Order,
  at: 0,
})

/** Changes 1 … n of a location, each of one of some orders. */
const series = (ids: readonly number[]) => ids.map((id, index) => change('north', index + 1, `order ${id}`))

const seqsById = (orders: readonly Order[]) => Object.fromEntries(orders.map(({ id, seq }) => [id, seq]))

test('every order that changed above the cursor, as it is at the head; beyond what is kept, nothing', () => {
  const ids = fc.array(fc.nat({ max: 100 }), { minLength: 1, maxLength: 300 })
  fc.assert(
    fc.property(ids, fc.nat({ max: 300 }), fc.nat({ max: 300 }), (orderIds, after, cut) => {
      const recent = createRecentChanges()
      const changes = series(orderIds)
      recent.note(changes.slice(0, cut))
      recent.note(changes.slice(cut))
      const missed = changes.filter(({ seq }) => seq > after)
      const told = recent.between('north', after, changes.length)
      if (after > changes.length) return assert.equal(told, null)
      if (new Set(changes.map(({ order }) => order.id)).size <= 32) assert.ok(told, 'it is all kept')
      if (told) assert.deepEqual(seqsById(told), seqsById(missed.map(({ order }) => order)))
    }),
  )
})

test('a head that the database does not have, or has passed, is not answered', () => {
  const recent = createRecentChanges()
  recent.note(series([1, 2, 3]))
  assert.equal(recent.between('north', 1, 2), null)
  assert.equal(recent.between('north', 1, 4), null)
  assert.equal(recent.between('south', 0, 0), null)
  assert.equal(recent.between('north', 2, 3)?.length, 1)
})

test('a change that was not heard of makes a location forget what was before it', () => {
  const recent = createRecentChanges()
  recent.note(series([1, 2, 3]))
  recent.note([change('north', 5, 'order 9')])
  assert.equal(recent.between('north', 3, 5), null)
  assert.deepEqual(seqsById(recent.between('north', 4, 5) ?? []), { 'order 9': 5 })
})

test('what is kept is bounded: by orders in a location, by their weight in all', () => {
  const recent = createRecentChanges()
  recent.note(series(Array.from({ length: 33 }, (_, index) => index)))
  assert.equal(recent.between('north', 0, 33), null, 'the oldest of 33 is gone')
  assert.equal(recent.between('north', 1, 33)?.length, 32)
  recent.note([change('south', 1, 'large', 310_000)])
  assert.equal(recent.between('north', 1, 33)?.length, 32)
  recent.note([change('east', 1, 'large', 50_000)])
  assert.equal(recent.between('north', 32, 33), null, 'the longest unchanged goes first')
  assert.equal(recent.between('south', 0, 1), null)
  assert.equal(recent.between('east', 0, 1)?.length, 1)
})
