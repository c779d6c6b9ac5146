'use client'

import { useTranslations } from 'use-intl'
import type { OrderView } from '#domain/order-view.ts'
import { TimeInLane } from './age-band.tsx'
import styles from './order-progress.module.css'
import { hasLeft } from './problem-words.ts'
import { deliverySteps, deliveryWords, kitchenWords, statusWords } from './words.ts'

/** Kitchen and delivery, as words and as steps; what the top of the card says already is left out. */
export function OrderProgress({ order }: { order: OrderView }) {
  const t = useTranslations()
  const delivery = newDeliveryWords(order)
  const status = statusWords(order)
  const driverName = order.lane === 'preparing' && !order.driver?.released ? order.driver?.name : null
  return (
    <dl className={styles.progress}>
      {order.lane !== 'ready' && !hasLeft(order) && (
        <div>
          <dt className="visually-hidden">{t('kitchen.label')}</dt>
          <dd>
            <Steps reached={order.kitchen === 'ready' ? 2 : 1} of={2} />
            <span>
              {t(`kitchen.${kitchenWords(order)}`)} {order.lane === 'preparing' && <TimeInLane order={order} />}
            </span>
          </dd>
        </div>
      )}
      {status && 'unknown' in status && (
        <div className={styles.said}>
          <dt>{t('streamSays')}</dt>
          <dd>
            <bdi>{status.unknown}</bdi>
          </dd>
        </div>
      )}
      {delivery && (
        <div>
          <dt className="visually-hidden">{t('delivery.label')}</dt>
          <dd>
            {order.isTracked && <Steps reached={deliverySteps(order)} of={4} />}
            <span>
              {'key' in delivery ? (
                t(delivery.key)
              ) : (
                <>
                  <span className={styles.stream}>{t('streamSays')}</span> <bdi>{delivery.unknown}</bdi>
                </>
              )}
              {driverName && (
                <>
                  {' · '}
                  <bdi className={styles.name}>{driverName}</bdi>
                </>
              )}
            </span>
          </dd>
        </div>
      )}
    </dl>
  )
}

/** How far the delivery is, unless the card says it already. */
function newDeliveryWords(order: OrderView): ReturnType<typeof deliveryWords> {
  if (order.lane === 'driver_here') return null
  if (order.lane === 'attention' && order.end === 'cancelled') return null
  const words = deliveryWords(order)
  return words !== null && 'key' in words && words.key === 'delivery.finding' ? null : words
}

function Steps({ reached, of }: { reached: number; of: number }) {
  return (
    <span className={styles.steps} aria-hidden="true">
      {Array.from({ length: of }, (_, step) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place
        <i key={step} data-reached={step < reached} />
      ))}
    </span>
  )
}
