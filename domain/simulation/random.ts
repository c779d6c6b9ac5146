/** A seeded generator: the same seed tells the same, everywhere. Not for secrets. */

export type Random = {
  /** From 0 up to, but not including, 1. */
  next(): number
  /** True in this share of cases. */
  chance(share: number): boolean
  /** A number from `low` up to, but not including, `high`. */
  between(low: number, high: number): number
  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number
  /** One of a list that is not empty. */
  pick<Value>(list: readonly Value[]): Value
  /** One of a list that is not empty, each as often as its weight says. */
  weighted<Value>(list: readonly (readonly [weight: number, value: Value])[]): Value
  /** A text of this many of the given characters. */
  text(length: number, characters: string): string
}

/**
 * A generator of its own for each of `parts`, so that what one order draws never moves another order.
 * @param parts the seed, and what tells this generator from the others of that seed
 */
export function seededRandom(...parts: number[]): Random {
  const halves = parts.flatMap((part) => [part | 0, Math.floor(part / 2 ** 32)])
  let state = halves.reduce((mixed, half) => mix(mixed ^ half) + 0x9e3779b9, 0)

  // mulberry32: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c
  function next(): number {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }

  const whole = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))

  function pick<Value>(list: readonly Value[]): Value {
    if (list.length === 0) throw new RangeError('nothing to pick from')
    return list[whole(0, list.length - 1)] as Value
  }

  function weighted<Value>(list: readonly (readonly [weight: number, value: Value])[]): Value {
    let left = next() * list.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, value] of list) {
      left -= weight
      if (left < 0) return value
    }
    return pick(list)[1]
  }

  return {
    next,
    chance: (share) => next() < share,
    between: (low, high) => low + next() * (high - low),
    whole,
    pick,
    weighted,
    text: (length, characters) => Array.from({ length }, () => pick([...characters])).join(''),
  }
}

/** Spreads neighbouring whole numbers far apart (the finaliser of MurmurHash3). */
function mix(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return bits ^ (bits >>> 16)
}
