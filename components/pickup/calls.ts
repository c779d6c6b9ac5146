/** Who is called on the pickup board, for how long, and in which order. No React here. */
import type { PickupView } from '#domain/order-view.ts'

export type Call = NonNullable<PickupView['state']>

export const calls = ['come', 'ready', 'preparing', 'ask'] as const satisfies readonly Call[]

/** Nobody came for it, or has asked by then; staff know more. Counted from when this board knew of it, milliseconds. */
const callsForMs: Partial<Record<Call, number>> = { ready: 45 * 60_000, ask: 10 * 60_000 }

export type Called = { key: string; view: PickupView }

const byNumber = new Intl.Collator('en', { numeric: true })

/** Remembers since when each is called, so that no call stands for ever. */
export function createCalls(): (views: readonly PickupView[], now: number) => Record<Call, readonly Called[]> {
  let since = new Map<string, { state: Call; at: number }>()
  return (views, now) => {
    const next: typeof since = new Map()
    const called = Object.fromEntries(calls.map((call) => [call, [] as Called[]])) as Record<Call, Called[]>
    for (const view of views) {
      if (view.state === null) continue
      // Of two locations each may have one of this id.
      let key = view.id
      while (next.has(key)) key += '+'
      const before = since.get(key)
      const mark = before?.state === view.state ? before : { state: view.state, at: now }
      next.set(key, mark)
      if (now - mark.at < (callsForMs[view.state] ?? Number.POSITIVE_INFINITY)) called[view.state].push({ key, view })
    }
    since = next
    for (const call of calls) {
      called[call].sort(
        (one, other) =>
          byNumber.compare(one.view.spokenNumber, other.view.spokenNumber) || (one.key < other.key ? -1 : 1),
      )
    }
    return called
  }
}
