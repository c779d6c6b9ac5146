'use client'

import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { CheckField } from '#components/ui/form.tsx'
import { Identifier, whoTag } from '#components/ui/identifier.tsx'
import { Card } from './card.tsx'
import { Confirm } from './confirm.tsx'
import { Facts, Places } from './facts.tsx'
import type { Place } from './location-choice.tsx'
import { useSay } from './manage-page.tsx'
import { PanelForm } from './panel-form.tsx'
import type { Panel } from './panels.tsx'
import { type Access, AccessFields, accessIn } from './person-fields.tsx'
import { ShownOnce } from './shown-once.tsx'
import { useCommand } from './use-command.ts'

export type Person = Access & { id: string; name: string; email: string; hasSecondFactor: boolean }

type Props = {
  person: Person
  places: readonly Place[]
  /** It is who looks at this page. */
  isYou: boolean
  isLastOwner: boolean
}

export function PersonCard({ person, places, isYou, isLastOwner }: Props) {
  const t = useTranslations('manage')
  const { sayAtTop } = useSay()
  const { id, name, email, role, locations, hasSecondFactor } = person
  // The server refuses to be left without an owner; what else it refuses has changed meanwhile.
  const sayWhy = ({ code }: { code: string }) => (code === 'conflict' && isLastOwner ? t('people.lastOwner') : null)
  const change: Panel = {
    name: 'change',
    word: t('change'),
    content: (close) => <ChangeAccess {...{ person, places, sayWhy, close }} />,
  }
  const link: Panel = {
    name: 'link',
    word: t('people.newLink'),
    content: (close) => <MakeLink person={person} close={close} />,
  }
  const remove: Panel = {
    name: 'remove',
    word: t('remove'),
    content: (close) => (
      <Confirm
        question={t.rich('people.removeAsk', { name, ...whoTag })}
        yes={t('remove')}
        command="manager/remove"
        given={{ id }}
        close={close}
        onDone={() => sayAtTop(t.rich('people.removed', { name, ...whoTag }))}
        say={sayWhy}
      />
    ),
  }
  return (
    <Card
      title={<bdi>{name}</bdi>}
      about={isYou ? `${t(`people.${role}`)} · ${t('people.you')}` : t(`people.${role}`)}
      panels={[change, link, remove]}
    >
      <Facts
        isLong
        of={[
          [t('people.email'), <Identifier key="email">{email}</Identifier>],
          [t('people.locations'), <Places key="places" of={role === 'owner' ? 'every' : locations} known={places} />],
          [t('people.secondStep'), t(hasSecondFactor ? 'yes' : 'no')],
        ]}
      />
    </Card>
  )
}

type ChangeProps = {
  person: Person
  places: readonly Place[]
  sayWhy: (failure: { code: string }) => string | null
  close: () => void
}

function ChangeAccess({ person, places, sayWhy, close }: ChangeProps) {
  const t = useTranslations('manage')
  const { say } = useSay()
  const { command, isPending, problem, setProblem } = useCommand()
  const submit = (values: FormData) => {
    const access = accessIn(values)
    if (access.role === 'manager' && access.locations.length === 0) return setProblem(t('problem.noLocation'))
    const done = () => {
      say(t.rich('saved', { name: person.name, ...whoTag }))
      close()
    }
    command('manager/set', { id: person.id, ...access }, done, sayWhy)
  }
  return (
    <PanelForm submit={t('save')} isPending={isPending} problem={problem} onSubmit={submit} close={close}>
      <AccessFields access={person} places={places} />
    </PanelForm>
  )
}

function MakeLink({ person: { name, email, hasSecondFactor }, close }: { person: Person; close: () => void }) {
  const t = useTranslations('manage')
  const { command, isPending, problem } = useCommand()
  const [link, setLink] = useState<string | null>(null)
  if (link !== null) return <PasswordLink link={link} close={close} />
  const submit = (values: FormData) =>
    command('manager/link', { email, withoutSecondFactor: values.has('withoutSecondFactor') }, (result) =>
      setLink(String(result.link)),
    )
  return (
    <PanelForm submit={t('people.makeLink')} isPending={isPending} problem={problem} onSubmit={submit} close={close}>
      <p>{t.rich('people.newLinkHelp', { name, ...whoTag })}</p>
      {hasSecondFactor && <CheckField name="withoutSecondFactor" label={t('people.withoutSecondStep')} />}
    </PanelForm>
  )
}

export function PasswordLink({ link, close }: { link: string; close: () => void }) {
  const t = useTranslations('manage.people')
  return <ShownOnce label={t('link')} help={t('linkHelp')} value={reachable(link)} close={close} />
}

/** A server that was told no address of its own calls itself localhost: others reach it as this browser did. */
function reachable(link: string): string {
  const { hostname, pathname } = new URL(link)
  return hostname === 'localhost' ? location.origin + pathname : link
}
