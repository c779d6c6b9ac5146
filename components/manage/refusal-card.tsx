'use client'

import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { Identifier } from '#components/ui/identifier.tsx'
import { Card } from './card.tsx'
import { Confirm } from './confirm.tsx'
import { Control } from './control.tsx'
import { Facts, Moment } from './facts.tsx'
import { useSay } from './manage-page.tsx'
import type { Panel } from './panels.tsx'
import styles from './refusals.module.css'
import { useCommand } from './use-command.ts'

export type Refusal = {
  id: string
  at: Date
  credentialId: string
  requestId: string
  code: string
  /** As it was answered. */
  error: { error?: { message?: string } }
}

export function RefusalCard({ refusal, sender }: { refusal: Refusal; sender: string | null }) {
  const t = useTranslations('manage.refusals')
  const { sayAtTop } = useSay()
  const { id, at, code, error, requestId } = refusal
  const show: Panel = { name: 'show', word: t('show'), content: () => <Body id={id} /> }
  const retry: Panel = {
    name: 'retry',
    word: t('retry'),
    content: (close) => (
      <Confirm
        question={t('retryAsk')}
        yes={t('retryYes')}
        command="refusals/retry"
        given={{ id }}
        close={close}
        onDone={() => sayAtTop(t('taken', { count: 1 }))}
        say={({ code, message }) => (code === 'conflict' ? t('notTaken', { reason: message }) : null)}
      />
    ),
  }
  return (
    <Card title={<Moment at={at} />} about={<Identifier>{code}</Identifier>} panels={[show, retry]}>
      <Facts
        isLong
        of={[
          [t('sender'), sender === null ? t('unknownSender') : <bdi key="sender">{sender}</bdi>],
          [t('reason'), <Told key="reason">{error.error?.message ?? code}</Told>],
          [t('request'), <Identifier key="request">{requestId}</Identifier>],
        ]}
      />
    </Card>
  )
}

/** In the words that the sender was answered with: they are English, whoever reads them. */
function Told({ children }: { children: string }) {
  return (
    <bdi className={styles.told} dir="ltr" lang="en">
      {children}
    </bdi>
  )
}

/** What came, asked for when somebody wants to see it: that it was looked at is noted. */
function Body({ id }: { id: string }) {
  const t = useTranslations('manage.refusals')
  const { command, isPending, problem } = useCommand()
  const [shown, setShown] = useState<Record<string, unknown> | null>(null)
  if (shown === null) {
    return (
      <div className={styles.body}>
        <p>{t('showHelp')}</p>
        <div role="alert">{problem}</div>
        <div>
          <Control kind="main" isDisabled={isPending} onPress={() => command('refusals/show', { id }, setShown)}>
            {t('show')}
          </Control>
        </div>
      </div>
    )
  }
  if (shown.body === null) return <p>{t('noBody')}</p>
  const { body, bodyBase64 } = shown
  return (
    <div className={styles.body}>
      {typeof body !== 'string' && <p>{t('binary')}</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrolled by a keyboard too */}
      <section className={styles.raw} aria-label={t('body')} tabIndex={0}>
        <pre dir="ltr" translate="no">
          {typeof body === 'string' ? indented(body) : String(bodyBase64)}
        </pre>
      </section>
    </div>
  )
}

/** JSON is read by its indents; what is none is shown as it came. */
function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
