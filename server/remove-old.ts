/** Removes what is older than the time of keeping facts. What happened last to an order tells its age. */
import { nextTurn } from './next-turn.ts'
import { type Past, rowsAtOnce } from './store/past.ts'
import type { Writer } from './store/writer.ts'
import { storePast } from './store-past.ts'

/** Actions do not stand in the order of time: so many pieces of their table are looked through at a time, in turn. */
const piecesOfActions = 20

type Settings = {
  past: Past
  writer: Writer
  now: () => number
  /** Then it ends early: what is left is found again. */
  isStopping: () => boolean
}

/**
 * @returns a function that removes what is from `by` or earlier, epoch milliseconds, and tells how many rows; it throws
 * when the database does not do its work
 */
export function createRemoveOld({ past, writer, now, isStopping }: Settings) {
  const store = storePast(writer, now)
  let place = { locationId: '', actionId: '' }

  /** Rows of a table that grows by time, up to the last that is old, piece by piece. */
  async function inOrder<Row extends { id: number; at: number }>(
    by: number,
    read: (after: number) => Promise<Row[]>,
    remove: (old: readonly Row[]) => Promise<void>,
  ): Promise<number> {
    let removed = 0
    let after = 0
    while (!isStopping()) {
      const rows = await read(after)
      const old = rows.slice(0, rows.findLastIndex(({ at }) => at <= by) + 1)
      const last = old.at(-1)
      if (!last) break
      await remove(old)
      removed += old.length
      after = last.id
      if (old.length < rowsAtOnce) break
      await nextTurn()
    }
    return removed
  }

  function ofChanges(by: number): Promise<number> {
    return inOrder(by, past.changesAfter, async (old) => {
      const orders = old.filter(({ isLast }) => isLast)
      const keys = orders.map(({ locationId, orderId }) => [locationId, orderId])
      await store({
        oldChanges: old.map(({ id }) => [id]),
        oldOrders: orders.map(({ locationId, orderId, seq }) => [locationId, orderId, seq]),
        oldItems: keys,
        oldAssignments: keys,
        oldCustomers: keys,
        heardWordsAfterEnd: keys,
      })
    })
  }

  function ofReceipts(by: number): Promise<number> {
    return inOrder(by, past.removableReceiptsAfter, (old) => store({ oldReceipts: old.map(({ id }) => [id]) }))
  }

  async function ofRefusals(by: number): Promise<number> {
    let removed = 0
    for (;;) {
      const old = (await past.refusalsAfter(0n)).filter(({ at }) => at <= by)
      await store({ agedRefusals: old.map(({ id }) => [String(id)]) })
      removed += old.length
      if (old.length < rowsAtOnce) return removed
      await nextTurn()
    }
  }

  async function ofActions(by: number): Promise<number> {
    let removed = 0
    for (let piece = 0; piece < piecesOfActions && !isStopping(); piece += 1) {
      const rows = await past.actionsAfter(place.locationId, place.actionId)
      const old = rows.filter(({ at, isHeld }) => at <= by && !isHeld)
      await store({ oldActions: old.map(({ locationId, actionId }) => [locationId, actionId]) })
      removed += old.length
      const last = rows.at(-1)
      place = last && rows.length === rowsAtOnce ? last : { locationId: '', actionId: '' }
      if (place.locationId === '') break
      await nextTurn()
    }
    return removed
  }

  return async (by: number): Promise<number> =>
    (await ofChanges(by)) + (await ofReceipts(by)) + (await ofRefusals(by)) + (await ofActions(by))
}
