'use client'

import { use } from 'react'
import { useTranslations } from 'use-intl'
import { useNow } from '#components/ui/clock.tsx'
import { Mark } from '#components/ui/mark.tsx'
import { useTimes } from '#components/ui/use-times.ts'
import type { OrderView } from '#domain/order-view.ts'
import { hereState, minutesInLane, promiseOf } from './age.ts'
import styles from './age-band.module.css'
import { ProvenContext } from './screen-context.tsx'
import { useAgeOf } from './use-age.ts'
import { kitchenWords } from './words.ts'

/** The top of a card: how pressing it is, in words, a shape and a colour. */
export function AgeBand({ order }: { order: OrderView }) {
  const ageNow = useAgeOf()
  const tone = useNow((now) => ageNow(order, now).tone)
  return (
    <div className={styles.band} data-tone={tone}>
      <Mark tone={tone} />
      <span className={styles.main}>
        {order.lane === 'driver_here' ? <Here order={order} /> : <Main order={order} />}
        <AsOf />
      </span>
    </div>
  )
}

function Main({ order }: { order: OrderView }) {
  const t = useTranslations()
  const { clockTime, duration } = useTimes()
  const ageNow = useAgeOf()
  const kind = useNow((now) => ageNow(order, now).kind)
  const minutes = useNow((now) => ageNow(order, now).minutes)
  switch (kind) {
    case 'left':
    case 'over':
      return (
        <>
          <span>{promiseText(kind, minutes)}</span>
          {order.dueAt !== null && (
            <span className={styles.promised}>{t('time.due', { time: clockTime(order.dueAt) })}</span>
          )}
        </>
      )
    case 'ready':
      return (
        <>
          <span>{t(`kitchen.${kitchenWords(order)}`)}</span>
          <span>{duration(minutes)}</span>
        </>
      )
    case 'since':
    case 'waiting':
    case 'early':
      return t('time.since', { duration: duration(minutes) })
    default:
      return kind satisfies never
  }

  function promiseText(of: 'left' | 'over', atMinutes: number): string {
    if (of === 'over' && atMinutes === 0) return t('time.dueNow')
    return t(`time.${of}`, { duration: duration(atMinutes) })
  }
}

function Here({ order }: { order: OrderView }) {
  const t = useTranslations()
  const { clockTime } = useTimes()
  const provenAt = use(ProvenContext)
  const state = useNow((now) => hereState(order, provenAt === null ? now : Math.min(now, provenAt)))
  const who = order.driver?.vehicle.isAutonomous ? 'robot' : order.takenBy === 'guest' ? 'guest' : 'driver'
  return t(`here.${state}.${who}`, { time: order.dueAt === null ? '' : clockTime(order.dueAt) })
}

/** While nothing is proven, no age stands without the time at which it was true. */
function AsOf() {
  const t = useTranslations()
  const { clockTime } = useTimes()
  const provenAt = use(ProvenContext)
  return provenAt === null ? null : <span className={styles.asOf}>{t('time.asOf', { time: clockTime(provenAt) })}</span>
}

/** Beside the number: how long somebody has waited, what was promised, and what is left of it. */
export function OrderTimes({ order }: { order: OrderView }) {
  const t = useTranslations()
  const { clockTime, duration } = useTimes()
  const ageNow = useAgeOf()
  const waiting = useNow((now) => {
    const age = ageNow(order, now)
    return age.kind === 'waiting' ? age.minutes : null
  })
  const promise = useNow((now) => promiseOf(order, now)?.kind ?? null)
  const promiseMinutes = useNow((now) => promiseOf(order, now)?.minutes ?? 0)
  return (
    <p className={styles.times}>
      {waiting !== null && <span className={styles.first}>{t('time.waiting', { duration: duration(waiting) })}</span>}
      {order.dueAt !== null && (
        <span className={waiting === null ? styles.first : undefined}>
          {t('time.due', { time: clockTime(order.dueAt) })}
        </span>
      )}
      {promise === 'left' && <span>{t('time.left', { duration: duration(promiseMinutes) })}</span>}
      {promise === 'over' && promiseMinutes > 0 && (
        <span>{t('time.over', { duration: duration(promiseMinutes) })}</span>
      )}
    </p>
  )
}

/** For how long the order has stood in its lane. */
export function TimeInLane({ order }: { order: OrderView }) {
  const t = useTranslations()
  const { duration } = useTimes()
  const provenAt = use(ProvenContext)
  const minutes = useNow((now) => minutesInLane(order, provenAt === null ? now : Math.min(now, provenAt)))
  return <span>{t('time.inLane', { duration: duration(minutes) })}</span>
}
