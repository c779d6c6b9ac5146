import { placesOf, read, signedIn, titled } from '#app/manage/manager.ts'
import type { Sender } from '#components/manage/sender-card.tsx'
import { Senders } from '#components/manage/senders.tsx'
import { runtime } from '#server/runtime.ts'

export const generateMetadata = () => titled('senders')

export default async function SendersPage() {
  const manager = await signedIn('/manage/senders')
  const { credentials } = await read<{ credentials: Sender[] }>(manager, 'credential list')
  return (
    <Senders
      senders={credentials}
      places={await placesOf(manager)}
      webhookAddress={`${runtime().address()}/api/webhooks/stream`}
    />
  )
}
