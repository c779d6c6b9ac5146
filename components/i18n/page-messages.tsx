import { headers } from 'next/headers'
import type { ReactNode } from 'react'
import { compiledMessages, type Namespace } from './compiled-messages.ts'
import { pickLocale } from './locale.ts'
import { ScreenMessages } from './screen-messages.tsx'

type Props = {
  /** What of the texts the page says: the rest is not sent. */
  names: readonly Namespace[]
  timeZone: string
  children: ReactNode
}

/** The texts of a page in the language that its browser likes best. */
export async function PageMessages({ names, timeZone, children }: Props) {
  const locale = pickLocale((await headers()).get('accept-language'))
  return (
    <ScreenMessages locale={locale} messages={await compiledMessages(locale, names)} timeZone={timeZone}>
      {children}
    </ScreenMessages>
  )
}
