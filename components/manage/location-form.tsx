'use client'

import { useMemo, useState } from 'react'
import { useTranslations } from 'use-intl'
import { SelectField, TextField } from '#components/ui/form.tsx'
import { whoTag } from '#components/ui/identifier.tsx'
import type { OpeningHours } from '#domain/opening-hours.ts'
import { useSay } from './manage-page.tsx'
import { OpeningHoursField } from './opening-hours-field.tsx'
import { hoursOf, weekOf } from './opening-times.ts'
import { PanelForm } from './panel-form.tsx'
import { useCommand } from './use-command.ts'

export type LocationSettings = {
  id: string
  name: string | null
  timeZone: string
  prepTimeMinutes: number | null
  openingHours: OpeningHours | null
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
    </PanelForm>
  )
}
