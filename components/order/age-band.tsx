'use client'

import { use } from 'react'
import { useTranslations } from 'use-intl'
import { Mark } from '#components/ui/mark.tsx'
import { useNow } from '#components/ui/clock.tsx'
import { useTimes } from '#components/ui/use-times.ts'
import type { OrderView } from '#domain/order-view.ts'
import styles from './age-band.module.css'
import { ageOf, hereState, minutesInLane, promiseOf } from './age.ts'
import { ProvenContext } from './screen-context.tsx'

/** The top of a card: how pressing it is, in words, a shape and a colour. */
export function AgeBand({ order }: { order: OrderView }) {
  const provenAt = use(ProvenContext)
  const tone = useNow((now) => ageOf(order, now, provenAt).tone)
  return (
    <div className={styles.band} data-tone={tone}>
      <Mark tone={tone} />
      <span className={styles.main}>{order.lane === 'driver_here' ? <Here order={order} /> : <Main order={order} />}</span>
      <AsOf />
    </div>
  )
}

function Main({ order }: { order: OrderView }) {
  const t = useTranslations()
  const { duration } = useTimes()
  const provenAt = use(ProvenContext)
  const kind = useNow((now) => ageOf(order, now, provenAt).kind)
  const minutes = useNow((now) => ageOf(order, now, provenAt).minutes)
  switch (kind) {
    case 'left':
      return t('time.left', { duration: duration(minutes) })
    case 'over':
      return minutes === 0 ? t('time.dueNow') : t('time.over', { duration: duration(minutes) })
    case 'ready':
      return t('time.ready', { duration: duration(minutes) })
    case 'since':
    case 'waiting':
    case 'early':
      return t('time.since', { duration: duration(minutes) })
    default:
      return kind satisfies never
  }
}

function Here({ order }: { order: OrderView }) {
  const t = useTranslations()
  const { clockTime, duration } = useTimes()
  const provenAt = use(ProvenContext)
  const state = useNow((now) => hereState(order, now))
  const minutes = useNow((now) => ageOf(order, now, provenAt).minutes)
  const who = order.driver?.vehicle.isAutonomous ? 'robot' : order.takenBy === 'guest' ? 'guest' : 'driver'
  return (
    <>
      {t(`here.${state}.${who}`, { time: order.dueAt === null ? '' : clockTime(order.dueAt) })}
      {state !== 'early' && <span className={styles.minutes}>{duration(minutes)}</span>}
    </>
  )
}

/** While nothing is proven, no age stands without the time at which it was true. */
function AsOf() {
  const t = useTranslations()
  const { clockTime } = useTimes()
  const provenAt = use(ProvenContext)
  return provenAt === null ? null : (
    <span className={styles.asOf}>{t('time.asOf', { time: clockTime(provenAt) })}</span>
  )
}

/** Beside or under the number: what was promised, and for how long the order has stood in its lane. */
export function OrderTimes({ order }: { order: OrderView }) {
  const t = useTranslations()
  const { clockTime, duration } = useTimes()
  const provenAt = use(ProvenContext)
  const isPromiseInBand = order.lane === 'preparing'
  const promise = useNow((now) => promiseOf(order, now)?.kind ?? null)
  const promiseMinutes = useNow((now) => promiseOf(order, now)?.minutes ?? 0)
  const inLane = useNow((now) => minutesInLane(order, provenAt === null ? now : Math.min(now, provenAt)))
  return (
    <p className={styles.times}>
      {order.dueAt === null ? (
        <span>{t('time.noPromise')}</span>
      ) : (
        <span className={styles.due}>{t('time.due', { time: clockTime(order.dueAt) })}</span>
      )}
      {!isPromiseInBand && promise === 'left' && (
        <span>{t('time.left', { duration: duration(promiseMinutes) })}</span>
      )}
      {!isPromiseInBand && promise === 'over' && promiseMinutes > 0 && (
        <span>{t('time.over', { duration: duration(promiseMinutes) })}</span>
      )}
      {order.lane === 'preparing' && <span>{t('time.inLane', { duration: duration(inLane) })}</span>}
    </p>
  )
}
