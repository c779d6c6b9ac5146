import { read, signedIn, titled } from '#app/manage/manager.ts'
import type { Refusal } from '#components/manage/refusal-card.tsx'
import { Refusals } from '#components/manage/refusals.tsx'
import type { Sender } from '#components/manage/sender-card.tsx'

const limit = 100

export const generateMetadata = () => titled('refusals')

export default async function RefusalsPage() {
  const manager = await signedIn('/manage/refusals')
  const { refusals } = await read<{ refusals: Refusal[] }>(manager, 'refusals list', { limit })
  const { credentials } = await read<{ credentials: Sender[] }>(manager, 'credential list')
  return (
    <Refusals
      refusals={refusals}
      isCutOff={refusals.length === limit}
      senders={Object.fromEntries(credentials.map(({ id, name }) => [id, name]))}
    />
  )
}
