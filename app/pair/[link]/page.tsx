import { PageMessages } from '#components/i18n/page-messages.tsx'
import { PairByLink } from '#components/pair/pair-by-link.tsx'
import { runtime } from '#server/runtime.ts'

type Props = { params: Promise<{ link: string }> }

/** Opened from a one-time link: this browser becomes that screen. */
export default async function PairPage({ params }: Props) {
  const { link } = await params
  return (
    <PageMessages names={['pair']} timeZone={runtime().timeZone}>
      <PairByLink link={link} />
    </PageMessages>
  )
}
