/** Opening hours as a form has them, and as words: days in the order of a working week. */
import type { OpeningHours } from '#domain/opening-hours.ts'

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof weekdays)[number]

export type Span = readonly [from: string, to: string]

/** Every day, closed ones with no span. */
export type Week = Record<Weekday, readonly Span[]>

/** A field for a time knows no 24:00: what ends then ends at 00:00, what begins then begins on the next day. */
export function weekOf(hours: OpeningHours): Week {
  const week: Record<Weekday, Span[]> = { mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] }
  for (const [index, day] of weekdays.entries()) {
    for (const [from, to] of hours[day] ?? []) {
      const on = from === '24:00' ? (weekdays[(index + 1) % weekdays.length] ?? day) : day
      week[on].push([from === '24:00' ? '00:00' : from, to === '24:00' ? '00:00' : to])
    }
  }
  return week
}

/** Days without a span are left out: they are closed. */
export function hoursOf(week: Week): OpeningHours {
  return Object.fromEntries(
    weekdays.filter((day) => week[day].length > 0).map((day) => [day, week[day].map(([from, to]) => [from, to])]),
  )
}

/** Days that follow each other and have the same times, together. */
export function alikeDays(week: Week): { first: Weekday; last: Weekday; spans: readonly Span[] }[] {
  const groups: { first: Weekday; last: Weekday; spans: readonly Span[] }[] = []
  for (const day of weekdays) {
    const group = groups.at(-1)
    if (group && isAlike(group.spans, week[day])) group.last = day
    else groups.push({ first: day, last: day, spans: week[day] })
  }
  return groups
}

function isAlike(one: readonly Span[], other: readonly Span[]): boolean {
  return one.length === other.length && one.every(([from, to], at) => from === other[at]?.[0] && to === other[at]?.[1])
}

/** A moment on that day of the week, in UTC: its name is written from it. */
export function dateOn(day: Weekday): Date {
  // 1 January 2024 was a Monday.
  return new Date(Date.UTC(2024, 0, 1 + weekdays.indexOf(day)))
}
