'use client'

import { useTranslations } from 'use-intl'
import { Identifier } from '#components/ui/identifier.tsx'
import { Card } from './card.tsx'
import { Facts } from './facts.tsx'
import { LocationForm, type LocationSettings, languages } from './location-form.tsx'
import { Empty, List, ManagePage } from './manage-page.tsx'
import { OpeningHoursWords } from './opening-hours.tsx'
import { Panels } from './panels.tsx'

type Props = {
  locations: readonly LocationSettings[]
  /** Only owners may add what is not there yet. */
  mayAdd: boolean
  /** Of a new location. */
  timeZone: string
}

export function Locations({ locations, mayAdd, timeZone }: Props) {
  const t = useTranslations('manage')
  const taken = locations.map(({ id }) => id)
  const add = {
    name: 'add',
    word: t('locations.add'),
    content: (close: () => void) => <LocationForm location={null} {...{ timeZone, taken, close }} />,
  }
  return (
    <ManagePage title={t('nav.locations')}>
      {mayAdd && <Panels of="page" panels={[add]} />}
      {locations.length === 0 && (
        <Empty title={t('locations.emptyTitle')}>
          <p>{t(mayAdd ? 'locations.emptyHelp' : 'locations.emptyManagerHelp')}</p>
        </Empty>
      )}
      <List>
        {locations.map((location) => (
          <li key={location.id}>
            <LocationCard location={location} timeZone={timeZone} />
          </li>
        ))}
      </List>
    </ManagePage>
  )
}

function LocationCard({ location, timeZone }: { location: LocationSettings; timeZone: string }) {
  const t = useTranslations('manage')
  const { id, name, prepTimeMinutes } = location
  const change = {
    name: 'change',
    word: t('change'),
    content: (close: () => void) => <LocationForm taken={[]} {...{ location, timeZone, close }} />,
  }
  return (
    <Card
      title={<bdi>{name ?? id}</bdi>}
      about={name === null ? t('locations.unnamed') : <Identifier>{id}</Identifier>}
      panels={[change]}
    >
      <Facts
        isLong
        of={[
          [t('locations.timeZone'), <Identifier key="zone">{location.timeZone}</Identifier>],
          [t('locations.openingHours'), <OpeningHoursWords key="hours" hours={location.openingHours} />],
          [
            t('locations.prepTime'),
            prepTimeMinutes === null
              ? t('locations.prepTimeNone')
              : t('locations.minutes', { minutes: prepTimeMinutes }),
          ],
          [
            t('locations.language'),
            languages.find(({ value }) => value === location.language)?.words ?? t('locations.browsers'),
          ],
        ]}
      />
    </Card>
  )
}
