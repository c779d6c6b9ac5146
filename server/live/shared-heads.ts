/** Heads for all who ask at one moment by one reading. */
import { shareReading } from '../share-reading.ts'
import type { Boards } from '../store/boards.ts'

export type ReadHeads = Boards['heads']

export function shareHeads(read: ReadHeads): ReadHeads {
  let asked = new Set<string>()
  const readAsked = shareReading(() => {
    const ids = [...asked]
    asked = new Set()
    return read(ids)
  })
  return (locationIds) => {
    for (const id of locationIds) asked.add(id)
    return readAsked()
  }
}
