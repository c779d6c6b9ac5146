import type { Metadata, Viewport } from 'next'
import { headers } from 'next/headers'
import type { ReactNode } from 'react'
import { directionOf, pickLocale } from '#components/i18n/locale.ts'
import './globals.css'

export const metadata: Metadata = { title: 'Passline' }
export const viewport: Viewport = { width: 'device-width', initialScale: 1 }

export default async function Layout({ children }: { children: ReactNode }) {
  const locale = pickLocale((await headers()).get('accept-language'))
  return (
    <html lang={locale} dir={directionOf(locale)}>
      <body>{children}</body>
    </html>
  )
}
