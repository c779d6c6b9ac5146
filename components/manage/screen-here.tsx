'use client'

import { useTranslations } from 'use-intl'
import { Form } from '#components/ui/form.tsx'
import type { Place } from './location-choice.tsx'
import { ManagePage } from './manage-page.tsx'
import { ScreenFields, screenIn, useLocationsProblem } from './screen-fields.tsx'
import { useCommand } from './use-command.ts'

/** Makes a screen, and opens its link in this very browser. */
export function ScreenHere({ places, mayChooseEvery }: { places: readonly Place[]; mayChooseEvery: boolean }) {
  const t = useTranslations('manage')
  const { command, isPending, problem, setProblem } = useCommand()
  const locationsProblem = useLocationsProblem()
  const submit = (values: FormData) => {
    const screen = screenIn(values)
    const wrong = locationsProblem(screen.locations)
    if (wrong !== null) return setProblem(wrong)
    // By the name that this browser knows us by: a link may have another.
    command('screen/add', screen, ({ link }) => location.assign(new URL(String(link)).pathname))
  }
  return (
    <ManagePage title={t('here.title')} lead={t('here.help')}>
      <Form submit={t('here.submit')} isPending={isPending} problem={problem} onSubmit={submit}>
        <ScreenFields screen={null} places={places} mayChooseEvery={mayChooseEvery} />
      </Form>
    </ManagePage>
  )
}
