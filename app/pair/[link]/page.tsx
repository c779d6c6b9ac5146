import { headers } from 'next/headers'
import { compiledMessages } from '#components/i18n/compiled-messages.ts'
import { pickLocale } from '#components/i18n/locale.ts'
import { ScreenMessages } from '#components/i18n/screen-messages.tsx'
import { PairByLink } from '#components/pair/pair-by-link.tsx'
import { runtime } from '#server/runtime.ts'

type Props = { params: Promise<{ link: string }> }

/** Opened from a one-time link: this browser becomes that screen. */
export default async function PairPage({ params }: Props) {
  const { link } = await params
  const locale = pickLocale((await headers()).get('accept-language'))
  return (
    <ScreenMessages locale={locale} messages={await compiledMessages(locale)} timeZone={runtime().timeZone}>
      <PairByLink link={link} />
    </ScreenMessages>
  )
}
