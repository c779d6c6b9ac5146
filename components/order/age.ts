/** How pressing an order is, as words and colours. */
import type { Tone } from '#components/ui/mark.tsx'
import type { OrderView } from '#domain/order-view.ts'
import { usualWaitLimits, type WaitLimit, type WaitLimits } from '#domain/wait-limits.ts'
import { timesOf } from './order-times.ts'

const minuteMs = 60_000
const soonBeforeDueMs = 3 * minuteMs

export type Age = {
  /** What the minutes count: until or beyond the promised time, or how long something has lasted. */
  kind: 'left' | 'over' | 'since' | 'ready' | 'waiting' | 'early'
  minutes: number
  tone: Tone
}

function wholeMinutes(ms: number): number {
  return Math.max(0, Math.floor(ms / minuteMs))
}

function toneAfter(minutes: number, limit: WaitLimit): Tone {
  if (minutes >= limit.late) return 'late'
  return minutes >= limit.soon ? 'soon' : 'calm'
}

/** What is left of the promised time, or how far it is over; null when nobody promised anything. */
export function promiseOf(order: OrderView, now: number): Age | null {
  const { due } = timesOf(order)
  if (due === null) return null
  const leftMs = due - now
  if (leftMs <= 0) return { kind: 'over', minutes: wholeMinutes(-leftMs), tone: 'late' }
  return {
    kind: 'left',
    minutes: Math.ceil(leftMs / minuteMs),
    tone: leftMs <= soonBeforeDueMs ? 'soon' : 'calm',
  }
}

/**
 * Since when whoever takes the order is kept waiting: the later of arrival and promised time;
 * once the food is ready, of arrival and readiness, for then nothing but us keeps them. Epoch milliseconds.
 */
export function waitingSince(order: OrderView): number {
  const { arrived, ready, due } = timesOf(order)
  return Math.max(arrived, (order.kitchen === 'ready' ? ready : due) ?? arrived)
}

export type HereState = 'ready' | 'late' | 'early'

/** What whoever is here means for staff: hand over now, hurry up, or nothing yet. */
export function hereState(order: OrderView, now: number): HereState {
  if (order.kitchen === 'ready') return 'ready'
  const { due } = timesOf(order)
  return due !== null && now < due ? 'early' : 'late'
}

function ageHere(order: OrderView, now: number, limits: WaitLimits): Age {
  const state = hereState(order, now)
  if (state === 'early') return { kind: 'early', minutes: 0, tone: 'calm' }
  const minutes = wholeMinutes(now - waitingSince(order))
  const tone = toneAfter(minutes, limits.driverHere)
  const floor: Tone = state === 'ready' ? 'go' : 'soon'
  return { kind: 'waiting', minutes, tone: tone === 'calm' ? floor : tone }
}

/**
 * How pressing an order is, by its lane.
 * @param now epoch milliseconds
 * @param limits of its location
 * @param provenAt until when the board is known to be true; how long something lasts is counted until then only
 */
export function ageOf(
  order: OrderView,
  now: number,
  provenAt: number | null = null,
  limits: WaitLimits = usualWaitLimits,
): Age {
  const knownUntil = provenAt === null ? now : Math.min(now, provenAt)
  switch (order.lane) {
    case 'preparing': {
      const promise = promiseOf(order, now)
      if (promise) return promise
      const minutes = wholeMinutes(now - timesOf(order).firstSeen)
      return { kind: 'since', minutes, tone: toneAfter(minutes, limits.preparing) }
    }
    case 'ready': {
      const { ready, inLaneSince } = timesOf(order)
      const minutes = wholeMinutes(knownUntil - (ready ?? inLaneSince))
      return { kind: 'ready', minutes, tone: toneAfter(minutes, limits.ready) }
    }
    case 'driver_here':
      return ageHere(order, knownUntil, limits)
    case 'attention':
    case 'on_the_way':
    case 'done':
      return { kind: 'since', minutes: minutesInLane(order, knownUntil), tone: 'calm' }
    default:
      return order.lane satisfies never
  }
}

/** For how many whole minutes the order has been in its lane. */
export function minutesInLane(order: OrderView, now: number): number {
  return wholeMinutes(now - timesOf(order).inLaneSince)
}
