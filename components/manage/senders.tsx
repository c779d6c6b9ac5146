'use client'

import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { CheckField, FieldGroup, TextField } from '#components/ui/form.tsx'
import { CopyField } from './copy-field.tsx'
import { LocationChoice, locationsIn, type Place } from './location-choice.tsx'
import { Empty, List, ManagePage, Past } from './manage-page.tsx'
import { PanelForm } from './panel-form.tsx'
import { Panels } from './panels.tsx'
import { NewSecret, type Sender, SenderCard } from './sender-card.tsx'
import { useCommand } from './use-command.ts'

type Props = {
  senders: readonly Sender[]
  places: readonly Place[]
  webhookAddress: string
}

export function Senders({ senders, places, webhookAddress }: Props) {
  const t = useTranslations('manage')
  const add = {
    name: 'add',
    word: t('senders.add'),
    content: (close: () => void) => <AddSender places={places} close={close} />,
  }
  const cards = (of: readonly Sender[]) =>
    of.map((sender) => (
      <li key={sender.id}>
        <SenderCard sender={sender} places={places} />
      </li>
    ))
  const current = senders.filter(({ revokedAt }) => revokedAt === null)
  const revoked = senders.filter(({ revokedAt }) => revokedAt !== null)
  return (
    <ManagePage title={t('nav.senders')}>
      <CopyField label={t('senders.address')} help={t('senders.addressHelp')} value={webhookAddress} />
      <Panels of="page" panels={[add]} />
      {current.length === 0 ? (
        <Empty title={t('senders.emptyTitle')}>
          <p>{t('senders.emptyHelp')}</p>
        </Empty>
      ) : (
        <List>{cards(current)}</List>
      )}
      {revoked.length > 0 && (
        <Past title={t('senders.revokedSenders', { count: revoked.length })}>{cards(revoked)}</Past>
      )}
    </ManagePage>
  )
}

function AddSender({ places, close }: { places: readonly Place[]; close: () => void }) {
  const t = useTranslations('manage')
  const { command, isPending, problem, setProblem } = useCommand()
  const [made, setMade] = useState<Record<string, unknown> | null>(null)
  if (made !== null) return <NewSecret of={made} close={close} />
  const submit = (values: FormData) => {
    const locations = locationsIn(values)
    if (locations.length === 0) return setProblem(t('problem.noLocation'))
    const given = {
      name: values.get('name'),
      locations: locations === 'every' ? [] : locations,
      isSigning: values.get('kind') === 'signing',
    }
    command('credential/add', given, setMade)
  }
  return (
    <PanelForm submit={t('senders.add')} isPending={isPending} problem={problem} onSubmit={submit} close={close}>
      <TextField name="name" label={t('senders.name')} maxLength={100} />
      <LocationChoice label={t('senders.locations')} known={places} chosen="every" mayChooseEvery />
      <FieldGroup label={t('senders.kind')}>
        <CheckField
          type="radio"
          name="kind"
          value="token"
          label={t('senders.token')}
          help={t('senders.tokenHelp')}
          isChecked
        />
        <CheckField
          type="radio"
          name="kind"
          value="signing"
          label={t('senders.signing')}
          help={t('senders.signingHelp')}
        />
      </FieldGroup>
    </PanelForm>
  )
}
