'use client'

import { useTranslations } from 'use-intl'
import { CheckField, FieldGroup } from '#components/ui/form.tsx'
import { Control } from './control.tsx'
import styles from './opening-hours.module.css'
import { useDayName } from './opening-hours.tsx'
import { type Span, type Week, type Weekday, weekdays } from './opening-times.ts'

/** What most places are: a day that is opened begins with it. */
const usualSpan: Span = ['11:00', '22:00']
const usualEvening: Span = ['18:00', '23:00']
const mostSpans = 2

type Props = { week: Week | null; onChange: (week: Week | null) => void }

/** When a location is open: always (null), or day by day. */
export function OpeningHoursField({ week, onChange }: Props) {
  const t = useTranslations('manage')
  const everyDay = (spans: readonly Span[]) =>
    Object.fromEntries(weekdays.map((day) => [day, spans])) as Record<Weekday, readonly Span[]>
  return (
    <FieldGroup label={t('locations.openingHours')}>
      <CheckField
        type="radio"
        name="opening"
        value="always"
        label={t('hours.always')}
        isChecked={week === null}
        onChange={() => onChange(null)}
      />
      <CheckField
        type="radio"
        name="opening"
        value="by-day"
        label={t('hours.byDay')}
        help={t('hours.help')}
        isChecked={week !== null}
        onChange={() => onChange(week ?? everyDay([usualSpan]))}
      />
      {week && (
        <div className={styles.week}>
          {weekdays.map((day) => (
            <Day key={day} day={day} spans={week[day]} onChange={(spans) => onChange({ ...week, [day]: spans })} />
          ))}
          <SameEveryDay onPress={() => onChange(everyDay(week.mon))} />
        </div>
      )}
    </FieldGroup>
  )
}

function SameEveryDay({ onPress }: { onPress: () => void }) {
  const t = useTranslations('manage.hours')
  const nameOf = useDayName('long')
  return (
    <div>
      <Control onPress={onPress}>{t('copyToAll', { day: nameOf('mon') })}</Control>
    </div>
  )
}

type DayProps = { day: Weekday; spans: readonly Span[]; onChange: (spans: readonly Span[]) => void }

/** Its buttons change what they say and stay where they are: a keyboard keeps its place. */
function Day({ day, spans, onChange }: DayProps) {
  const t = useTranslations('manage.hours')
  const name = useDayName('long')(day)
  const isClosed = spans.length === 0
  const isFull = spans.length >= mostSpans
  const change = (at: number, span: Span) => onChange(spans.map((one, index) => (index === at ? span : one)))
  return (
    // Not a fieldset: no browser lays out a legend beside what it is the legend of.
    // biome-ignore lint/a11y/useSemanticElements: as above
    <div className={styles.day} role="group" aria-label={name}>
      <div className={styles.head}>
        <span className={styles.name} aria-hidden="true">
          {name}
        </span>
        {isClosed && <span className={styles.closed}>{t('closed')}</span>}
        <Control onPress={() => onChange(isClosed ? [usualSpan] : [])}>{t(isClosed ? 'open' : 'close')}</Control>
        {!isClosed && (
          <Control onPress={() => onChange(isFull ? spans.slice(0, -1) : [...spans, usualEvening])}>
            {t(isFull ? 'removeSpan' : 'second')}
          </Control>
        )}
      </div>
      {spans.map(([from, to], at) => {
        const about = t('day', { day: name, number: at + 1 })
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: the first and the second time of a day are their places
          <div className={styles.span} key={at}>
            <input
              type="time"
              required
              aria-label={`${about}: ${t('from')}`}
              value={from}
              onChange={(event) => change(at, [event.currentTarget.value, to])}
            />
            <span aria-hidden="true">–</span>
            <input
              type="time"
              required
              aria-label={`${about}: ${t('to')}`}
              value={to}
              onChange={(event) => change(at, [from, event.currentTarget.value])}
            />
          </div>
        )
      })}
    </div>
  )
}
