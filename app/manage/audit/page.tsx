import { read, signedIn, titled } from '#app/manage/manager.ts'
import { Audit, type AuditEntry } from '#components/manage/audit.tsx'
import { runtime } from '#server/runtime.ts'

type Props = { searchParams: Promise<{ before?: string | string[] }> }

const limit = 50

export const generateMetadata = () => titled('audit')

export default async function AuditPage({ searchParams }: Props) {
  const { before: given } = await searchParams
  const before = typeof given === 'string' && /^\d{1,15}$/.test(given) ? given : undefined
  const manager = await signedIn('/manage/audit')
  const { entries } = await read<{ entries: AuditEntry[] }>(manager, 'audit list', { limit: limit + 1, before })
  const shown = entries.slice(0, limit)
  return (
    <Audit
      entries={shown}
      isEarlier={before !== undefined}
      earlier={entries.length > limit ? (shown.at(-1)?.id ?? null) : null}
      timeZone={runtime().timeZone}
    />
  )
}
