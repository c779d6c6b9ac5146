import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { PageMessages } from '#components/i18n/page-messages.tsx'
import { ShowCode } from '#components/pair/show-code.tsx'
import { runtime } from '#server/runtime.ts'

/** Where a browser that is no screen yet waits to become one. */
export default async function PairPage() {
  const { screenOf, timeZone } = runtime()
  if (await screenOf((await headers()).get('cookie') ?? undefined)) redirect('/board')
  return (
    <PageMessages names={['pair']} timeZone={timeZone}>
      <ShowCode />
    </PageMessages>
  )
}
