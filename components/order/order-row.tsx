'use client'

import { memo } from 'react'
import { useTranslations } from 'use-intl'
import { useNow } from '#components/ui/clock.tsx'
import { Identifier } from '#components/ui/identifier.tsx'
import { useTimes } from '#components/ui/use-times.ts'
import type { OrderView } from '#domain/order-view.ts'
import { DriverBlock } from './driver-block.tsx'
import { actionsOf } from './order-actions.ts'
import { Actions, Failure } from './order-card.tsx'
import styles from './order-row.module.css'
import { brandBesides, platformName } from './platform-name.ts'
import { badgesOf } from './problem-words.ts'
import { useTap } from './use-tap.ts'
import { isLonger } from './whole-number.ts'
import { deliveryStatusWords, departureWords, isPickupUnheard, statusWords } from './words.ts'

/** An order that needs nothing from us any more, in two lines; what can still be done is inside. */
export const OrderRow = memo(function OrderRow({ order }: { order: OrderView }) {
  const t = useTranslations()
  const { clockTime } = useTimes()
  const { pending, failure, send } = useTap(order)
  const actions = actionsOf(order)
  const outside = actions.filter((action) => action.kind === 'main')
  const inside = actions.filter((action) => action.kind !== 'main')
  const badges = badgesOf(order)
  const since = order.times.endedAt ?? order.times.pickedUpAt ?? order.handedOver?.at ?? order.times.laneSince
  return (
    <article className={styles.row} data-order-id={order.id} data-location-id={order.locationId} data-lane={order.lane}>
      <details>
        <summary className={styles.summary}>
          <span className={styles.start}>
            <h3 className={styles.number}>
              <Identifier>{order.spokenNumber}</Identifier>
            </h3>
            <time className={styles.time} dateTime={since}>
              {clockTime(since)}
            </time>
          </span>
          <span className={styles.words}>
            <Departure order={order} />
            {badges.map((badge) => (
              <span key={badge} className={styles.badge}>
                {t(`badge.${badge}`)}
              </span>
            ))}
          </span>
        </summary>
        <div className={styles.inside}>
          <Origin order={order} />
          <StreamSays order={order} />
          <DriverBlock order={order} isOpen />
          {inside.length > 0 && (
            <div className={styles.actions}>
              <Actions of={inside} order={order} pending={pending} onPress={send} />
            </div>
          )}
        </div>
      </details>
      {outside.length > 0 && (
        <div className={styles.actions}>
          <Actions of={outside} order={order} pending={pending} onPress={send} />
        </div>
      )}
      {failure !== null && <Failure text={failure} />}
    </article>
  )
})

function Origin({ order }: { order: OrderView }) {
  const brand = brandBesides(order.brand, order.source)
  return (
    <p className={styles.origin}>
      {order.source !== null && <bdi>{platformName(order.source)}</bdi>}
      {brand !== null && <bdi>{brand}</bdi>}
      {isLonger(order.number, order.spokenNumber) && <Identifier>{order.number}</Identifier>}
      {order.customer?.name && <bdi>{order.customer.name}</bdi>}
    </p>
  )
}

function Departure({ order }: { order: OrderView }) {
  const t = useTranslations()
  const isUnheard = useNow((now) => isPickupUnheard(order, now))
  const words = departureWords(order, isUnheard)
  if (words === null) return t(`lane.${order.lane}`)
  return 'key' in words ? t(words.key) : <bdi>{words.unknown}</bdi>
}

function StreamSays({ order }: { order: OrderView }) {
  const t = useTranslations()
  const said = [statusWords(order), deliveryStatusWords(order)].filter((words) => words !== null)
  if (said.length === 0) return null
  return (
    <p className={styles.origin}>
      {t('streamSays')}
      {said.map((words) => {
        const text = 'key' in words ? t(words.key) : words.unknown
        return <bdi key={text}>{text}</bdi>
      })}
    </p>
  )
}
