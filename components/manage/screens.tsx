'use client'

import { useTranslations } from 'use-intl'
import { ControlLink } from './control.tsx'
import { CopyField } from './copy-field.tsx'
import type { Place } from './location-choice.tsx'
import { Actions, Empty, List, ManagePage, Past } from './manage-page.tsx'
import { type ManagedScreen, ScreenCard } from './screen-card.tsx'

type Props = {
  screens: readonly ManagedScreen[]
  places: readonly Place[]
  mayChooseEvery: boolean
  /** Where a screen shows its code. */
  boardAddress: string
}

export function Screens({ screens, places, mayChooseEvery, boardAddress }: Props) {
  const t = useTranslations('manage')
  const cards = (of: readonly ManagedScreen[]) =>
    of.map((screen) => (
      <li key={screen.id}>
        <ScreenCard screen={screen} places={places} mayChooseEvery={mayChooseEvery} />
      </li>
    ))
  const [current, removed] = [
    screens.filter(({ revokedAt }) => revokedAt === null),
    screens.filter(({ revokedAt }) => revokedAt !== null),
  ]
  return (
    <ManagePage title={t('nav.screens')}>
      <Actions>
        <ControlLink kind="main" href="/manage/pair">
          {t('screens.pair')}
        </ControlLink>
        <ControlLink kind="large" href="/manage/here">
          {t('screens.useThisBrowser')}
        </ControlLink>
      </Actions>
      {current.length === 0 ? (
        <Empty title={t('screens.emptyTitle')}>
          <p>{t('screens.emptyHelp')}</p>
          <CopyField label={t('screens.boardAddress')} value={boardAddress} />
        </Empty>
      ) : (
        <List>{cards(current)}</List>
      )}
      {removed.length > 0 && (
        <Past title={t('screens.removedScreens', { count: removed.length })}>{cards(removed)}</Past>
      )}
    </ManagePage>
  )
}
