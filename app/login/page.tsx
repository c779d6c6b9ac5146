import { SignIn } from '#components/account/sign-in.tsx'
import { PageMessages } from '#components/i18n/page-messages.tsx'
import { runtime } from '#server/runtime.ts'

type Props = { searchParams: Promise<{ next?: string | string[] }> }

export default async function LoginPage({ searchParams }: Props) {
  const { next } = await searchParams
  const { timeZone, isSecure } = runtime()
  return (
    <PageMessages names={['account']} timeZone={timeZone}>
      <SignIn next={ownPage(next)} isSecure={isSecure} />
    </PageMessages>
  )
}

/** Only where managers have business: an address that came from elsewhere leads nowhere else. */
function ownPage(next: unknown): string {
  return typeof next === 'string' && /^\/manage(\/[\w-]+)*(\?code=[\w-]{1,20})?$/.test(next) ? next : '/manage'
}
