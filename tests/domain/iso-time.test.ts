import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { iso } from '#domain/iso-time.ts'

const furthest = 8.64e15

test('a moment is written as Date writes it', () => {
  const moment = fc.oneof(
    fc.integer({ min: -furthest, max: furthest }),
    fc.double({ min: -furthest, max: furthest, noNaN: true }),
    fc.constantFrom(0, -1, -0.5, 12.7, 999, 1_000, furthest, -furthest),
  )
  fc.assert(
    fc.property(moment, (at) => {
      assert.equal(iso(at), new Date(at).toISOString())
    }),
  )
})

test('so it is of more seconds than are remembered, and again', () => {
  for (let second = 0; second < 45_000; second += 1) {
    const at = Date.UTC(2026, 0, 1) + (second % 22_000) * 1_000 + (second % 1_000)
    assert.equal(iso(at), new Date(at).toISOString())
  }
})

test('unknown is null, and what is no moment is refused', () => {
  assert.equal(iso(null), null)
  for (const at of [Number.NaN, Number.POSITIVE_INFINITY, furthest + 1]) assert.throws(() => iso(at), RangeError)
})
