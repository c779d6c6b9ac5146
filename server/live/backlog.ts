/**
 * The answer to a cursor: all that changed above it, or a snapshot; never a part. When many come back at once, most have
 * missed nothing or only what changed last, which is still in memory. The others of a location have missed the same:
 * questions of one moment share their reading, which begins after the last of them has asked.
 */
import type { Backlog, Cursor } from '#domain/board.ts'
import type { AnyView } from '#domain/protocol.ts'
import { nextTurn } from '../next-turn.ts'
import type { Boards } from '../store/boards.ts'
import type { Epochs } from './epochs.ts'
import type { RecentChanges } from './recent-changes.ts'
import type { ReadHeads } from './shared-heads.ts'
import { type Sight, viewOf } from './sight.ts'

export type ReadBacklog = (locationId: string, sight: Sight, cursor: Cursor | null) => Promise<Backlog<AnyView>>

type Settings = {
  boards: Pick<Boards, 'read'>
  headsOf: ReadHeads
  recent: RecentChanges
  epochs: Epochs
  now: () => number
}

export function createBacklog({ boards, headsOf, recent, epochs, now }: Settings): ReadBacklog {
  const underWay = new Map<string, Promise<Backlog<AnyView>>>()

  const answerOf = (epoch: string, head: { seq: number; checksum: number }) => ({
    epoch,
    seq: head.seq,
    serverTime: new Date(now()).toISOString(),
    checksum: head.checksum,
  })

  /** @param after null: a snapshot */
  async function read(locationId: string, sight: Sight, after: number | null): Promise<Backlog<AnyView>> {
    const epoch = epochs(locationId, sight)
    const view = viewOf[sight]
    if (after !== null) {
      const { head, orders } = await boards.read(locationId, after)
      if (orders && after <= head.seq) return { kind: 'changes', ...answerOf(epoch, head), orders: orders.map(view) }
    }
    const { head, orders } = await boards.read(locationId, null)
    return { kind: 'snapshot', ...answerOf(epoch, head), orders: (orders ?? []).map(view) }
  }

  function readTogether(locationId: string, sight: Sight, after: number | null): Promise<Backlog<AnyView>> {
    const key = JSON.stringify([locationId, sight, after])
    const known = underWay.get(key)
    if (known) return known
    const reading = nextTurn().then(() => {
      underWay.delete(key)
      return read(locationId, sight, after)
    })
    underWay.set(key, reading)
    return reading
  }

  return async (locationId, sight, cursor) => {
    const epoch = epochs(locationId, sight)
    if (cursor?.epoch !== epoch) return readTogether(locationId, sight, null)
    const head = (await headsOf([locationId])).get(locationId)
    const orders = head?.seq === cursor.seq ? [] : head && recent.between(locationId, cursor.seq, head.seq)
    if (head && orders) return { kind: 'changes', ...answerOf(epoch, head), orders: orders.map(viewOf[sight]) }
    return readTogether(locationId, sight, cursor.seq)
  }
}
