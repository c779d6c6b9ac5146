import { useTranslations } from 'use-intl'
import { whoTag } from '#components/ui/identifier.tsx'
import type { ItemView, ModifierView, OrderView } from '#domain/order-view.ts'
import styles from './order-items.module.css'

/** How many things are in the bag. */
export function itemCount(items: readonly ItemView[]): number {
  return items.reduce((sum, item) => (item.isMarkup ? sum : sum + item.quantity), 0)
}

/** Everything that the kitchen needs to make an order; fees and bags last and small. */
export function OrderItems({ order }: { order: OrderView }) {
  const t = useTranslations()
  if (order.items.length === 0) return <p className={styles.none}>{t('order.noItems')}</p>
  const made = order.items.filter((item) => !item.isMarkup)
  const markup = order.items.filter((item) => item.isMarkup)
  return (
    <ul className={styles.items}>
      {made.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity of their own, and never move
        <Item key={index} item={item} />
      ))}
      {markup.length > 0 && (
        <li className={styles.markup}>
          {markup.map((item, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: as above
            <span key={index}>
              <Quantity of={item.quantity} /> <bdi>{item.name || t('order.unnamed')}</bdi>
            </span>
          ))}
        </li>
      )}
    </ul>
  )
}

/** The same in one paragraph, to check a bag by. */
export function OrderItemsBrief({ order }: { order: OrderView }) {
  const t = useTranslations()
  const made = order.items.filter((item) => !item.isMarkup)
  if (made.length === 0) return null
  return (
    <ul className={styles.brief}>
      {made.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity of their own, and never move
        <li key={index}>
          <Quantity of={item.quantity} /> <bdi>{item.name || t('order.unnamed')}</bdi>
        </li>
      ))}
    </ul>
  )
}

function Quantity({ of }: { of: number }) {
  const t = useTranslations()
  return <span className={styles.quantity}>{t('order.times', { quantity: String(of) })}</span>
}

function Item({ item }: { item: ItemView }) {
  const t = useTranslations()
  return (
    <li className={styles.item} data-many={item.quantity > 1}>
      <Quantity of={item.quantity} />
      <div>
        <p className={styles.title}>
          <bdi className={styles.name}>{item.name || t('order.unnamed')}</bdi>
          {item.for !== null && (
            <span className={styles.guest}>{t.rich('order.for', { name: item.for, ...whoTag })}</span>
          )}
        </p>
        <Modifiers of={item.modifiers} />
        {item.instructions !== null && (
          <p className={styles.instructions}>
            <bdi>{item.instructions}</bdi>
          </p>
        )}
      </div>
    </li>
  )
}

function Modifiers({ of }: { of: readonly ModifierView[] }) {
  const t = useTranslations()
  if (of.length === 0) return null
  return (
    <ul className={styles.modifiers}>
      {of.map((modifier, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: as above
        <li key={index}>
          {modifier.quantity > 1 && (
            <>
              <Quantity of={modifier.quantity} />{' '}
            </>
          )}
          <bdi>{modifier.name || t('order.unnamed')}</bdi>
          <Modifiers of={modifier.modifiers} />
        </li>
      ))}
    </ul>
  )
}
