import assert from 'node:assert/strict'
import { test } from 'node:test'
import { weekMinutesAt } from '#domain/business-day.ts'
import { isOpenAt, type OpeningHours, openingHoursSchema } from '#domain/opening-hours.ts'

const at = (day: number, time: string) => {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return day * 1_440 + hours * 60 + minutes
}

test('without hours it is always open, and without a day it is closed on it', () => {
  assert.ok(isOpenAt(null, at(3, '03:00')))
  assert.ok(!isOpenAt({}, at(3, '12:00')))
})

test('it is open from the first minute up to, but not including, the last', () => {
  const hours: OpeningHours = {
    mon: [
      ['11:00', '14:30'],
      ['17:00', '22:00'],
    ],
  }
  const open = ['11:00', '14:29', '17:00', '21:59']
  const closed = ['10:59', '14:30', '16:59', '22:00']
  for (const time of open) assert.ok(isOpenAt(hours, at(1, time)), time)
  for (const time of closed) assert.ok(!isOpenAt(hours, at(1, time)), time)
  assert.ok(!isOpenAt(hours, at(2, '12:00')))
})

test('a night goes on into the next day, Saturday’s into Sunday', () => {
  const hours: OpeningHours = { sat: [['18:00', '02:00']] }
  assert.ok(isOpenAt(hours, at(6, '23:59')))
  assert.ok(isOpenAt(hours, at(0, '01:59')))
  assert.ok(!isOpenAt(hours, at(0, '02:00')))
  assert.ok(!isOpenAt(hours, at(6, '01:00')))
})

test('the same time twice, and midnight to midnight, is the whole day', () => {
  for (const span of [
    ['09:00', '09:00'],
    ['00:00', '24:00'],
  ] as const) {
    const hours: OpeningHours = { wed: [[...span]] }
    assert.ok(isOpenAt(hours, at(3, '09:00')))
    assert.ok(isOpenAt(hours, at(3, '23:59')))
  }
})

test('minutes of the week are those of the location’s own clock', () => {
  // Wednesday 25 November 2026, 23:30 UTC.
  const moment = Date.UTC(2026, 10, 25, 23, 30)
  assert.equal(weekMinutesAt(moment, 'UTC'), at(3, '23:30'))
  assert.equal(weekMinutesAt(moment, 'Asia/Shanghai'), at(4, '07:30'))
  assert.equal(weekMinutesAt(moment, 'America/New_York'), at(3, '18:30'))
})

test('times that are none are refused', () => {
  for (const bad of ['9:00', '25:00', '12:60', 'noon']) {
    assert.ok(!openingHoursSchema.safeParse({ mon: [[bad, '12:00']] }).success, bad)
  }
  assert.ok(!openingHoursSchema.safeParse({ monday: [] }).success)
})
