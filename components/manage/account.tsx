'use client'

import { useTranslations } from 'use-intl'
import { NewPasswordField } from '#components/account/set-up.tsx'
import { useAsk } from '#components/account/use-ask.ts'
import { TextField } from '#components/ui/form.tsx'
import { Identifier } from '#components/ui/identifier.tsx'
import { Card } from './card.tsx'
import { Facts, Places } from './facts.tsx'
import type { Place } from './location-choice.tsx'
import { List, ManagePage, useSay } from './manage-page.tsx'
import { PanelForm } from './panel-form.tsx'
import type { Person } from './person-card.tsx'
import { BeginSecondStep, EndSecondStep } from './second-step.tsx'

/** What somebody sets of their own. */
export function Account({ person, places }: { person: Person; places: readonly Place[] }) {
  const t = useTranslations('manage')
  const { name, email, role, locations, hasSecondFactor } = person
  const changePassword = {
    name: 'password',
    word: t('account.changePassword'),
    content: (close: () => void) => <ChangePassword email={email} close={close} />,
  }
  const secondStep = {
    name: hasSecondFactor ? 'end' : 'begin',
    word: t(hasSecondFactor ? 'account.end' : 'account.begin'),
    content: (close: () => void) =>
      hasSecondFactor ? <EndSecondStep close={close} /> : <BeginSecondStep close={close} />,
  }
  const everywhere = {
    name: 'everywhere',
    word: t('account.everywhere'),
    content: (close: () => void) => <SignOutEverywhere close={close} />,
  }
  return (
    <ManagePage title={t('nav.account')}>
      <List>
        <li>
          <Card title={<bdi>{name}</bdi>} about={t(`people.${role}`)} panels={[everywhere]}>
            <Facts
              isLong
              of={[
                [t('account.email'), <Identifier key="email">{email}</Identifier>],
                [
                  t('account.locations'),
                  <Places key="places" of={role === 'owner' ? 'every' : locations} known={places} />,
                ],
              ]}
            />
          </Card>
        </li>
        <li>
          <Card title={t('account.password')} panels={[changePassword]}>
            <p>{t('account.passwordHelp')}</p>
          </Card>
        </li>
        <li>
          <Card title={t('account.secondStep')} panels={[secondStep]}>
            <p>{t(hasSecondFactor ? 'account.secondStepOn' : 'account.secondStepOff')}</p>
          </Card>
        </li>
      </List>
    </ManagePage>
  )
}

function ChangePassword({ email, close }: { email: string; close: () => void }) {
  const t = useTranslations('manage')
  const { say } = useSay()
  const { send, isPending, problem } = useAsk()
  const done = () => {
    say(t('account.passwordChanged'))
    close()
  }
  const submit = (values: FormData) =>
    void send(
      'manager/change-password',
      { password: values.get('password'), newPassword: values.get('newPassword') },
      done,
      ({ code }) => (code === 'conflict' ? t('account.wrongPassword') : null),
    )
  return (
    <PanelForm submit={t('save')} isPending={isPending} problem={problem} onSubmit={submit} close={close}>
      {/* So that a password manager knows whose it is. */}
      <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
      <TextField
        name="password"
        label={t('account.passwordNow')}
        type="password"
        autoComplete="current-password"
        direction="ltr"
      />
      <NewPasswordField name="newPassword" />
    </PanelForm>
  )
}

function SignOutEverywhere({ close }: { close: () => void }) {
  const t = useTranslations('manage.account')
  const { send, isPending, problem } = useAsk()
  const submit = () => void send('manager/sign-out-everywhere', {}, () => location.assign('/login'))
  return (
    <PanelForm submit={t('everywhere')} isPending={isPending} problem={problem} onSubmit={submit} close={close}>
      <p>{t('everywhereHelp')}</p>
    </PanelForm>
  )
}
