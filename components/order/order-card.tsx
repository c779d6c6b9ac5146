'use client'

import { type CSSProperties, memo } from 'react'
import { useTranslations } from 'use-intl'
import type { Tap } from '#components/live/screen.ts'
import { Button } from '#components/ui/button.tsx'
import { useNow } from '#components/ui/clock.tsx'
import { Identifier, identifierTag, whoTag } from '#components/ui/identifier.tsx'
import { Mark } from '#components/ui/mark.tsx'
import { useTimes } from '#components/ui/use-times.ts'
import type { OrderView } from '#domain/order-view.ts'
import { AgeBand, OrderTimes } from './age-band.tsx'
import { DriverBlock } from './driver-block.tsx'
import { GuestHere } from './guest-here.tsx'
import { actionsOf, type OfferedAction } from './order-actions.ts'
import styles from './order-card.module.css'
import { itemCount, OrderItems, OrderItemsBrief } from './order-items.tsx'
import { OrderProgress } from './order-progress.tsx'
import { asWords, brandBesides, platformName } from './platform-name.ts'
import { ProblemBand } from './problem-band.tsx'
import { badgesOf, offeredAnswers, openProblems, problemTone } from './problem-words.ts'
import { useOfTold } from './screen-context.tsx'
import { notHeardSince, unshownRole } from './told.ts'
import { useAgeOf } from './use-age.ts'
import { useTap } from './use-tap.ts'
import { isLonger } from './whole-number.ts'

type Props = {
  order: OrderView
  /** Another open order's number ends alike. */
  isConfusable: boolean
}

/** One order, as staff work with it. Renders again only when the order, or a word on it, changes. */
export const OrderCard = memo(function OrderCard({ order, isConfusable }: Props) {
  const t = useTranslations()
  const ageNow = useAgeOf()
  const ageTone = useNow((now) => ageNow(order, now).tone)
  const problems = openProblems(order)
  const tone = problems.length > 0 ? problemTone(order) : ageTone
  const { pending, failure, send } = useTap(order)
  const actions = actionsOf(order)
  const isCooking = order.lane === 'preparing'
  const inHeader = isCooking ? actions.slice(0, 1) : []
  const inFooter = isCooking ? actions.slice(1) : actions
  return (
    <article
      className={styles.card}
      data-order-id={order.id}
      data-location-id={order.locationId}
      data-lane={order.lane}
      data-tone={tone}
    >
      {problems.length > 0 ? (
        problems.map((problem) => <ProblemBand key={problem.seq} order={order} problem={problem} />)
      ) : (
        <AgeBand order={order} />
      )}
      <div className={styles.body}>
        <header className={styles.header}>
          <SpokenNumber order={order} />
          {inHeader.length > 0 ? (
            <span className={styles.headerAction}>
              <Actions of={inHeader} order={order} pending={pending} onPress={send} />
            </span>
          ) : (
            <OrderTimes order={order} />
          )}
        </header>
        {isConfusable && <Confusable order={order} />}
        <Origin order={order} />
        <Badges order={order} />
        {order.here?.note && <HereNote text={order.here.note} />}
        {order.lane === 'driver_here' && <DriverBlock order={order} isOpen />}
        {isCooking ? <OrderItems order={order} /> : <OrderItemsBrief order={order} />}
        {order.note !== null && <Note text={order.note} />}
        {order.lane !== 'driver_here' && <DriverBlock order={order} isOpen={false} />}
        <OrderProgress order={order} />
        {problems.map((problem) => (
          <div key={problem.seq} className={styles.actions}>
            {offeredAnswers(order, problem).map(({ answer, words }, index) => (
              <Button
                key={answer}
                kind={index === 0 ? 'main' : 'plain'}
                action={answer}
                isPending={pending === answer}
                isDisabled={pending !== null}
                onPress={() => void send({ name: 'seen', problem: problem.seq, answer })}
              >
                {t(`answer.${words}`)}
              </Button>
            ))}
          </div>
        ))}
        {inFooter.length > 0 && (
          <div className={styles.actions}>
            <Actions of={inFooter} order={order} pending={pending} onPress={send} />
          </div>
        )}
        {failure !== null && <Failure text={failure} />}
      </div>
    </article>
  )
})

function SpokenNumber({ order }: { order: OrderView }) {
  const t = useTranslations()
  const characters = { '--characters': Math.max(3, Array.from(order.spokenNumber).length) } as CSSProperties
  return (
    <h3 className={styles.number}>
      <span className="visually-hidden">{t.rich('order.number', { number: order.number, ...identifierTag })}</span>
      <span aria-hidden="true" className={styles.spoken} style={characters}>
        <Identifier>{order.spokenNumber}</Identifier>
      </span>
    </h3>
  )
}

/**
 * Which platform and brand, who takes it, the number as the platform writes it; and on a line of its own whom it is
 * for, lest a customer's name be read as the courier's.
 */
function Origin({ order }: { order: OrderView }) {
  const t = useTranslations()
  const brand = brandBesides(order.brand, order.source)
  const count = itemCount(order.items)
  const customer = order.customer?.name
  const items = count > 0 && <span className={styles.count}>{t('order.items', { count })}</span>
  return (
    <div className={styles.origin}>
      <p className={styles.facts}>
        {order.source !== null && (
          <strong>
            <bdi>{platformName(order.source)}</bdi>
          </strong>
        )}
        {brand !== null && (
          <span className={styles.brand}>
            <bdi>{brand}</bdi>
          </span>
        )}
        <Taker order={order} />
        {isLonger(order.number, order.spokenNumber) && (
          <span>
            <Identifier>{order.number}</Identifier>
          </span>
        )}
        {!customer && items}
      </p>
      {customer && (
        <p className={styles.whom}>
          <span className={styles.customer}>{t.rich('order.for', { name: customer, ...whoTag })}</span>
          {items}
        </p>
      )}
    </div>
  )
}

const guestTypes = ['pickup', 'curbside', 'drive_thru', 'dine_in'] as const

function Taker({ order }: { order: OrderView }) {
  const t = useTranslations()
  const guestType = guestTypes.find((type) => type === order.fulfillmentType)
  switch (order.takenBy) {
    case 'courier':
    case 'own_driver':
      return <span>{t(`taker.${order.takenBy}`)}</span>
    case 'guest':
      return <span className={styles.taker}>{t(`taker.${guestType ?? 'pickup'}`)}</span>
    case 'unknown':
      return order.fulfillmentType === null ? null : (
        <span>
          <bdi>{asWords(order.fulfillmentType)}</bdi>
        </span>
      )
    default:
      return order.takenBy satisfies never
  }
}

function Confusable({ order }: { order: OrderView }) {
  const t = useTranslations()
  const ending = Array.from(order.spokenNumber).slice(-3).join('')
  return (
    <p className={styles.confusable}>
      <Mark tone="soon" />
      <span>{t('order.confusable', { ending })}</span>
    </p>
  )
}

function Badges({ order }: { order: OrderView }) {
  const t = useTranslations()
  const { clockTime } = useTimes()
  const unshown = useOfTold((told) => unshownRole(order, told))
  const heard = useOfTold((told) => notHeardSince(order, told))
  const badges = badgesOf(order).map((badge) => t(`badge.${badge}`))
  if (heard !== null) badges.unshift(t('badge.notHeard', { time: clockTime(heard) }))
  if (unshown !== null) badges.unshift(t(unshown === 'kitchen' ? 'badge.unshownKitchen' : 'badge.unshownCounter'))
  if (badges.length === 0) return null
  return (
    <p className={styles.badges}>
      {badges.map((badge) => (
        <span key={badge}>
          <Mark tone="soon" />
          {badge}
        </span>
      ))}
    </p>
  )
}

function Note({ text }: { text: string }) {
  const t = useTranslations()
  return (
    <p className={styles.note}>
      <span className={styles.noteLabel}>{t('order.note')}</span> <bdi>{text}</bdi>
    </p>
  )
}

function HereNote({ text }: { text: string }) {
  const t = useTranslations()
  return <p className={styles.note}>{t('here.note', { note: text })}</p>
}

export function Failure({ text }: { text: string }) {
  return (
    <p className={styles.failure} role="alert">
      <Mark tone="late" />
      <span>{text}</span>
    </p>
  )
}

function receiverOf(order: OrderView): 'robot' | 'guest' | 'driver' {
  if (order.driver?.vehicle.isAutonomous) return 'robot'
  return order.takenBy === 'guest' || order.takenBy === 'unknown' ? 'guest' : 'driver'
}

type ActionsProps = {
  of: readonly OfferedAction[]
  order: OrderView
  pending: string | null
  onPress: (tap: Tap) => Promise<void>
}

/** One button for each thing that can be done. */
export function Actions({ of, order, pending, onPress }: ActionsProps) {
  const t = useTranslations()
  const receiver = receiverOf(order)
  return of.map(({ name, kind }) => {
    const state = { kind, isPending: pending === name, isDisabled: pending !== null }
    return name === 'here' && order.fulfillmentType === 'curbside' ? (
      <GuestHere key={name} {...state} onPress={onPress} />
    ) : (
      <Button key={name} {...state} action={name} onPress={() => void onPress({ name })}>
        {name === 'hand-over' ? t(`action.hand-over.${receiver}`) : t(`action.${name}`)}
      </Button>
    )
  })
}
