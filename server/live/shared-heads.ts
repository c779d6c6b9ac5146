/** One reading of heads for all who ask within a turn of the event loop: it begins after the last of them has asked. */
import type { Boards, Head } from '../store/boards.ts'

export type ReadHeads = Boards['heads']

export function shareHeads(read: ReadHeads): ReadHeads {
  let asked: { ids: Set<string>; heads: Promise<Map<string, Head>> } | null = null
  return (locationIds) => {
    if (!asked) {
      const ids = new Set<string>()
      const heads = nextTurn().then(() => {
        asked = null
        return read([...ids])
      })
      asked = { ids, heads }
    }
    for (const id of locationIds) asked.ids.add(id)
    return asked.heads
  }
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
