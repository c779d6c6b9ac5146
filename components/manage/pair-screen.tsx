'use client'

import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { CheckField, Form, TextField } from '#components/ui/form.tsx'
import { Identifier, whoTag } from '#components/ui/identifier.tsx'
import { Control, ControlLink } from './control.tsx'
import type { Place } from './location-choice.tsx'
import { Actions, Empty, ManagePage } from './manage-page.tsx'
import { ScreenFields, screenIn, useLocationsProblem } from './screen-fields.tsx'
import { useCommand } from './use-command.ts'

type Props = {
  /** As the QR code on the screen brought it; empty: it is typed. */
  code: string
  places: readonly Place[]
  mayChooseEvery: boolean
  boardAddress: string
}

/** Confirms the code that a screen shows: only who stands in front of it can say that it is the right one. */
export function PairScreen({ code, places, mayChooseEvery, boardAddress }: Props) {
  const t = useTranslations('manage')
  const { command, isPending, problem, setProblem } = useCommand()
  const locationsProblem = useLocationsProblem()
  const [paired, setPaired] = useState<string | null>(null)
  const submit = (values: FormData) => {
    const screen = screenIn(values)
    const wrong = locationsProblem(screen.locations)
    if (wrong !== null) return setProblem(wrong)
    command(
      'screen/pair',
      { ...screen, code: values.get('code'), isInFrontOfMe: values.has('isInFrontOfMe') },
      () => setPaired(screen.name),
      (failure) => (failure.code === 'conflict' ? t('pair.unknownCode') : null),
    )
  }
  if (paired !== null) return <Paired name={paired} another={() => setPaired(null)} />
  return (
    <ManagePage title={t('pair.title')}>
      <Form submit={t('pair.submit')} isPending={isPending} problem={problem} onSubmit={submit}>
        <TextField
          name="code"
          label={t('pair.code')}
          help={t.rich('pair.codeHelp', {
            where: boardAddress,
            address: (inside) => <Identifier>{inside}</Identifier>,
          })}
          direction="ltr"
          maxLength={40}
          defaultValue={code}
        />
        <CheckField name="isInFrontOfMe" label={t('pair.inFront')} isRequired />
        <ScreenFields screen={null} places={places} mayChooseEvery={mayChooseEvery} />
      </Form>
    </ManagePage>
  )
}

function Paired({ name, another }: { name: string; another: () => void }) {
  const t = useTranslations('manage')
  return (
    <ManagePage title={t('pair.doneTitle')} isNews>
      <Empty title={name}>
        <p>{t.rich('pair.doneHelp', { name, ...whoTag })}</p>
      </Empty>
      <Actions>
        <ControlLink kind="main" href="/manage/screens">
          {t('back')}
        </ControlLink>
        <Control kind="large" onPress={another}>
          {t('pair.another')}
        </Control>
      </Actions>
    </ManagePage>
  )
}
