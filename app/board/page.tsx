import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { compiledMessages } from '#components/i18n/compiled-messages.ts'
import { pickLocale } from '#components/i18n/locale.ts'
import { ScreenMessages } from '#components/i18n/screen-messages.tsx'
import { LiveBoard } from '#components/live/live-board.tsx'
import { runtime } from '#server/runtime.ts'

/** What the public board says. */
const publicTexts = ['product', 'locations', 'connection', 'banner', 'revoked', 'pickup'] as const

/** The board of the screen that this browser is paired as. */
export default async function BoardPage() {
  const asked = await headers()
  const { screenOf, timeZone, build } = runtime()
  const screen = await screenOf(asked.get('cookie') ?? undefined)
  if (!screen) redirect('/pair')
  const { role, look, settings, guestsCanSee } = screen
  const locale = look.language ?? pickLocale(asked.get('accept-language'))
  const messages = await compiledMessages(locale, role === 'pickup' ? publicTexts : undefined)
  return (
    <ScreenMessages locale={locale} messages={messages} timeZone={timeZone}>
      <LiveBoard {...{ role, build, locale, settings, guestsCanSee }} limits={look.limits} />
    </ScreenMessages>
  )
}
