'use client'

import { useTranslations } from 'use-intl'
import { Confirm } from './confirm.tsx'
import { Empty, List, ManagePage, useSay } from './manage-page.tsx'
import { Panels } from './panels.tsx'
import { type Refusal, RefusalCard } from './refusal-card.tsx'

type Props = {
  /** The newest first. */
  refusals: readonly Refusal[]
  /** There may be older ones than these. */
  isCutOff: boolean
  /** Names of senders, by id. */
  senders: Readonly<Record<string, string>>
}

export function Refusals({ refusals, isCutOff, senders }: Props) {
  const t = useTranslations('manage')
  if (refusals.length === 0) {
    return (
      <ManagePage title={t('nav.refusals')}>
        <Empty title={t('refusals.emptyTitle')}>
          <p>{t('refusals.emptyHelp')}</p>
        </Empty>
      </ManagePage>
    )
  }
  const all = {
    name: 'all',
    word: t('refusals.retryAll'),
    content: (close: () => void) => <RetryAll close={close} />,
  }
  return (
    <ManagePage title={t('nav.refusals')} lead={t('refusals.help')}>
      <Panels of="page" panels={[all]} />
      {isCutOff && <p>{t('refusals.newest', { count: String(refusals.length) })}</p>}
      <List>
        {refusals.map((refusal) => (
          <li key={refusal.id}>
            <RefusalCard refusal={refusal} sender={senders[refusal.credentialId] ?? null} />
          </li>
        ))}
      </List>
    </ManagePage>
  )
}

function RetryAll({ close }: { close: () => void }) {
  const t = useTranslations('manage.refusals')
  const { sayAtTop } = useSay()
  return (
    <Confirm
      question={t('retryAllAsk')}
      yes={t('retryYes')}
      command="refusals/retry"
      given={{ all: true }}
      close={close}
      onDone={({ taken }) => {
        close()
        sayAtTop(t('taken', { count: Number(taken) }))
      }}
      say={({ code, message }) => (code === 'conflict' ? t('notTaken', { reason: message }) : null)}
    />
  )
}
