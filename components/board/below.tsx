'use client'

import { useTranslations } from 'use-intl'
import { useAgeOf } from '#components/order/use-age.ts'
import { useNow } from '#components/ui/clock.tsx'
import type { OrderView } from '#domain/order-view.ts'
import styles from './below.module.css'

/** What a column hides below its edge, so that it never hides in silence. */
export function Below({ orders }: { orders: readonly OrderView[] }) {
  const t = useTranslations()
  const ageNow = useAgeOf()
  const late = useNow((now) => orders.filter((order) => ageNow(order, now).tone === 'late').length)
  const count = String(orders.length)
  return (
    <p className={styles.below} data-below={orders.length}>
      <span>{late > 0 ? t('belowLate', { count, late: String(late) }) : t('below', { count })}</span>
    </p>
  )
}
