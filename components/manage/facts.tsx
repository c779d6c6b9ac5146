'use client'

import type { ReactNode } from 'react'
import { useFormatter, useTranslations } from 'use-intl'
import styles from './facts.module.css'
import type { Place } from './location-choice.tsx'

type FactsProps = {
  of: readonly (readonly [label: string, value: ReactNode])[]
  /** Some of it is longer than a word or two. */
  isLong?: boolean
}

/** What is known of one thing, in words. */
export function Facts({ of, isLong = false }: FactsProps) {
  return (
    <dl className={styles.facts} data-long={isLong}>
      {of.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** A day and a time, by the clock of where Passline runs. */
export function Moment({ at }: { at: Date }) {
  const format = useFormatter()
  return (
    // A browser may write a date with other spaces than the server did.
    <time dateTime={at.toISOString()} suppressHydrationWarning>
      {format.dateTime(at, {
        year: 'numeric',
        month: 'short',
        day: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
      })}
    </time>
  )
}

/** Locations by their names. */
export function Places({ of, known }: { of: readonly string[] | 'every'; known: readonly Place[] }) {
  const t = useTranslations('manage.place')
  if (of === 'every') return t('every')
  if (of.length === 0) return t('none')
  return (
    <ul className={styles.places}>
      {of.map((id) => (
        <li key={id}>
          <bdi>{known.find((one) => one.id === id)?.name ?? id}</bdi>
        </li>
      ))}
    </ul>
  )
}
