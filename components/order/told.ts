/** What the server tells around the boards, as far as it concerns one order. */
import type { Told } from '#components/live/screen.ts'
import type { OrderView } from '#domain/order-view.ts'
import { timesOf } from './order-times.ts'

/** What an open order says when it is on no screen of those who work on it. */
export function unshownRole(order: OrderView, told: Told): 'kitchen' | 'counter' | null {
  if (order.lane === 'done' || order.lane === 'on_the_way') return null
  const role = order.lane === 'preparing' || order.lane === 'attention' ? 'kitchen' : 'counter'
  const shownUpTo = told.locations[order.locationId]?.unshown?.[role]
  return shownUpTo !== undefined && order.seq > shownUpTo ? role : null
}

/** When Stream last spoke of an open order, if that was before our own gap ended and nobody has looked after it. */
export function notHeardSince(order: OrderView, told: Told): number | null {
  const gap = told.locations[order.locationId]?.gap
  if (!gap || order.lane === 'done') return null
  const { heard } = timesOf(order)
  return heard < Date.parse(gap.to) ? heard : null
}
