import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { compiledMessages } from '#components/i18n/compiled-messages.ts'
import { pickLocale } from '#components/i18n/locale.ts'
import { ScreenMessages } from '#components/i18n/screen-messages.tsx'
import { LiveBoard } from '#components/live/live-board.tsx'
import { runtime } from '#server/runtime.ts'

/** The board of the screen that this browser is paired as. */
export default async function BoardPage() {
  const asked = await headers()
  const { screenOf, timeZone, build } = runtime()
  const screen = await screenOf(asked.get('cookie') ?? undefined)
  if (!screen) redirect('/pair')
  const locale = screen.look.language ?? pickLocale(asked.get('accept-language'))
  return (
    <ScreenMessages locale={locale} messages={await compiledMessages(locale)} timeZone={timeZone}>
      <LiveBoard
        build={build}
        locale={locale}
        settings={screen.settings}
        guestsCanSee={screen.guestsCanSee}
        limits={screen.look.limits}
      />
    </ScreenMessages>
  )
}
