/** Forgets what was sent word for word: the bodies of receipts and refusals, by their age and by their order. */
import { isAbout } from '#domain/order-update.ts'
import { createOrderId } from './create-order-id.ts'
import { nextTurn } from './next-turn.ts'
import { parseJson } from './parse-json.ts'
import type { OrderKey, Past } from './store/past.ts'
import { rowsAtOnce } from './store/past.ts'
import type { Writer } from './store/writer.ts'
import { storePast } from './store-past.ts'

type Settings = {
  past: Past
  writer: Writer
  now: () => number
  /** Then it ends early: what is left is found again. */
  isStopping: () => boolean
}

/** Each answers how many bodies it forgot, and throws when the database does not do its work. Moments in epoch milliseconds. */
export function createForgetWords({ past, writer, now, isStopping }: Settings) {
  const store = storePast(writer, now)

  /** Receipts that came by then; those of orders on hold stay, until `ofLifetime`. */
  async function ofReceipts(by: number): Promise<number> {
    let forgotten = 0
    let place = await past.receiptsForgottenTo()
    while (!isStopping()) {
      const rows = await past.receiptsAfter(place)
      // What came before another that is old is old, too, though the clock may have been set back since.
      const old = rows.slice(0, rows.findLastIndex(({ at }) => at <= by) + 1)
      const last = old.at(-1)
      if (!last) break
      place = last.id
      const bodies = old.filter(({ hasBody, isHeld }) => hasBody && !isHeld).map(({ id }) => [id])
      await store({ receiptBodies: bodies, receiptsTo: [[place]] })
      forgotten += bodies.length
      if (old.length < rowsAtOnce) break
      await nextTurn()
    }
    return forgotten
  }

  /** Refusals that came by then: their body, and the message of their error, whose paths may quote it. */
  async function ofRefusals(by: number): Promise<number> {
    let forgotten = 0
    let place = 0n
    for (;;) {
      const rows = await past.refusalsAfter(place)
      const old = rows.filter(({ at, holdsWords }) => at <= by && holdsWords)
      if (old.length > 0) await store({ refusalBodies: old.map(({ id }) => [String(id)]) })
      forgotten += old.length
      const last = rows.at(-1)
      if (!last || rows.length < rowsAtOnce || last.at > by) return forgotten
      place = last.id
      await nextTurn()
    }
  }

  /** What came about these orders after their end, and is younger than they: found by when it came. */
  async function afterEnd(orders: readonly OrderKey[]): Promise<number> {
    const ids: number[][] = []
    const words = await past.wordsAfterEnd(orders)
    for (const { at, ...key } of words) {
      let from = await past.firstIdFrom('receipts', at)
      const to = await past.firstIdAfter('receipts', at)
      while (from < to) {
        const found = await past.piece<{ id: number | bigint }>('receipts', 'id', key, from)
        if (!found) break
        for (const { id } of found.rows) if (id < to) ids.push([Number(id)])
        from = found.next
      }
      await nextTurn()
    }
    if (words.length > 0) {
      await store({
        receiptBodies: ids,
        heardWordsAfterEnd: words.map(({ locationId, orderId }) => [locationId, orderId]),
      })
    }
    return ids.length
  }

  /** Everything that came about an order since it was first seen. */
  async function ofLifetime(order: OrderKey & { firstSeenAt: number }): Promise<number> {
    let forgotten = 0
    let from = await past.firstIdFrom('receipts', order.firstSeenAt)
    while (!isStopping()) {
      const found = await past.piece<{ id: number | bigint }>('receipts', 'id', order, from)
      if (!found) {
        await store({ heardWordsAfterEnd: [[order.locationId, order.orderId]] })
        break
      }
      const ids = found.rows.map(({ id }) => [Number(id)])
      if (ids.length > 0) await store({ receiptBodies: ids })
      forgotten += ids.length
      from = found.next
      await nextTurn()
    }
    return forgotten
  }

  /** Events of no type that we know which are about the order, since it was first seen. */
  async function ofEventsAbout(order: OrderKey & { firstSeenAt: number }): Promise<number> {
    let forgotten = 0
    for await (const { id } of eventsAbout(past, order)) {
      await store({ receiptBodies: [[Number(id)]] })
      forgotten += 1
    }
    return forgotten
  }

  /** What was refused and is about the order. What cannot be read is nobody's order's: it goes by its age. */
  async function ofRefusalsAbout(order: OrderKey): Promise<number> {
    let forgotten = 0
    let place = 0n
    for (;;) {
      const rows = await past.refusedBodiesAfter(place)
      const about: string[][] = []
      for (const { id, body } of rows) {
        if (isAbout(parseJson(body.toString()), order, createOrderId)) about.push([String(id)])
        place = id
        await nextTurn()
      }
      if (about.length > 0) await store({ refusalBodies: about })
      forgotten += about.length
      if (rows.length === 0) return forgotten
    }
  }

  return { ofReceipts, ofRefusals, afterEnd, ofLifetime, ofEventsAbout, ofRefusalsAbout }
}

type EventRow = { id: number | bigint; at: string; type: string; body: string | null }

/** What came of types that we do not know and is about an order, since it was first seen. */
export async function* eventsAbout(past: Past, order: OrderKey & { firstSeenAt: number }) {
  let from = await past.firstIdFrom('receipts', order.firstSeenAt)
  for (;;) {
    const ofNone = { locationId: order.locationId, orderId: null }
    const found = await past.piece<EventRow>('receipts', 'id, at, type, body', ofNone, from)
    if (!found) return
    for (const row of found.rows) {
      if (row.body !== null && isAbout(parseJson(row.body), order, createOrderId)) yield row
    }
    from = found.next
    await nextTurn()
  }
}
