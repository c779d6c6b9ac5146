import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shareReading } from '#server/share-reading.ts'

/** Readings that answer their number, and when each began. */
function numbered(apartMs?: number, failing: readonly number[] = []) {
  const begunAt: number[] = []
  const read = shareReading(async () => {
    const number = begunAt.push(performance.now())
    if (failing.includes(number)) throw new Error(`reading ${number} failed`)
    return number
  }, apartMs)
  return { begunAt, read }
}

test('all who ask before a reading begins share it; who asks later gets one that begins later', async () => {
  const { read } = numbered()
  assert.deepEqual(await Promise.all([read(), read(), read()]), [1, 1, 1])
  const second = read()
  await new Promise(setImmediate)
  assert.deepEqual(await Promise.all([second, read()]), [2, 3])
})

test('readings begin so far apart, and the more ask, the more share one', async () => {
  const { begunAt, read } = numbered(40)
  assert.equal(await read(), 1)
  const answers = await Promise.all(Array.from({ length: 20 }, read))
  assert.deepEqual(new Set(answers), new Set([2]))
  const [first = 0, second = 0] = begunAt
  assert.ok(second - first >= 39, 'as a timer counts milliseconds')
})

test('a reading that failed fails those who shared it, and nobody after them', async () => {
  const { read } = numbered(5, [1])
  const [one, other] = await Promise.allSettled([read(), read()])
  assert.equal(one.status, 'rejected')
  assert.equal(other.status, 'rejected')
  assert.equal(await read(), 2)
})
