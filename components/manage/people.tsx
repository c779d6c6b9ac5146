'use client'

import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { TextField } from '#components/ui/form.tsx'
import type { Place } from './location-choice.tsx'
import { List, ManagePage } from './manage-page.tsx'
import { PanelForm } from './panel-form.tsx'
import { Panels } from './panels.tsx'
import { PasswordLink, type Person, PersonCard } from './person-card.tsx'
import { AccessFields, accessIn } from './person-fields.tsx'
import { useCommand } from './use-command.ts'

type Props = { people: readonly Person[]; places: readonly Place[]; ownId: string }

export function People({ people, places, ownId }: Props) {
  const t = useTranslations('manage')
  const owners = people.filter(({ role }) => role === 'owner')
  const add = {
    name: 'add',
    word: t('people.add'),
    content: (close: () => void) => <AddPerson places={places} close={close} />,
  }
  return (
    <ManagePage title={t('nav.people')}>
      <Panels of="page" panels={[add]} />
      <List>
        {people.map((person) => (
          <li key={person.id}>
            <PersonCard
              person={person}
              places={places}
              isYou={person.id === ownId}
              isLastOwner={person.role === 'owner' && owners.length === 1}
            />
          </li>
        ))}
      </List>
    </ManagePage>
  )
}

function AddPerson({ places, close }: { places: readonly Place[]; close: () => void }) {
  const t = useTranslations('manage')
  const { command, isPending, problem, setProblem } = useCommand()
  const [link, setLink] = useState<string | null>(null)
  if (link !== null) return <PasswordLink link={link} close={close} />
  const submit = (values: FormData) => {
    const access = accessIn(values)
    if (access.role === 'manager' && access.locations.length === 0) return setProblem(t('problem.noLocation'))
    command(
      'manager/add',
      { email: values.get('email'), name: values.get('name'), ...access },
      (result) => setLink(String(result.link)),
      ({ code }) => (code === 'conflict' ? t('people.taken') : null),
    )
  }
  return (
    <PanelForm submit={t('people.add')} isPending={isPending} problem={problem} onSubmit={submit} close={close}>
      <TextField name="name" label={t('people.name')} maxLength={100} />
      <TextField name="email" label={t('people.email')} type="email" direction="ltr" />
      <AccessFields access={{ role: 'manager', locations: [] }} places={places} />
    </PanelForm>
  )
}
