import { notFound } from 'next/navigation'
import { signedIn } from '#app/manage/manager.ts'

/** Where there is no page, said as the manage pages say it. */
export default async function UnknownPage() {
  await signedIn('/manage')
  notFound()
}
