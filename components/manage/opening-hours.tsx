'use client'

import { useFormatter, useTranslations } from 'use-intl'
import { Identifier } from '#components/ui/identifier.tsx'
import type { OpeningHours } from '#domain/opening-hours.ts'
import styles from './opening-hours.module.css'
import { alikeDays, dateOn, type Weekday, weekOf } from './opening-times.ts'

/** The name of a day of the week. */
export function useDayName(length: 'long' | 'short'): (day: Weekday) => string {
  const format = useFormatter()
  return (day) => format.dateTime(dateOn(day), { weekday: length, timeZone: 'UTC' })
}

/** What of a week is alike, in words; null for the times of days that are closed. */
export function useHoursLines(): (hours: OpeningHours) => { days: string; times: string | null }[] {
  const t = useTranslations('manage.hours')
  const nameOf = useDayName('short')
  return (hours) =>
    alikeDays(weekOf(hours)).map(({ first, last, spans }) => ({
      days: first === last ? nameOf(first) : t('days', { first: nameOf(first), last: nameOf(last) }),
      times: spans.length === 0 ? null : spans.map(([from, to]) => t('span', { from, to })).join(', '),
    }))
}

/** When a location is open. */
export function OpeningHoursWords({ hours }: { hours: OpeningHours | null }) {
  const t = useTranslations('manage.hours')
  const linesOf = useHoursLines()
  if (hours === null) return t('always')
  return (
    <ul className={styles.shown}>
      {linesOf(hours).map(({ days, times }) => (
        <li key={days}>
          <span suppressHydrationWarning>{days}</span>
          {times === null ? t('closed') : <Identifier>{times}</Identifier>}
        </li>
      ))}
    </ul>
  )
}
