import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { businessDayStartedAt, weekMinutesAt } from '#domain/business-day.ts'

type Case = [what: string, timeZone: string, startMinutes: number, at: string, startedAt: string]

const cases: Case[] = [
  ['noon', 'UTC', 240, '2026-06-10T12:00:00Z', '2026-06-10T04:00:00Z'],
  ['the very start', 'UTC', 240, '2026-06-10T04:00:00Z', '2026-06-10T04:00:00Z'],
  ['a millisecond before', 'UTC', 240, '2026-06-10T03:59:59.999Z', '2026-06-09T04:00:00Z'],
  ['midnight', 'UTC', 0, '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
  ['after midnight, still yesterday', 'Europe/Madrid', 240, '2026-06-10T23:30:00Z', '2026-06-10T02:00:00Z'],
  ['in winter', 'Europe/Madrid', 240, '2026-01-10T12:00:00Z', '2026-01-10T03:00:00Z'],
  ['west of Greenwich', 'America/New_York', 240, '2026-06-10T07:59:00Z', '2026-06-09T08:00:00Z'],
  ['far west', 'Pacific/Honolulu', 240, '2026-06-10T14:00:00Z', '2026-06-10T14:00:00Z'],
  ['far east', 'Pacific/Kiritimati', 240, '2026-06-10T13:59:00Z', '2026-06-09T14:00:00Z'],
  ['half an hour off', 'Asia/Kolkata', 240, '2026-06-10T22:30:00Z', '2026-06-10T22:30:00Z'],
  ['three quarters off', 'Asia/Kathmandu', 240, '2026-06-10T22:14:00Z', '2026-06-09T22:15:00Z'],
  ['into summer time, that morning', 'Europe/Madrid', 240, '2026-03-29T02:00:00Z', '2026-03-29T02:00:00Z'],
  ['into summer time, the night', 'Europe/Madrid', 240, '2026-03-29T01:59:00Z', '2026-03-28T03:00:00Z'],
  ['into summer time, the next night', 'Europe/Madrid', 240, '2026-03-30T01:59:00Z', '2026-03-29T02:00:00Z'],
  ['into winter time, the night', 'Europe/Madrid', 240, '2026-10-25T02:59:00Z', '2026-10-24T02:00:00Z'],
  ['into winter time, that morning', 'Europe/Madrid', 240, '2026-10-25T03:00:00Z', '2026-10-25T03:00:00Z'],
  ['into summer time, New York', 'America/New_York', 240, '2026-03-08T08:00:00Z', '2026-03-08T08:00:00Z'],
  ['into winter time, New York', 'America/New_York', 240, '2026-11-01T08:59:00Z', '2026-10-31T08:00:00Z'],
  ['half an hour of summer time', 'Australia/Lord_Howe', 240, '2026-10-03T17:00:00Z', '2026-10-03T17:00:00Z'],
  ['a start that the clock skips', 'Europe/Madrid', 150, '2026-03-29T12:00:00Z', '2026-03-29T01:00:00Z'],
  ['a start that the clock skips, just before', 'Europe/Madrid', 150, '2026-03-29T00:59:00Z', '2026-03-28T01:30:00Z'],
  ['a start that the clock skips, just after', 'Europe/Madrid', 150, '2026-03-29T01:00:00Z', '2026-03-29T01:00:00Z'],
  ['a midnight that the clock skips', 'Africa/Cairo', 0, '2026-04-24T12:00:00Z', '2026-04-23T22:00:00Z'],
]

describe('when the business day began', () => {
  for (const [what, timeZone, startMinutes, at, startedAt] of cases) {
    test(`${what}: ${timeZone}, ${at}`, () => {
      const started = businessDayStartedAt(Date.parse(at), timeZone, startMinutes)
      assert.equal(new Date(started).toISOString(), new Date(startedAt).toISOString())
    })
  }

  test('it never goes back, and never lies ahead, through a whole year', () => {
    for (const timeZone of ['Europe/Madrid', 'America/New_York', 'Australia/Lord_Howe']) {
      let before = 0
      for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += 7 * 3_600_000) {
        const started = businessDayStartedAt(at, timeZone, 240)
        assert.ok(started <= at && at - started < 25.5 * 3_600_000, `${timeZone}, ${new Date(at).toISOString()}`)
        assert.ok(started >= before)
        before = started
      }
    }
  })
})

test('a clock that is changed a minute after midnight is told apart to the minute', () => {
  // Goose Bay set its clocks at 00:01 until 2011: 03:01 UTC on 2010-11-07, when 00:00:59 was followed by 23:01 the day before.
  const changed = Date.UTC(2010, 10, 7, 3, 1)
  assert.equal(weekMinutesAt(changed - 1, 'America/Goose_Bay'), 0)
  assert.equal(weekMinutesAt(changed, 'America/Goose_Bay'), 6 * 24 * 60 + 23 * 60 + 1)
})
