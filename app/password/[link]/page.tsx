import { ChoosePassword } from '#components/account/choose-password.tsx'
import { PageMessages } from '#components/i18n/page-messages.tsx'
import { runtime } from '#server/runtime.ts'

type Props = { params: Promise<{ link: string }> }

export default async function PasswordPage({ params }: Props) {
  const { link } = await params
  const { timeZone, managerRequests } = runtime()
  const owner = await managerRequests.ownerOfLink(link)
  return (
    <PageMessages names={['account']} timeZone={timeZone}>
      <ChoosePassword link={link} email={owner?.email ?? null} />
    </PageMessages>
  )
}
