/**
 * Readings of heads that are shared: one at a time, each for all who asked before it began. The more ask, the more share
 * one.
 */
import { nextTurn } from '../next-turn.ts'
import type { Boards, Head } from '../store/boards.ts'

export type ReadHeads = Boards['heads']

export function shareHeads(read: ReadHeads): ReadHeads {
  let next: { ids: Set<string>; heads: Promise<Map<string, Head>> } | null = null
  let underWay: Promise<unknown> = Promise.resolve()

  function begin(): NonNullable<typeof next> {
    const ids = new Set<string>()
    const heads = Promise.all([underWay, nextTurn()]).then(() => {
      next = null
      return read([...ids])
    })
    // A reading that failed fails those who asked for it, and nobody after them.
    underWay = heads.catch(() => undefined)
    return { ids, heads }
  }

  return (locationIds) => {
    next ??= begin()
    for (const id of locationIds) next.ids.add(id)
    return next.heads
  }
}
