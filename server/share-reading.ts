import { nextTurn } from './next-turn.ts'

/**
 * Readings that are shared: one at a time, each for all who asked before it began. The more ask, the more share one. A
 * reading that failed fails those who asked for it, and nobody after them.
 */
export function shareReading<Result>(read: () => Promise<Result>): () => Promise<Result> {
  let next: Promise<Result> | null = null
  let underWay: Promise<unknown> = Promise.resolve()
  return () => {
    if (next === null) {
      next = Promise.all([underWay, nextTurn()]).then(() => {
        next = null
        return read()
      })
      underWay = next.catch(() => undefined)
    }
    return next
  }
}
