'use client'

import { memo, useRef, useState } from 'react'
import { useTranslations } from 'use-intl'
import { OrderRow } from '#components/order/order-row.tsx'
import { useMedia } from '#components/ui/use-media.ts'
import type { OrderView } from '#domain/order-view.ts'
import { Below } from './below.tsx'
import styles from './departed-lane.module.css'
import { orderKey } from './lane-order.ts'
import { useRendered, useVisible } from './use-visible.ts'

type Props = {
  lane: 'on_the_way' | 'done'
  orders: readonly OrderView[]
  isKnown: boolean
}

/** What has left: a line that opens where room is scarce, a narrow column where it is not. */
export const DepartedLane = memo(function DepartedLane({ lane, orders, isKnown }: Props) {
  const t = useTranslations()
  const hasRoom = useMedia('(min-width: 1600px) and (orientation: landscape)')
  const [chosen, setChosen] = useState<boolean | null>(null)
  const isOpen = chosen ?? hasRoom
  return (
    <section className={styles.lane} data-lane-section={lane} data-open={isOpen} aria-labelledby={`lane-${lane}`}>
      <h2 id={`lane-${lane}`}>
        <button
          type="button"
          className={styles.toggle}
          aria-expanded={isOpen}
          data-filled={orders.length > 0}
          onClick={() => setChosen(!isOpen)}
        >
          <span>{t(`lane.${lane}`)}</span>
          <span className={styles.count} data-lane-count={orders.length}>
            {(isKnown || orders.length > 0) && orders.length}
          </span>
        </button>
      </h2>
      {isOpen &&
        (orders.length === 0 ? (
          <p className={styles.empty}>{t(isKnown ? `empty.${lane}` : 'empty.unknown')}</p>
        ) : (
          <Rows orders={orders} />
        ))}
    </section>
  )
})

function Rows({ orders }: { orders: readonly OrderView[] }) {
  const scroller = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLUListElement>(null)
  const visible = useVisible(scroller, list)
  const rendered = useRendered(orders, visible)
  return (
    <>
      <div className={styles.scroller} ref={scroller}>
        <ul className={styles.rows} ref={list}>
          {rendered.map((order) => (
            <li key={orderKey(order)}>
              <OrderRow order={order} />
            </li>
          ))}
        </ul>
      </div>
      {visible.count < orders.length && <Below orders={orders.slice(visible.count)} />}
    </>
  )
}
