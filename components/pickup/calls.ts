/** Who is called on the pickup board, for how long, and in which order. No React here. */
import type { PickupView } from '#domain/order-view.ts'

export type Call = NonNullable<PickupView['state']>

const calls = ['come', 'ready', 'preparing', 'ask'] as const satisfies readonly Call[]

/** Nobody came for it, or has asked by then; staff know more. Milliseconds. */
const callsForMs: Partial<Record<Call, number>> = { ready: 45 * 60_000, ask: 10 * 60_000 }

const byNumber = new Intl.Collator('en', { numeric: true })

/** @param now epoch milliseconds of the server's clock */
export function callsAt(views: readonly PickupView[], now: number): Record<Call, readonly PickupView[]> {
  const called = Object.fromEntries(calls.map((call) => [call, [] as PickupView[]])) as Record<Call, PickupView[]>
  for (const view of views) {
    if (view.state === null) continue
    const forMs = now - Date.parse(view.since ?? '')
    // An order for later is nobody's yet.
    if (forMs < 0 && view.state === 'preparing') continue
    if (forMs >= (callsForMs[view.state] ?? Number.POSITIVE_INFINITY)) continue
    called[view.state].push(view)
  }
  for (const call of calls) {
    called[call].sort(
      (one, other) => byNumber.compare(one.spokenNumber, other.spokenNumber) || (one.id < other.id ? -1 : 1),
    )
  }
  return called
}
