import type { ReactNode } from 'react'
import { PageMessages } from '#components/i18n/page-messages.tsx'
import { ManageHeader } from '#components/manage/manage-header.tsx'
import { runtime } from '#server/runtime.ts'
import { managerHere } from './manager.ts'

/** Each page asks by itself who may see it: a layout is not drawn again on the way from page to page. */
export default async function ManageLayout({ children }: { children: ReactNode }) {
  const manager = await managerHere()
  const { timeZone, isSecure } = runtime()
  return (
    <PageMessages names={['account', 'manage']} timeZone={timeZone}>
      {manager && <ManageHeader name={manager.name} isOwner={manager.role === 'owner'} isSecure={isSecure} />}
      {children}
    </PageMessages>
  )
}
