'use client'

import { useTranslations } from 'use-intl'
import { whoTag } from '#components/ui/identifier.tsx'
import { Card } from './card.tsx'
import { Confirm } from './confirm.tsx'
import { Facts, Moment, Places } from './facts.tsx'
import type { Place } from './location-choice.tsx'
import { useSay } from './manage-page.tsx'
import { PanelForm } from './panel-form.tsx'
import { ScreenFields, type ScreenSettings, screenIn, useLocationsProblem } from './screen-fields.tsx'
import { useCommand } from './use-command.ts'

export type ManagedScreen = ScreenSettings & { id: string; pairedAt: Date | null; revokedAt: Date | null }

type Props = { screen: ManagedScreen; places: readonly Place[]; mayChooseEvery: boolean }

export function ScreenCard({ screen, places, mayChooseEvery }: Props) {
  const t = useTranslations('manage')
  const { sayAtTop } = useSay()
  const { id, name, role, pairedAt, revokedAt } = screen
  const yesOrNo = (is: boolean) => t(is ? 'yes' : 'no')
  const change = {
    name: 'change',
    word: t('change'),
    content: (close: () => void) => <ChangeScreen {...{ screen, places, mayChooseEvery, close }} />,
  }
  const remove = {
    name: 'remove',
    word: t('remove'),
    content: (close: () => void) => (
      <Confirm
        question={t.rich('screens.removeAsk', { name, ...whoTag })}
        yes={t('remove')}
        command="screen/revoke"
        given={{ id }}
        close={close}
        onDone={() => sayAtTop(t.rich('screens.removed', { name, ...whoTag }))}
      />
    ),
  }
  return (
    <Card title={<bdi>{name}</bdi>} about={t(`role.${role}`)} panels={revokedAt === null ? [change, remove] : []}>
      <Facts
        of={[
          [t('screens.locations'), <Places key="places" of={screen.locations} known={places} />],
          revokedAt === null
            ? [t('screens.isPaired'), pairedAt === null ? t('screens.waits') : <Moment key="paired" at={pairedAt} />]
            : [t('screens.removedAt'), <Moment key="removed" at={revokedAt} />],
          [t('screens.guestsCanSee'), yesOrNo(screen.guestsCanSee)],
          [t('screens.isWatched'), yesOrNo(screen.isWatched)],
        ]}
      />
    </Card>
  )
}

function ChangeScreen({ screen, places, mayChooseEvery, close }: Props & { close: () => void }) {
  const t = useTranslations('manage')
  const { say } = useSay()
  const { command, isPending, problem, setProblem } = useCommand()
  const locationsProblem = useLocationsProblem()
  const submit = (values: FormData) => {
    const settings = screenIn(values)
    const wrong = locationsProblem(settings.locations)
    if (wrong !== null) return setProblem(wrong)
    command('screen/set', { id: screen.id, ...settings }, () => {
      say(t.rich('saved', { name: settings.name, ...whoTag }))
      close()
    })
  }
  return (
    <PanelForm submit={t('save')} isPending={isPending} problem={problem} onSubmit={submit} close={close}>
      <ScreenFields screen={screen} places={places} mayChooseEvery={mayChooseEvery} />
    </PanelForm>
  )
}
