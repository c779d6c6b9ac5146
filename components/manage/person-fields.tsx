'use client'

import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { CheckField, FieldGroup } from '#components/ui/form.tsx'
import { LocationChoice, locationsIn, type Place } from './location-choice.tsx'

export type Access = { role: 'owner' | 'manager'; locations: readonly string[] }

/** What somebody may do: `accessIn` reads the answers. */
export function AccessFields({ access, places }: { access: Access; places: readonly Place[] }) {
  const t = useTranslations('manage.people')
  const [isOwner, setIsOwner] = useState(access.role === 'owner')
  return (
    <>
      <FieldGroup label={t('role')}>
        {(['owner', 'manager'] as const).map((role) => (
          <CheckField
            key={role}
            type="radio"
            name="role"
            value={role}
            label={t(role)}
            help={t(`${role}Help`)}
            isChecked={role === access.role}
            onChange={() => setIsOwner(role === 'owner')}
          />
        ))}
      </FieldGroup>
      {!isOwner && (
        <LocationChoice label={t('locations')} known={places} chosen={access.locations} mayChooseEvery={false} />
      )}
    </>
  )
}

export function accessIn(values: FormData): Access {
  const role = values.get('role') === 'owner' ? 'owner' : 'manager'
  const locations = locationsIn(values)
  return { role, locations: role === 'owner' || locations === 'every' ? [] : locations }
}
