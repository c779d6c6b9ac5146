/** What an operator does by hand with the people of one order: keep them for a dispute, forget them, hand them out. */
import { forget, hold, holdMs } from '#domain/forget.ts'
import { iso } from '#domain/iso-time.ts'
import type { Order } from '#domain/order.ts'
import { createForgetWords, eventsAbout } from './forget-words.ts'
import { nextTurn } from './next-turn.ts'
import type { Job, Step } from './store/batch.ts'
import type { OrderKey } from './store/past.ts'
import type { Store } from './store/store.ts'

type Settings = { store: Pick<Store, 'boards' | 'past' | 'writer'>; now: () => number }

/** Done, with what there is to tell; or why not. */
export type PersonalDataAnswer = { result: Record<string, unknown> } | { problem: string }

export type PersonalData = ReturnType<typeof createPersonalData>

export function createPersonalData({ store: { boards, past, writer }, now }: Settings) {
  const words = createForgetWords({ past, writer, now, isStopping: () => false })

  /** Keeps the order's people for two weeks from now; again renews it. */
  async function holdOrder(key: OrderKey): Promise<PersonalDataAnswer> {
    const until = now() + holdMs
    return change(key, { hold: iso(until) }, (order, at) => {
      if (order.erasedAt !== null) return `the people of ${order.id} were forgotten at ${iso(order.erasedAt)}`
      return (seq) => hold(order, until, { at, seq })
    })
  }

  /** Ends a hold: its people go when they would have gone without it, at once if that is past. */
  async function release(key: OrderKey): Promise<PersonalDataAnswer> {
    return change(key, { released: true }, (order, at) => {
      if (!isHeld(order, at)) return `${order.id} is not on hold`
      return (seq) => hold(order, at, { at, seq })
    })
  }

  /** Forgets its people now, whatever its state: everything that was sent of it, refused or not, and wipes the file. */
  async function erase(key: OrderKey): Promise<PersonalDataAnswer> {
    const order = await boards.order(key.locationId, key.orderId)
    const erased = await change(key, { forgotten: true }, (order, at) => {
      if (isHeld(order, at)) return `${order.id} is on hold until ${iso(order.heldUntil)}: release it first`
      return (seq) => forget(order, { at, seq })
    })
    if ('problem' in erased || !order) return erased
    const since = { ...key, firstSeenAt: order.firstSeenAt }
    const receipts = (await words.ofLifetime(since)) + (await words.ofEventsAbout(since))
    const refusals = await words.ofRefusalsAbout(key)
    // Where somebody reads at this moment, the next round of forgetting wipes it.
    return { result: { ...erased.result, receipts, refusals, isWiped: await writer.tidy() } }
  }

  /** All that is stored of an order, whoever it concerns. */
  async function exportOrder(key: OrderKey): Promise<PersonalDataAnswer> {
    const order = await boards.order(key.locationId, key.orderId)
    if (!order) return unknown(key)
    return {
      result: {
        order,
        changes: await allRows('changes', 'seq, at, "by", facts', key, order.firstSeenAt),
        actions: await actionsOf(key),
        receipts: await allRows('receipts', 'at, type, outcome, seq, body', key, order.firstSeenAt),
        events: await eventsOf({ ...key, firstSeenAt: order.firstSeenAt }),
      },
    }
  }

  async function allRows(table: 'changes' | 'receipts', columns: string, key: OrderKey, since: number) {
    const rows: Record<string, unknown>[] = []
    let from = await past.firstIdFrom(table, since)
    for (;;) {
      const found = await past.piece<Record<string, unknown>>(table, columns, key, from)
      if (!found) return rows
      rows.push(...found.rows.map(readable))
      from = found.next
      await nextTurn()
    }
  }

  async function eventsOf(order: OrderKey & { firstSeenAt: number }) {
    const events: Record<string, unknown>[] = []
    for await (const { at, type, body } of eventsAbout(past, order)) events.push({ at, type, body })
    return events
  }

  async function actionsOf({ locationId, orderId }: OrderKey) {
    const actions: Record<string, unknown>[] = []
    let after = ''
    for (;;) {
      const rows = await past.actionsOfLocation(locationId, after)
      const last = rows.at(-1)
      if (!last) return actions
      actions.push(...rows.filter((row) => row.order_id === orderId).map(readable))
      after = last.action_id
      await nextTurn()
    }
  }

  /** @param decide why it is not done, or the order after it, which is the same order when nothing is left to do */
  async function change(
    key: OrderKey,
    facts: Record<string, unknown>,
    decide: (order: Order, at: number) => string | ((seq: number) => Order | null),
  ): Promise<PersonalDataAnswer> {
    const at = now()
    const job: Job<PersonalDataAnswer> = {
      about: key,
      at,
      bytes: 500,
      isWebhook: false,
      decide: ({ order, moment }) => {
        const decided = order ? decide(order, at) : null
        if (decided === null || typeof decided === 'string') {
          return { step: { kind: 'unchanged' }, answer: decided === null ? unknown(key) : { problem: decided } }
        }
        const changed = decided(moment.seq)
        const step: Step = changed ? { kind: 'changed', order: changed, by: 'staff', facts } : { kind: 'unchanged' }
        return { step, answer: { result: { location: key.locationId, order: key.orderId, ...facts } } }
      },
    }
    // A location that nobody spoke of would come into being by being asked for.
    if (!(await boards.order(key.locationId, key.orderId))) return unknown(key)
    const recorded = await writer.record(job)
    return recorded.kind === 'stored' ? recorded.answer : { problem: `it could not be stored: ${recorded.reason}` }
  }

  return { hold: holdOrder, release, erase, export: exportOrder }
}

function isHeld(order: Order, at: number): boolean {
  return order.heldUntil !== null && order.heldUntil > at
}

function unknown({ locationId, orderId }: OrderKey): { problem: string } {
  return { problem: `there is no order ${orderId} at ${locationId}` }
}

/** A row as JSON: what stands in it as text that is JSON is read; a raw body stays as it came. */
function readable(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (typeof value === 'bigint') return [name, Number(value)]
      return [name, (name === 'facts' || name === 'answer') && typeof value === 'string' ? JSON.parse(value) : value]
    }),
  )
}
