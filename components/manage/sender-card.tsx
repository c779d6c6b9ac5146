'use client'

import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { whoTag } from '#components/ui/identifier.tsx'
import { Card } from './card.tsx'
import { Confirm } from './confirm.tsx'
import { Facts, Moment, Places } from './facts.tsx'
import type { Place } from './location-choice.tsx'
import { useSay } from './manage-page.tsx'
import type { Panel } from './panels.tsx'
import { ShownOnce } from './shown-once.tsx'

type Secret = { kind: 'token' | 'signing'; createdAt: Date; lastUsedAt: Date | null }

export type Sender = {
  id: string
  name: string
  revokedAt: Date | null
  /** None: it speaks for every one. */
  locations: readonly string[]
  secrets: readonly Secret[]
}

export function SenderCard({ sender, places }: { sender: Sender; places: readonly Place[] }) {
  const t = useTranslations('manage')
  const { say, sayAtTop } = useSay()
  const { id, name, revokedAt, locations, secrets } = sender
  const rotate: Panel = {
    name: 'rotate',
    word: t('senders.rotate'),
    content: (close) => <Rotate sender={sender} close={close} />,
  }
  const retire: Panel = {
    name: 'retire',
    word: t('senders.retire'),
    content: (close) => (
      <Confirm
        question={t.rich('senders.retireAsk', { name, ...whoTag })}
        yes={t('senders.retire')}
        command="credential/retire"
        given={{ id }}
        close={close}
        onDone={() => {
          close()
          say(t.rich('senders.retired', { name, ...whoTag }))
        }}
      />
    ),
  }
  const revoke: Panel = {
    name: 'revoke',
    word: t('senders.revoke'),
    content: (close) => (
      <Confirm
        question={t.rich('senders.revokeAsk', { name, ...whoTag })}
        yes={t('senders.revoke')}
        command="credential/revoke"
        given={{ id }}
        close={close}
        onDone={() => sayAtTop(t.rich('senders.revoked', { name, ...whoTag }))}
      />
    ),
  }
  const panels = secrets.length > 1 ? [rotate, retire, revoke] : [rotate, revoke]
  return (
    <Card title={<bdi>{name}</bdi>} panels={revokedAt === null ? panels : []}>
      <Facts
        isLong
        of={[
          [
            t('senders.locations'),
            <Places key="places" of={locations.length === 0 ? 'every' : locations} known={places} />,
          ],
          revokedAt === null
            ? [t('senders.secrets'), <Secrets key="secrets" secrets={secrets} />]
            : [t('senders.revokedAt'), <Moment key="revoked" at={revokedAt} />],
        ]}
      />
    </Card>
  )
}

function Secrets({ secrets }: { secrets: readonly Secret[] }) {
  const t = useTranslations('manage.senders')
  return (
    <ul>
      {secrets.map(({ kind, createdAt, lastUsedAt }) => (
        <li key={createdAt.toISOString()}>
          {t(kind)} · {t.rich('made', { time: () => <Moment at={createdAt} /> })} ·{' '}
          {lastUsedAt === null ? t('neverUsed') : t.rich('used', { time: () => <Moment at={lastUsedAt} /> })}
        </li>
      ))}
    </ul>
  )
}

function Rotate({ sender: { id, name, secrets }, close }: { sender: Sender; close: () => void }) {
  const t = useTranslations('manage.senders')
  const [made, setMade] = useState<Record<string, unknown> | null>(null)
  if (made !== null) return <NewSecret of={made} close={close} />
  if (secrets.length > 1) return <p>{t('rotateFull')}</p>
  return (
    <Confirm
      question={t.rich('rotateAsk', { name, ...whoTag })}
      yes={t('rotateYes')}
      command="credential/rotate"
      given={{ id }}
      close={close}
      onDone={setMade}
    />
  )
}

/** @param of what the server answered: a token, or a secret that signs */
export function NewSecret({ of, close }: { of: Record<string, unknown>; close: () => void }) {
  const t = useTranslations('manage.senders')
  return typeof of.token === 'string' ? (
    <ShownOnce label={t('token')} value={of.token} close={close} />
  ) : (
    <ShownOnce label={t('signing')} value={String(of.signingSecret)} close={close} />
  )
}
