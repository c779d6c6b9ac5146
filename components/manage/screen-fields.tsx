'use client'

import { useTranslations } from 'use-intl'
import { CheckField, TextField } from '#components/ui/form.tsx'
import type { ScreenRole } from '#domain/protocol.ts'
import { maximumLocationsPerScreen } from '#domain/screen-limits.ts'
import { LocationChoice, locationsIn, type Place } from './location-choice.tsx'
import { RoleChoice } from './role-choice.tsx'

export type ScreenSettings = {
  name: string
  role: ScreenRole
  locations: readonly string[] | 'every'
  isWatched: boolean
  guestsCanSee: boolean
}

type Props = {
  /** As it is until now; null: a new one. */
  screen: ScreenSettings | null
  places: readonly Place[]
  mayChooseEvery: boolean
}

/** What is set of a screen: `screenIn` reads the answers. */
export function ScreenFields({ screen, places, mayChooseEvery }: Props) {
  const t = useTranslations('manage')
  return (
    <>
      <CheckField
        name="guestsCanSee"
        label={t('screenForm.guestsCanSee')}
        help={t('screenForm.guestsCanSeeHelp')}
        isChecked={screen?.guestsCanSee ?? false}
      />
      <LocationChoice
        label={t('locationChoice.label')}
        known={places}
        chosen={screen?.locations ?? []}
        mayChooseEvery={mayChooseEvery}
      />
      <RoleChoice chosen={screen?.role ?? null} />
      <TextField
        name="name"
        label={t('screenForm.name')}
        help={t('screenForm.nameHelp')}
        maxLength={100}
        defaultValue={screen?.name ?? ''}
      />
      <CheckField
        name="isWatched"
        label={t('screenForm.isWatched')}
        help={t('screenForm.isWatchedHelp')}
        isChecked={screen?.isWatched ?? true}
      />
    </>
  )
}

export function screenIn(values: FormData): ScreenSettings {
  return {
    name: String(values.get('name')),
    role: values.get('role') as ScreenRole,
    locations: locationsIn(values),
    isWatched: values.has('isWatched'),
    guestsCanSee: values.has('guestsCanSee'),
  }
}

/** What is wrong with the locations of a screen, in words; null: nothing. */
export function useLocationsProblem(): (locations: readonly string[] | 'every') => string | null {
  const t = useTranslations('manage.problem')
  return (locations) => {
    if (locations === 'every') return null
    if (locations.length === 0) return t('noLocation')
    if (locations.length <= maximumLocationsPerScreen) return null
    return t('tooManyLocations', { count: String(maximumLocationsPerScreen) })
  }
}
