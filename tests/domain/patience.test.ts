import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leastLineWithinMs, lineWithinMs } from '#domain/patience.ts'

test('a screen waits longer for its line the more may stand before it, and never without end', () => {
  assert.equal(lineWithinMs(0), leastLineWithinMs)
  assert.ok(lineWithinMs(200) < 3_000, 'a restaurant or twenty: whole again within five seconds of a fault')
  assert.ok(lineWithinMs(10_000) > 15_000, 'as long as ten thousand take')
  assert.equal(lineWithinMs(1_000_000), lineWithinMs(2_000_000))
  for (let screens = 0; screens < 20_000; screens += 500) {
    assert.ok(lineWithinMs(screens + 500) >= lineWithinMs(screens))
  }
})
