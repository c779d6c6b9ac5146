'use client'

import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { CheckField, FieldGroup } from '#components/ui/form.tsx'
import { Identifier } from '#components/ui/identifier.tsx'

export type Place = { id: string; name: string | null }

type Props = {
  label: string
  known: readonly Place[]
  chosen: readonly string[] | 'every'
  /** Only who has every location may give it. */
  mayChooseEvery: boolean
}

/** Which locations: `locationsIn` reads the answer. */
export function LocationChoice({ label, known, chosen, mayChooseEvery }: Props) {
  const t = useTranslations('manage.locationChoice')
  const [isEvery, setIsEvery] = useState(chosen === 'every')
  // What was chosen before stays to be seen, though nothing is known of it.
  const unknown = chosen === 'every' ? [] : chosen.filter((id) => !known.some((one) => one.id === id))
  const places = [...known, ...unknown.map((id) => ({ id, name: null }))]
  return (
    <FieldGroup label={label}>
      {mayChooseEvery && (
        <CheckField name="every" label={t('every')} isChecked={chosen === 'every'} onChange={setIsEvery} />
      )}
      {!isEvery &&
        places.map(({ id, name }) => (
          <CheckField
            key={id}
            name="location"
            value={id}
            label={<bdi>{name ?? id}</bdi>}
            help={name !== null && name !== id && <Identifier>{id}</Identifier>}
            isChecked={chosen.includes(id) || (places.length === 1 && !mayChooseEvery)}
          />
        ))}
      {!isEvery && places.length === 0 && <p>{t('none')}</p>}
    </FieldGroup>
  )
}

export function locationsIn(values: FormData): string[] | 'every' {
  return values.has('every') ? 'every' : values.getAll('location').map(String)
}
