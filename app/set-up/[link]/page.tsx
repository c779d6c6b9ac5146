import { SetUp } from '#components/account/set-up.tsx'
import { PageMessages } from '#components/i18n/page-messages.tsx'
import { runtime } from '#server/runtime.ts'

type Props = { params: Promise<{ link: string }> }

export default async function SetUpPage({ params }: Props) {
  const { link } = await params
  const { timeZone, managerRequests } = runtime()
  return (
    <PageMessages names={['account']} timeZone={timeZone}>
      <SetUp link={link} isGood={await managerRequests.isSetUpLink(link)} />
    </PageMessages>
  )
}
