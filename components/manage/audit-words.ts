'use client'

import { useTranslations } from 'use-intl'
import type { OpeningHours } from '#domain/opening-hours.ts'
import type { WaitLimits } from '#domain/wait-limits.ts'
import { languages } from './location-form.tsx'
import { useHoursLines } from './opening-hours.tsx'

/** Words for what an entry says; what has none here is shown as it was written. */
export function useAuditWords() {
  const t = useTranslations('manage')
  const linesOf = useHoursLines()

  function actionOf(action: string): string {
    const key = `audit.action.${action}` as 'audit.action.sign in'
    return t.has(key) ? t(key) : action
  }

  function labelOf(name: string): string {
    const key = `audit.about.${name}` as 'audit.about.name'
    return t.has(key) ? t(key) : name
  }

  function wordsFor(about: Record<string, unknown>, name: string): string {
    const value = about[name]
    if (typeof value === 'boolean') return t(value ? 'yes' : 'no')
    // Of senders and owners none is named when all are theirs.
    if (name === 'locations' && Array.isArray(value) && value.length === 0) {
      return t(about.role === 'manager' ? 'place.none' : 'place.every')
    }
    if (value === 'every') return t('place.every')
    if (name === 'role') return roleOf(String(value))
    if (name === 'openingHours') return value === null ? t('hours.always') : hoursOf(value as OpeningHours)
    if (name === 'waitLimits') return value === null ? t('audit.usual') : limitsOf(value as WaitLimits)
    if (name === 'language') return languages.find((one) => one.value === value)?.words ?? t('locations.browsers')
    if (name === 'prepTimeMinutes' && value === null) return t('locations.prepTimeNone')
    if (Array.isArray(value)) return value.join(', ')
    return typeof value === 'object' ? JSON.stringify(value) : String(value)
  }

  function hoursOf(hours: OpeningHours): string {
    return linesOf(hours)
      .map(({ days, times }) => `${days} ${times ?? t('hours.closed')}`)
      .join('; ')
  }

  function limitsOf(limits: WaitLimits): string {
    const stages = ['preparing', 'ready', 'driverHere'] as const
    return stages
      .map((stage) => `${t(`locations.wait.${stage}`)} ${limits[stage].soon}/${limits[stage].late}`)
      .join('; ')
  }

  function roleOf(role: string): string {
    if (role === 'owner' || role === 'manager') return t(`people.${role}`)
    return role === 'kitchen' || role === 'counter' || role === 'pickup' ? t(`role.${role}`) : role
  }

  return { actionOf, labelOf, wordsFor }
}
