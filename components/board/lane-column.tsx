'use client'

import { memo, useEffect, useRef } from 'react'
import { useTranslations } from 'use-intl'
import { OrderCard } from '#components/order/order-card.tsx'
import { useScreen } from '#components/order/screen-context.tsx'
import { useTimes } from '#components/ui/use-times.ts'
import type { Lane } from '#domain/lane.ts'
import type { OrderView } from '#domain/order-view.ts'
import { Below } from './below.tsx'
import styles from './lane-column.module.css'
import { orderKey } from './lane-order.ts'
import { useRendered, useVisible } from './use-visible.ts'

type Props = {
  lane: Lane
  orders: readonly OrderView[]
  /** Orders that nobody needs to start yet, the next first. */
  later: readonly OrderView[]
  confusable: ReadonlySet<string>
  /** Whether an empty lane is known to be empty. */
  isKnown: boolean
}

/** One lane: a heading with its count, and its cards. Scrolls by itself, and says what is below its edge. */
export const LaneColumn = memo(function LaneColumn({ lane, orders, later, confusable, isKnown }: Props) {
  const t = useTranslations()
  const scroller = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLUListElement>(null)
  const visible = useVisible(scroller, list)
  const rendered = useRendered(orders, visible)
  const hidden = Math.max(0, orders.length - visible.count)
  const { onHidden } = useScreen()
  useEffect(() => onHidden(lane, hidden), [onHidden, lane, hidden])
  return (
    <section className={styles.lane} data-lane-section={lane} aria-labelledby={`lane-${lane}`}>
      <h2 className={styles.heading} id={`lane-${lane}`} data-filled={orders.length > 0}>
        {t(`lane.${lane}`)}
        <span className={styles.count} data-lane-count={orders.length}>
          {(isKnown || orders.length > 0) && orders.length}
        </span>
      </h2>
      <div className={styles.scroller} ref={scroller}>
        <ul className={styles.cards} ref={list}>
          {rendered.map((order) => (
            <li key={orderKey(order)}>
              <OrderCard order={order} isConfusable={confusable.has(order.spokenNumber)} />
            </li>
          ))}
        </ul>
        {orders.length === 0 && <p className={styles.empty}>{t(isKnown ? `empty.${lane}` : 'empty.unknown')}</p>}
        {later.length > 0 && <Later orders={later} confusable={confusable} />}
      </div>
      {hidden > 0 && <Below orders={orders.slice(visible.count)} />}
    </section>
  )
})

function Later({ orders, confusable }: { orders: readonly OrderView[]; confusable: ReadonlySet<string> }) {
  const t = useTranslations()
  const { clockTime } = useTimes()
  const next = orders[0]
  if (!next) return null
  return (
    <details className={styles.later}>
      <summary>
        {t('later', { count: String(orders.length), time: clockTime(next.startAt ?? next.times.firstSeenAt) })}
      </summary>
      <ul className={styles.cards}>
        {orders.map((order) => (
          <li key={orderKey(order)}>
            <OrderCard order={order} isConfusable={confusable.has(order.spokenNumber)} />
          </li>
        ))}
      </ul>
    </details>
  )
}
