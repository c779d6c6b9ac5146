'use client'

import { useTranslations } from 'use-intl'
import { canTakeBack } from '#components/order/order-actions.ts'
import { Failure } from '#components/order/order-card.tsx'
import { useTap } from '#components/order/use-tap.ts'
import { Button } from '#components/ui/button.tsx'
import { useNow } from '#components/ui/clock.tsx'
import { identifierTag } from '#components/ui/identifier.tsx'
import type { OrderView } from '#domain/order-view.ts'
import { orderKey } from './lane-order.ts'
import styles from './undo-bar.module.css'

const undoForMs = 60_000

/** What this screen handed over: which order, when, and the order's seq at that moment. */
export type HandedOver = { key: string; at: number; seq: number }

/** For a minute, takes back what a thumb did. Lies over the board, so that nothing moves. */
export function UndoBar({ recent, orders }: { recent: readonly HandedOver[]; orders: readonly OrderView[] }) {
  const open = useNow((now) => recent.filter((one) => now - one.at < undoForMs).length)
  const offers = recent.slice(recent.length - open).flatMap((one) => {
    const order = orders.find((candidate) => orderKey(candidate) === one.key)
    return order && (canTakeBack(order) || order.seq === one.seq) ? [{ ...one, order }] : []
  })
  if (offers.length === 0) return null
  return (
    <ul className={styles.bar}>
      {offers.slice(-3).map((offer) => (
        <li key={`${offer.key} ${offer.at}`}>
          <Offer order={offer.order} at={offer.at} />
        </li>
      ))}
    </ul>
  )
}

function Offer({ order, at }: { order: OrderView; at: number }) {
  const t = useTranslations()
  const { pending, failure, send } = useTap(order)
  const seconds = useNow((now) => Math.min(60, Math.max(0, Math.ceil((at + undoForMs - now) / 1000))))
  return (
    <div className={styles.offer}>
      <p>{t.rich('undo.handedOver', { number: order.spokenNumber, ...identifierTag })}</p>
      <Button
        kind="plain"
        action="undo"
        isPending={pending !== null}
        onPress={() => void send({ name: 'undo-hand-over' })}
      >
        {t('undo.seconds', { seconds: String(seconds) })}
      </Button>
      {failure !== null && <Failure text={failure} />}
    </div>
  )
}
