'use client'

import { useFormatter, useTranslations } from 'use-intl'

/** How times and durations are written on this screen. */
export function useTimes(): {
  /** "19:45", in the restaurant's time zone. Takes ISO 8601 or epoch milliseconds. */
  clockTime: (at: string | number) => string
  /** "12 min", "1 h 5 min". */
  duration: (minutes: number) => string
} {
  const t = useTranslations()
  const format = useFormatter()
  return {
    clockTime: (at) => format.dateTime(new Date(at), 'clock'),
    duration: (minutes) =>
      minutes < 60
        ? t('time.minutes', { minutes: String(minutes) })
        : t('time.hours', { hours: String(Math.floor(minutes / 60)), minutes: String(minutes % 60) }),
  }
}
