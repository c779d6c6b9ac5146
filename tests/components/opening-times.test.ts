import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { alikeDays, dateOn, hoursOf, weekdays, weekOf } from '#components/manage/opening-times.ts'
import { isOpenAt, type OpeningHours, openingHoursSchema } from '#domain/opening-hours.ts'

const time = fc.oneof(
  fc.constantFrom('00:00', '24:00'),
  fc
    .tuple(fc.nat(23), fc.nat(59))
    .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`),
)
const spans = fc.array(fc.tuple(time, time), { maxLength: 2 })
const anyHours = fc.dictionary(fc.constantFrom(...weekdays), spans) as fc.Arbitrary<OpeningHours>

test('a form that is saved as it was opened changes no minute of the week', () => {
  fc.assert(
    fc.property(anyHours, fc.nat(7 * 24 * 60 - 1), (hours, minute) => {
      const saved = openingHoursSchema.parse(JSON.parse(JSON.stringify(hoursOf(weekOf(hours)))))
      assert.equal(isOpenAt(saved, minute), isOpenAt(hours, minute))
    }),
  )
})

test('a field is given no time that it cannot show', () => {
  fc.assert(
    fc.property(anyHours, (hours) => {
      for (const day of weekdays) assert.ok(!weekOf(hours)[day].flat().includes('24:00'))
    }),
  )
})

test('days that follow each other with the same times are told together', () => {
  const week = weekOf({ mon: [['09:00', '17:00']], tue: [['09:00', '17:00']], thu: [['09:00', '18:00']] })
  assert.deepEqual(
    alikeDays(week).map(({ first, last }) => [first, last]),
    [
      ['mon', 'tue'],
      ['wed', 'wed'],
      ['thu', 'thu'],
      ['fri', 'sun'],
    ],
  )
})

test('each day is written by a date that falls on it', () => {
  const names = weekdays.map((day) =>
    new Intl.DateTimeFormat('en', { weekday: 'short', timeZone: 'UTC' }).format(dateOn(day)),
  )
  assert.deepEqual(names, ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'])
})
