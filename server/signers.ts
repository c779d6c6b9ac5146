/**
 * From where signed webhooks come. A signature is over the whole body, so that a body is read before it is known whose
 * it is: of an address from which nobody has signed anything yet, a few at a time.
 */
const knownForMs = 10 * 60_000
const maximumKnown = 1_000
const maximumUnderWay = 8

export type Signers = {
  /** Somebody has signed something from there in the last minutes. */
  isKnown: (address: string) => boolean
  noteKnown: (address: string) => void
  /** Begins one body of an address that is not known; @returns what ends it, or null when too many are under way */
  begin: (address: string) => (() => void) | null
}

/** @param now epoch milliseconds */
export function createSigners(now: () => number): Signers {
  /** When each was known last, the longest ago first. */
  const known = new Map<string, number>()
  const underWay = new Map<string, number>()
  return {
    isKnown: (address) => now() - (known.get(address) ?? Number.NEGATIVE_INFINITY) < knownForMs,
    noteKnown: (address) => {
      known.delete(address)
      known.set(address, now())
      const [oldest] = known.keys()
      if (known.size > maximumKnown && oldest !== undefined) known.delete(oldest)
    },
    begin: (address) => {
      const count = underWay.get(address) ?? 0
      if (count >= maximumUnderWay) return null
      underWay.set(address, count + 1)
      return () => {
        const left = (underWay.get(address) ?? 1) - 1
        if (left === 0) underWay.delete(address)
        else underWay.set(address, left)
      }
    },
  }
}
