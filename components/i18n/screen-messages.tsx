'use client'

import type { ReactNode } from 'react'
import { IntlProvider, type Messages } from 'use-intl'
import { intlLocale, type Locale } from './locale.ts'

const formats = {
  dateTime: { clock: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } },
} as const

const twelveHourFormats = {
  dateTime: { clock: { hour: 'numeric', minute: '2-digit', hour12: true } },
} as const

type Props = {
  locale: Locale
  messages: Messages
  /** IANA name of the restaurant's time zone. */
  timeZone: string
  hours?: 12 | 24
  children: ReactNode
}

/** Gives everything inside it the texts and times of one language. */
export function ScreenMessages({ locale, messages, timeZone, hours = 24, children }: Props) {
  return (
    <IntlProvider
      locale={intlLocale(locale)}
      messages={messages}
      timeZone={timeZone}
      formats={hours === 24 ? formats : twelveHourFormats}
    >
      {children}
    </IntlProvider>
  )
}
