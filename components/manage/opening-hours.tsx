'use client'

import { useFormatter, useTranslations } from 'use-intl'
import { Identifier } from '#components/ui/identifier.tsx'
import type { OpeningHours } from '#domain/opening-hours.ts'
import styles from './opening-hours.module.css'
import { alikeDays, dateOn, type Span, type Weekday, weekOf } from './opening-times.ts'

/** The name of a day of the week. */
export function useDayName(length: 'long' | 'short'): (day: Weekday) => string {
  const format = useFormatter()
  return (day) => format.dateTime(dateOn(day), { weekday: length, timeZone: 'UTC' })
}

/** When a location is open, in words. */
export function OpeningHoursWords({ hours }: { hours: OpeningHours | null }) {
  const t = useTranslations('manage.hours')
  const nameOf = useDayName('short')
  if (hours === null) return t('always')
  const times = (spans: readonly Span[]) => spans.map(([from, to]) => t('span', { from, to })).join(', ')
  return (
    <ul className={styles.shown}>
      {alikeDays(weekOf(hours)).map(({ first, last, spans }) => (
        <li key={first}>
          <span suppressHydrationWarning>
            {first === last ? nameOf(first) : t('days', { first: nameOf(first), last: nameOf(last) })}
          </span>
          {spans.length === 0 ? t('closed') : <Identifier>{times(spans)}</Identifier>}
        </li>
      ))}
    </ul>
  )
}
