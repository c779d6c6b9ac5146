import { setTimeout as wait } from 'node:timers/promises'
import { nextTurn } from './next-turn.ts'

/**
 * Readings that are shared: one at a time, each for all who asked before it began. The more ask, the more share one. A
 * reading that failed fails those who asked for it, and nobody after them.
 *
 * @param apartMs two readings begin so far apart at least; the first of a while begins at once
 */
export function shareReading<Result>(read: () => Promise<Result>, apartMs = 0): () => Promise<Result> {
  let next: Promise<Result> | null = null
  let underWay: Promise<unknown> = Promise.resolve()
  let begunAt = Number.NEGATIVE_INFINITY
  return () => {
    if (next === null) {
      const restMs = begunAt + apartMs - performance.now()
      next = Promise.all([underWay, restMs > 0 ? wait(restMs) : nextTurn()]).then(() => {
        next = null
        begunAt = performance.now()
        return read()
      })
      underWay = next.catch(() => undefined)
    }
    return next
  }
}
