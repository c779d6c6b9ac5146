'use client'

import { useMemo, useState } from 'react'
import { useTranslations } from 'use-intl'
import { SelectField, TextField } from '#components/ui/form.tsx'
import { whoTag } from '#components/ui/identifier.tsx'
import type { Locale } from '#domain/locales.ts'
import type { OpeningHours } from '#domain/opening-hours.ts'
import type { WaitLimits } from '#domain/wait-limits.ts'
import { useSay } from './manage-page.tsx'
import { OpeningHoursField } from './opening-hours-field.tsx'
import { hoursOf, weekOf } from './opening-times.ts'
import { PanelForm } from './panel-form.tsx'
import { useCommand } from './use-command.ts'
import { WaitLimitsFields, waitLimitsIn } from './wait-limits-fields.tsx'

/** Each in its own words: who looks for it reads no other. */
export const languages: readonly { value: Locale; words: string }[] = [
  { value: 'en', words: 'English' },
  { value: 'es', words: 'Español' },
  { value: 'zh', words: '中文' },
  { value: 'ar', words: 'العربية' },
]

export type LocationSettings = {
  id: string
  name: string | null
  timeZone: string
  prepTimeMinutes: number | null
  openingHours: OpeningHours | null
  language: Locale | null
  waitLimits: WaitLimits | null
}

type Props = {
  /** As it is until now; null: a new one. */
  location: LocationSettings | null
  /** Of a new one. */
  timeZone: string
  /** Identifiers that are there already: setting one of them would change what is there. */
  taken: readonly string[]
  close: () => void
}

export function LocationForm({ location, timeZone, taken, close }: Props) {
  const t = useTranslations('manage')
  const { say } = useSay()
  const { command, isPending, problem, setProblem } = useCommand()
  const [week, setWeek] = useState(location?.openingHours ? weekOf(location.openingHours) : null)
  const own = location?.timeZone ?? timeZone
  const zones = useMemo(() => [...new Set([own, 'UTC', ...Intl.supportedValuesOf('timeZone')])].sort(), [own])
  const submit = (values: FormData) => {
    const [id = '', name = ''] = [location?.id ?? values.get('id'), values.get('name')].map((one) => String(one).trim())
    if (location === null && taken.includes(id)) return setProblem(t('locations.idTaken'))
    const given = {
      id,
      // A name cannot be taken back, only not given yet.
      ...(name !== '' && { name }),
      timeZone: values.get('timeZone'),
      openingHours: week === null ? 'always' : JSON.stringify(hoursOf(week)),
      prepTimeMinutes: values.get('prepTime') || 'none',
      language: values.get('language'),
      waitLimits: waitLimitsIn(values),
    }
    command('location/set', given, () => {
      say(t.rich('saved', { name: name || id, ...whoTag }))
      close()
    })
  }
  return (
    <PanelForm submit={t('save')} isPending={isPending} problem={problem} onSubmit={submit} close={close}>
      {location === null && (
        <TextField name="id" label={t('locations.id')} help={t('locations.idHelp')} direction="ltr" />
      )}
      <TextField
        name="name"
        label={t('locations.name')}
        maxLength={100}
        defaultValue={location?.name ?? ''}
        isRequired={location !== null && location.name !== null}
      />
      <SelectField name="timeZone" label={t('locations.timeZone')} options={zones} defaultValue={own} />
      <OpeningHoursField week={week} onChange={setWeek} />
      <TextField
        name="prepTime"
        label={t('locations.prepTime')}
        help={t('locations.prepTimeHelp')}
        type="number"
        inputMode="numeric"
        direction="ltr"
        minimum={1}
        maximum={240}
        defaultValue={String(location?.prepTimeMinutes ?? '')}
        isRequired={false}
      />
      <SelectField
        name="language"
        label={t('locations.language')}
        options={[{ value: 'browser', words: t('locations.browsers') }, ...languages]}
        defaultValue={location?.language ?? 'browser'}
      />
      <WaitLimitsFields limits={location?.waitLimits ?? null} />
    </PanelForm>
  )
}
