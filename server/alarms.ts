/**
 * Alarms that leave the building: what nobody in it may notice. Each is told once when it begins and once when it ends,
 * to `ALERT_WEBHOOK_URL`; and `HEARTBEAT_URL` is called every minute, for a dead server cannot call.
 */
import type { Logger } from 'pino'
import { dutyLastsMs } from './duty.ts'
import type { OpenOrders } from './live/open-orders.ts'
import type { ScreenHealth } from './live/screen-health.ts'
import type { Metrics } from './metrics.ts'
import type { Failure } from './store/writer.ts'

export const alarmAfterMs = {
  /** Open orders, and no screen of the location asks. */
  noScreen: 2 * 60_000,
  /** The food is ready, and a driver waits for it. */
  driverWaiting: 8 * 60_000,
  /** Updates cannot be stored. */
  notStoring: 60_000,
} as const

export type AlarmKind = 'no_screen' | 'driver_waiting' | 'not_storing'

/** What is told; nobody's name, phone or code is in it. Times are ISO 8601. */
export type Alarm = {
  kind: AlarmKind
  state: 'begun' | 'ended'
  locationId: string | null
  orderId: string | null
  since: string
  message: string
}

const lookEveryMs = 5_000
const heartbeatEveryMs = 60_000
const tryAgainAfterMs = [1_000, 5_000, 30_000, 120_000]
const answerWithinMs = 10_000

type Settings = {
  alertUrl: string | null
  heartbeatUrl: string | null
  health: Pick<ScreenHealth, 'isAnyLive'>
  openOrders: Pick<OpenOrders, 'byLocation'>
  failure: () => Failure | null
  /** Whether it is on this server to tell: of several, each looks, and one tells. */
  isMine: () => boolean
  metrics: Pick<Metrics, 'alarms' | 'gauge'>
  now: () => number
  log: Logger
}

export type Alarms = {
  /** Looks what has begun and what has ended. Runs by itself, as `beat` does. */
  look: () => void
  beat: () => Promise<void>
  stop: () => void
}

export function startAlarms(settings: Settings): Alarms {
  const { alertUrl, heartbeatUrl, health, openOrders, failure, isMine, metrics, now, log } = settings
  /** What another server should have told; if that one is gone, we tell it. */
  let untold: { alarm: Alarm; at: number }[] = []
  const begun = new Map<string, Alarm>()
  const unwatchedSince = new Map<string, number>()
  const stopped = new AbortController()
  const timers = [setInterval(look, lookEveryMs), setInterval(() => void beat(), heartbeatEveryMs)]
  metrics.gauge('passline_alarms_active', 'Alarms that have begun and not ended', () => begun.size)

  /** Every alarm that there is now, by what it is about. */
  function alarmsNow(): Map<string, Alarm> {
    const alarms = new Map<string, Alarm>()
    const at = now()
    const raise = (
      kind: AlarmKind,
      locationId: string | null,
      orderId: string | null,
      since: number,
      message: string,
    ) =>
      alarms.set(JSON.stringify([kind, locationId, orderId]), {
        kind,
        state: 'begun',
        locationId,
        orderId,
        since: new Date(since).toISOString(),
        message,
      })
    const failing = failure()
    if (failing && at - failing.since >= alarmAfterMs.notStoring) {
      raise('not_storing', null, null, failing.since, `updates cannot be stored: ${failing.reason}`)
    }
    const open = openOrders.byLocation()
    for (const locationId of unwatchedSince.keys()) {
      if (!open.has(locationId) || health.isAnyLive(locationId)) unwatchedSince.delete(locationId)
    }
    for (const [locationId, orders] of open) {
      if (!health.isAnyLive(locationId)) {
        const since = unwatchedSince.get(locationId) ?? at
        unwatchedSince.set(locationId, since)
        if (at - since >= alarmAfterMs.noScreen) {
          raise('no_screen', locationId, null, since, `no screen shows the ${orders.size} open orders of ${locationId}`)
        }
      }
      for (const [orderId, { waitingSince }] of orders) {
        if (waitingSince !== null && at - waitingSince >= alarmAfterMs.driverWaiting) {
          const message = `a driver waits at ${locationId} for order ${orderId}, which is ready`
          raise('driver_waiting', locationId, orderId, waitingSince, message)
        }
      }
    }
    return alarms
  }

  function look(): void {
    const alarms = alarmsNow()
    for (const [key, alarm] of alarms) {
      if (begun.has(key)) continue
      begun.set(key, alarm)
      note(alarm)
    }
    for (const [key, alarm] of begun) {
      if (alarms.has(key)) continue
      begun.delete(key)
      note({ ...alarm, state: 'ended' })
    }
    untold = untold.filter(({ at }) => now() - at < 2 * dutyLastsMs)
    // What one server cannot store, it alone knows.
    const isOurs = ({ alarm }: { alarm: Alarm }) => isMine() || alarm.kind === 'not_storing'
    const ours = untold.filter(isOurs)
    untold = untold.filter((one) => !isOurs(one))
    for (const { alarm } of ours) void tell(alarm)
  }

  function note(alarm: Alarm): void {
    if (alarm.state === 'begun') log.error(alarm, 'an alarm has begun')
    else log.warn(alarm, 'an alarm has ended')
    untold.push({ alarm, at: now() })
  }

  /** Posts an alarm; what does not arrive is tried again a few times. Never rejects. */
  async function tell(alarm: Alarm): Promise<void> {
    metrics.alarms.inc({ kind: alarm.kind, state: alarm.state })
    if (alertUrl === null) return
    for (const waitMs of [...tryAgainAfterMs, null]) {
      const problem = await call(alertUrl, { method: 'POST', body: JSON.stringify(alarm) })
      if (problem === null || stopped.signal.aborted) return
      if (waitMs === null) return log.error({ kind: alarm.kind, problem }, 'an alarm could not be told')
      await new Promise((resolve) => setTimeout(resolve, waitMs).unref())
    }
  }

  /** A server that cannot store is not well: nobody hears its heart. */
  async function beat(): Promise<void> {
    if (heartbeatUrl === null || failure() !== null || !isMine()) return
    const problem = await call(heartbeatUrl, { method: 'GET' })
    if (problem !== null) log.warn({ problem }, 'the heartbeat was not heard')
  }

  /** @returns what went wrong, or null */
  async function call(url: string, init: RequestInit): Promise<string | null> {
    try {
      const signal = AbortSignal.any([stopped.signal, AbortSignal.timeout(answerWithinMs)])
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(url, { ...init, headers, signal, redirect: 'error' })
      await response.arrayBuffer()
      return response.ok ? null : `answered ${response.status}`
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }

  void beat()
  return {
    look,
    beat,
    stop: () => {
      for (const timer of timers) clearInterval(timer)
      stopped.abort()
    },
  }
}
