/**
 * Lets people be forgotten: every minute the orders whose time has come lose theirs, by changes made through the writer
 * like any other; then what was sent word for word, and at last what is too old altogether. What was blanked is wiped
 * from the file.
 */
import type { Logger } from 'pino'
import { erasesAt, forget, keptSince } from '#domain/forget.ts'
import { createForgetWords } from './forget-words.ts'
import type { Metrics } from './metrics.ts'
import { nextTurn } from './next-turn.ts'
import { createRemoveOld } from './remove-old.ts'
import type { Job } from './store/batch.ts'
import { type DueOrder, ordersAtOnce, type Past } from './store/past.ts'
import type { Retired } from './store/retired.ts'
import type { Writer } from './store/writer.ts'

const everyMs = 60_000

type Settings = {
  past: Past
  retired: Retired
  writer: Writer
  /** How long people are kept, and how long facts, milliseconds. */
  keepPeopleMs: number
  keepFactsMs: number
  /** Whether it is on this server: of several, one forgets. */
  isMine: () => boolean
  now: () => number
  metrics: Pick<Metrics, 'ordersForgotten' | 'rowsRemoved'>
  log: Logger
}

export type Forgetting = { forgetAll: () => Promise<void>; stop: () => Promise<void> }

type Decided = 'not_yet' | 'forgotten' | { heldSince: number }

export function startForgetting(settings: Settings): Forgetting {
  const { past, retired, writer, keepPeopleMs, keepFactsMs, isMine, now, metrics, log } = settings
  let running: Promise<void> | null = null
  let isStopping = false
  const tools = { past, writer, now, isStopping: () => isStopping }
  const words = createForgetWords(tools)
  const removeOld = createRemoveOld(tools)
  // Whether the last one before the start was wiped, nobody knows.
  let isWipePending = true

  async function forgetPeople(at: number): Promise<number> {
    let forgotten = 0
    let place: DueOrder | null = null
    while (!isStopping) {
      const due: DueOrder[] = await past.dueOrders(at - keepPeopleMs, at, place)
      const decided = await Promise.all(due.map((order) => forgetOne(order, at, false)))
      for (const [index, one] of decided.entries()) {
        const order = due[index]
        if (!order || typeof one === 'string') continue
        // What was sent of it is older than what was forgotten by age meanwhile: it goes before what leads to it.
        await words.ofLifetime({ ...order, firstSeenAt: one.heldSince })
        if (isStopping) break
        decided[index] = await forgetOne(order, at, true)
      }
      const done = due.filter((_, index) => decided[index] === 'forgotten')
      await words.afterEnd(done)
      metrics.ordersForgotten.inc(done.length)
      forgotten += done.length
      place = due.at(-1) ?? place
      if (due.length < ordersAtOnce) break
      await nextTurn()
    }
    return forgotten
  }

  async function forgetOne(order: DueOrder, at: number, areWordsForgotten: boolean): Promise<Decided> {
    const recorded = await writer.record(forgetJob(order, at, keepPeopleMs, areWordsForgotten))
    if (recorded.kind === 'not-stored') throw new Error(`nobody could be forgotten: ${recorded.reason}`)
    return recorded.answer
  }

  async function round(): Promise<void> {
    const at = now()
    // The oldest first: to forget the people of what is removed anyway would only make it younger.
    const removed = (await removeOld(at - keepFactsMs)) + (await retired.remove(at - keepFactsMs, at))
    metrics.rowsRemoved.inc(removed)
    const orders = await forgetPeople(at)
    const receipts = await words.ofReceipts(at - keepPeopleMs)
    const refusals = await words.ofRefusals(at - keepPeopleMs)
    const isAnything = removed + orders + receipts + refusals > 0
    isWipePending ||= isAnything
    if (isWipePending && !isStopping) isWipePending = !(await writer.tidy())
    if (isAnything) log.info({ orders, receipts, refusals, removed, isWiped: !isWipePending }, 'people were forgotten')
  }

  /** One round; a second call while one runs waits for that one. Never rejects: what was not done is found again. */
  function forgetAll(): Promise<void> {
    running ??= round()
      .catch((error: unknown) => {
        isWipePending = true
        log.error({ err: error }, 'not all could be forgotten')
      })
      .finally(() => {
        running = null
      })
    return running
  }

  const timer = setInterval(() => {
    if (isMine()) void forgetAll()
  }, everyMs)
  return {
    forgetAll,
    stop: async () => {
      isStopping = true
      clearInterval(timer)
      await running
    },
  }
}

/** Forgets an order if its time has come, else notes from when on that may be. */
function forgetJob(due: DueOrder, at: number, keepPeopleMs: number, areWordsForgotten: boolean): Job<Decided> {
  return {
    about: { locationId: due.locationId, orderId: due.orderId },
    at,
    bytes: 500,
    isWebhook: false,
    decide: ({ order, moment }) => {
      const notYet = { step: { kind: 'unchanged' as const }, answer: 'not_yet' as const }
      const erases = order && erasesAt(order, keepPeopleMs)
      if (!order || erases === null) return notYet
      if (erases > at) {
        const since = keptSince(order)
        return since > Date.parse(due.from) ? { ...notYet, keptSince: since } : notYet
      }
      if (order.heldUntil !== null && !areWordsForgotten) {
        return { ...notYet, answer: { heldSince: order.firstSeenAt } }
      }
      const forgotten = forget(order, moment)
      if (!forgotten) return notYet
      return {
        step: { kind: 'changed', order: forgotten, by: 'time', facts: { forgotten: true } },
        answer: 'forgotten',
      }
    },
  }
}
