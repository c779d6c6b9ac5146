/** The answer to a cursor: all that changed above it, or a snapshot; never a part. */
import type { Backlog, Cursor } from '#domain/board.ts'
import type { AnyView } from '#domain/protocol.ts'
import type { Boards } from '../store/boards.ts'
import type { Epochs } from './epochs.ts'
import { type Sight, viewOf } from './sight.ts'

export type ReadBacklog = (locationId: string, sight: Sight, cursor: Cursor | null) => Promise<Backlog<AnyView>>

export function createBacklog(boards: Boards, epochs: Epochs, now: () => number): ReadBacklog {
  return async (locationId, sight, cursor) => {
    const epoch = epochs(locationId, sight)
    const view = viewOf[sight]
    const answer = (head: { seq: number; checksum: number }) => ({
      epoch,
      seq: head.seq,
      serverTime: new Date(now()).toISOString(),
      checksum: head.checksum,
    })
    if (cursor && cursor.epoch === epoch) {
      const { head, orders } = await boards.read(locationId, cursor.seq)
      if (orders && cursor.seq <= head.seq) return { kind: 'changes', ...answer(head), orders: orders.map(view) }
    }
    const { head, orders } = await boards.read(locationId, null)
    return { kind: 'snapshot', ...answer(head), orders: (orders ?? []).map(view) }
  }
}
