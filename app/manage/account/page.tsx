import { placesOf, signedIn, titled } from '#app/manage/manager.ts'
import { Account } from '#components/manage/account.tsx'

export const generateMetadata = () => titled('account')

export default async function AccountPage() {
  const manager = await signedIn('/manage/account')
  return <Account person={manager} places={await placesOf(manager)} />
}
