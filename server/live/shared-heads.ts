/** Heads for all who ask at one moment by one reading. */
import { shareReading } from '../share-reading.ts'
import type { Boards } from '../store/boards.ts'

export type ReadHeads = Boards['heads']

/** A screen asks every three seconds, or comes back: it can wait for others that come a moment later. */
const apartMs = 10

export function shareHeads(read: ReadHeads): ReadHeads {
  let asked = new Set<string>()
  const readAsked = shareReading(() => {
    const ids = [...asked]
    asked = new Set()
    return read(ids)
  }, apartMs)
  return (locationIds) => {
    for (const id of locationIds) asked.add(id)
    return readAsked()
  }
}
