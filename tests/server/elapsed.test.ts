import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createElapsed } from '#components/live/elapsed.ts'

/** Two clocks that a test moves. */
function clocks(startMonotonic = 5, startWall = 1_000_000) {
  let monotonic = startMonotonic
  let wall = startWall
  const elapsed = createElapsed(
    () => monotonic,
    () => wall,
  )
  return {
    elapsed,
    move: (by: { monotonic?: number; wall?: number }) => {
      monotonic += by.monotonic ?? 0
      wall += by.wall ?? 0
      return elapsed()
    },
  }
}

test('nothing has passed at first', () => {
  assert.equal(clocks().elapsed(), 0)
})

test('time passes by both clocks alike', () => {
  const { move } = clocks()
  assert.deepEqual([move({ monotonic: 10, wall: 10 }), move({ monotonic: 5, wall: 5 })], [10, 15])
})

test('a monotonic clock that stands still while the device sleeps does not stop time', () => {
  const { move } = clocks()
  move({ monotonic: 10, wall: 10 })
  assert.equal(move({ wall: 60_000 }), 60_010)
  assert.equal(move({ monotonic: 10, wall: 10 }), 60_020)
})

test('a wall clock that is set back takes no time away', () => {
  const { move } = clocks()
  move({ monotonic: 10, wall: 10 })
  assert.equal(move({ monotonic: 10, wall: -3_600_000 }), 20)
  assert.equal(move({ monotonic: 10, wall: 10 }), 30)
})

test('a wall clock that jumps forward counts, and does not hide that it stands still afterwards', () => {
  const { move } = clocks()
  assert.equal(move({ monotonic: 10, wall: 3_600_000 }), 3_600_000)
  assert.equal(move({ monotonic: 10 }), 3_600_010)
  assert.equal(move({ wall: 10 }), 3_600_020)
})

test('time never goes back, whatever the clocks do', () => {
  const { elapsed, move } = clocks()
  let before = elapsed()
  const steps = [-5, 0, 7, -100, 3, 1_000_000, -1_000_000, 2]
  for (const [index, monotonic] of steps.entries()) {
    const now = move({ monotonic, wall: steps[(index * 3) % steps.length] ?? 0 })
    assert.ok(now >= before, `${before} became ${now}`)
    before = now
  }
})

test('asking twice at one moment answers the same', () => {
  const { elapsed, move } = clocks()
  assert.equal(move({ monotonic: 10, wall: 20 }), 20)
  assert.equal(elapsed(), 20)
})

test('the clocks of the page move by themselves', () => {
  const elapsed = createElapsed()
  const until = performance.now() + 2
  while (performance.now() < until);
  assert.ok(elapsed() >= 2)
})
