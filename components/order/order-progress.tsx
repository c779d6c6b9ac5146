'use client'

import { useTranslations } from 'use-intl'
import type { OrderView } from '#domain/order-view.ts'
import styles from './order-progress.module.css'
import { deliverySteps, deliveryWords, kitchenWords } from './words.ts'

/** Kitchen and delivery, as words and as steps. */
export function OrderProgress({ order }: { order: OrderView }) {
  const t = useTranslations()
  const delivery = deliveryWords(order)
  return (
    <dl className={styles.progress}>
      <div>
        <dt className="visually-hidden">{t('kitchen.label')}</dt>
        <dd>
          <Steps reached={order.kitchen === 'ready' ? 2 : 1} of={2} />
          {t(`kitchen.${kitchenWords(order)}`)}
        </dd>
      </div>
      {delivery && (
        <div>
          <dt className="visually-hidden">{t('delivery.label')}</dt>
          <dd>
            {order.isTracked && <Steps reached={deliverySteps(order)} of={4} />}
            {'key' in delivery ? t(delivery.key) : <bdi>{delivery.unknown}</bdi>}
          </dd>
        </div>
      )}
    </dl>
  )
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
