/**
 * Sends a simulated stream at a rate: of one order one body at a time and in the simulation's order,
 * of different orders up to a bounded number at once.
 */
import { setMaxListeners } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import type { SimulatedEvent } from '#domain/simulation/simulation.ts'
import { withOrderId, withTimes } from '#domain/simulation/webhook-body.ts'
import type { Answer, Poster } from './post-webhook.ts'

const maximumInFlight = 256
/** After a pause of the receiver, at most this much of what was missed is sent faster than the rate. */
const longestDebtMs = 1_000
/** When time is up, what is on its way may still be answered within this. */
const lastAnswersWithinMs = 2_000

type OpenOrder = {
  /** Null when the receiver refused the order: nothing more is said of it. */
  id: string | null
  /** Added to the times in its bodies: one for all of them, so that repeats stay word for word the same. */
  shiftMs: number
  /** Settles when the bodies given so far are answered. Never rejects. */
  answered: Promise<void>
}

/**
 * Sends until `signal` aborts or the receiver is given up.
 * @param rate bodies a second; a backlog is sent at once
 * @returns why the receiver was given up, or null
 */
export async function sendInOrder({
  events,
  rate,
  post,
  signal,
}: {
  events: Iterable<SimulatedEvent>
  rate: number
  post: Poster
  signal: AbortSignal
}): Promise<string | null> {
  const orders = new Map<string, OpenOrder>()
  const inFlight = new Set<Promise<void>>()
  const halt = new AbortController()
  const cutOff = new AbortController()
  setMaxListeners(maximumInFlight, cutOff.signal)
  let reason: string | null = null
  let everAccepted = false
  let wake = () => {}

  function stop(): void {
    halt.abort()
    wake()
  }

  async function sendAfter(before: Promise<void>, order: OpenOrder, event: SimulatedEvent): Promise<void> {
    await before
    if (order.id === null || halt.signal.aborted) return
    const body = withTimes(withOrderId(event.body, order.id), (at) => at + order.shiftMs)
    const answer = await post(body, cutOff.signal)
    everAccepted ||= answer.kind === 'accepted'
    if (event.body.type === 'order.created') order.id = idAfter(answer, order.id, event.orderKey)
    reason ??= whyNoReceiver(answer, everAccepted)
    if (reason !== null) stop()
  }

  if (signal.aborted) return null
  signal.addEventListener('abort', stop, { once: true })
  const untilDue = paceKeeper(rate)
  for (const event of events) {
    if (!event.isBacklog) await pause(untilDue(), halt.signal)
    while (inFlight.size >= maximumInFlight && !halt.signal.aborted) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    if (halt.signal.aborted) break
    const order = orders.get(event.orderKey) ?? newOrder(event)
    if (event.isLast) orders.delete(event.orderKey)
    else orders.set(event.orderKey, order)
    const sending = sendAfter(order.answered, order, event).finally(() => {
      inFlight.delete(sending)
      wake()
    })
    order.answered = sending
    inFlight.add(sending)
  }
  signal.removeEventListener('abort', stop)

  const lastCall = setTimeout(() => cutOff.abort(), reason === null ? lastAnswersWithinMs : 0)
  try {
    await Promise.all(inFlight)
  } finally {
    clearTimeout(lastCall)
  }
  return reason
}

function newOrder({ orderKey, at }: SimulatedEvent): OpenOrder {
  return { id: orderKey, shiftMs: Math.round(Date.now() - at), answered: Promise.resolve() }
}

/** What the order is called after an answer to its `order.created`; a name once given stays. */
function idAfter(answer: Answer, id: string, orderKey: string): string | null {
  if (answer.kind === 'accepted') return answer.orderId ?? id
  return id === orderKey ? null : id
}

/** The reason to send nothing more: this is no receiver, or none that knows the token, or none at all. */
function whyNoReceiver(answer: Answer, everAccepted: boolean): string | null {
  switch (answer.kind) {
    case 'refused':
      if (answer.status === 401) return 'the receiver does not know the token (401)'
      if (answer.status < 400 || answer.status === 404 || answer.status === 405) {
        return `there is no receiver at this address (${answer.status})`
      }
      return null
    case 'failed':
      return everAccepted ? null : `nothing could be sent: ${answer.reason}`
    case 'accepted':
    case 'stopped':
      return null
    default:
      return answer satisfies never
  }
}

/** Each call is one body's turn; it answers the milliseconds until then. */
function paceKeeper(rate: number): () => number {
  const betweenMs = 1000 / rate
  let dueAt = performance.now()
  return () => {
    const now = performance.now()
    dueAt = Math.max(dueAt + betweenMs, now - longestDebtMs)
    return dueAt - now
  }
}

/** Ends early when `signal` aborts. */
async function pause(waitMs: number, signal: AbortSignal): Promise<void> {
  if (waitMs < 1 || signal.aborted) return
  await wait(waitMs, undefined, { signal }).catch(() => {})
}
