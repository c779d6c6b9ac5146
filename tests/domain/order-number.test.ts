import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { easilyConfused, spokenNumber } from '#domain/order-number.ts'

describe('the number that is spoken', () => {
  const spoken: [number: string, expected: string][] = [
    ['ORDER-456', '456'],
    ['#12', '12'],
    ['12345', '12345'],
    ['123456', '3456'],
    ['ORDER-12345', '12345'],
    ['#A-00123456', '3456'],
    ['4F2B', '4F2B'],
    ['BF4F2B9', '4F2B9'],
    ['1-2-3-4-5', '-4-5'],
    ['ABC', 'ABC'],
    ['ABCDEFGH', 'EFGH'],
    ['#', '#'],
    ['  #7 ', '7 '],
    ['№ ٤٥٦', '٤٥٦'],
    ['pos_order_123', '123'],
    ['🍕🍔🌮🌯🥗🍣', '🌮🌯🥗🍣'],
    ['👩‍🍳👨‍👩‍👧🍕🍔🌮🌯', '🍕🍔🌮🌯'],
  ]

  for (const [number, expected] of spoken) {
    test(`${number} is said ${expected}`, () => assert.equal(spokenNumber(number), expected))
  }
})

describe('numbers that could be taken for one another', () => {
  test('those that share the last three characters', () => {
    assert.deepEqual(easilyConfused(['1456', '2456', '3457']), new Set(['1456', '2456']))
  })

  test('the same number twice', () => {
    assert.deepEqual(easilyConfused(['12', '12', '13']), new Set(['12']))
  })

  test('a short number, and one that ends with it', () => {
    assert.deepEqual(easilyConfused(['456', '1456', '56']), new Set(['456', '1456']))
  })

  test('none among none, one, or different ones', () => {
    assert.deepEqual(easilyConfused([]), new Set())
    assert.deepEqual(easilyConfused(['456']), new Set())
    assert.deepEqual(easilyConfused(['456', '457']), new Set())
  })
})
