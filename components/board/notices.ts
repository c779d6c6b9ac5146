/** What a board says beside its orders: what is wrong around it, and what to do about it. The gravest first. */
import type { Sound, Told } from '#components/live/screen.ts'
import type { OrderView } from '#domain/order-view.ts'
import type { Gap, SilentScreen } from '#domain/protocol.ts'
import { isLater } from './lane-order.ts'

export type Notice =
  | { kind: 'screen-silent'; tone: 'late' | 'soon'; screen: SilentScreen }
  /** Updates may be missing at these locations. */
  | { kind: 'gap'; tone: 'soon'; gap: Gap; locationIds: string[] }
  /** Stream says nothing while orders wait for a driver; when it was last heard, epoch milliseconds. */
  | { kind: 'stream-silent'; tone: 'soon' | 'calm'; since: number }
  | { kind: 'sound-blocked'; tone: 'soon' }
  | { kind: 'new-build'; tone: 'calm' }

const minuteMs = 60_000

/** A screen that is silent for this long is a sound, too. */
export const lostAfterMs = 2 * minuteMs

const streamSilentAfterMs = 5 * minuteMs

/** Where it is not known what is usual; else three times that, within limits. */
const strangeSilenceMs = { unknown: 20 * minuteMs, least: 5 * minuteMs, most: 90 * minuteMs } as const

export function noticesOf(told: Told, orders: readonly OrderView[], sound: Sound, now: number): Notice[] {
  const notices: Notice[] = [
    ...told.silentScreens.map((screen): Notice => {
      const isLost = now - Date.parse(screen.since) >= lostAfterMs
      return { kind: 'screen-silent', tone: isLost ? 'late' : 'soon', screen }
    }),
    ...gapsOf(told),
    ...streamSilence(told, orders, now),
  ]
  if (sound === 'blocked') notices.push({ kind: 'sound-blocked', tone: 'soon' })
  if (told.newBuild !== null) notices.push({ kind: 'new-build', tone: 'calm' })
  const gravity = { late: 0, soon: 1, calm: 2 }
  return notices.toSorted((one, other) => gravity[one.tone] - gravity[other.tone])
}

function gapsOf(told: Told): Notice[] {
  const places = Object.entries(told.locations).flatMap(([locationId, { gap }]) => (gap ? [{ locationId, gap }] : []))
  return [...new Map(places.map(({ gap }) => [gap.id, gap])).values()].map((gap) => ({
    kind: 'gap',
    tone: 'soon',
    gap,
    locationIds: places.filter((place) => place.gap.id === gap.id).map((place) => place.locationId),
  }))
}

/** Of the locations where an order waits for a driver, the one of which nothing was heard for the strangest time. */
function streamSilence(told: Told, orders: readonly OrderView[], now: number): Notice[] {
  const waiting = new Set(orders.filter((order) => waitsForDriver(order, now)).map((order) => order.locationId))
  const silences = [...waiting].flatMap((locationId): (Notice & { kind: 'stream-silent' })[] => {
    const { lastWebhookAt, usualGapMs } = told.locations[locationId] ?? {}
    if (!lastWebhookAt) return []
    const since = Date.parse(lastWebhookAt)
    if (now - since < streamSilentAfterMs) return []
    return [{ kind: 'stream-silent', tone: now - since >= strangeAfterMs(usualGapMs) ? 'soon' : 'calm', since }]
  })
  const [worst] = silences.toSorted(
    (one, other) => Number(one.tone === 'calm') - Number(other.tone === 'calm') || one.since - other.since,
  )
  return worst ? [worst] : []
}

function strangeAfterMs(usualGapMs: number | null | undefined): number {
  if (!usualGapMs) return strangeSilenceMs.unknown
  return Math.min(strangeSilenceMs.most, Math.max(strangeSilenceMs.least, 3 * usualGapMs))
}

function waitsForDriver(order: OrderView, now: number): boolean {
  const isOpen = order.lane === 'ready' || (order.lane === 'preparing' && !isLater(order, now))
  return isOpen && order.takenBy === 'courier'
}

/** Nothing that anybody works on: a moment to load the page anew. */
export function isQuiet(orders: readonly OrderView[], now: number): boolean {
  return orders.every((order) => order.lane === 'done' || order.lane === 'on_the_way' || isLater(order, now))
}
