import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isQuiet, noticesOf } from '#components/board/notices.ts'
import type { Told } from '#components/live/screen.ts'
import { notHeardSince, unshownRole } from '#components/order/told.ts'
import { exampleOrder, minutesFromNow, now } from './order-view-example.ts'

const place = 'location_1'

function told(around: Partial<Told['locations'][string]> = {}, more: Partial<Told> = {}): Told {
  return {
    locations: { [place]: { lastWebhookAt: minutesFromNow(0), usualGapMs: null, gap: null, unshown: {}, ...around } },
    silentScreens: [],
    newBuild: null,
    ...more,
  }
}

const kinds = (...parameters: Parameters<typeof noticesOf>) =>
  noticesOf(...parameters).map(({ kind, tone }) => `${kind} ${tone}`)
const waiting = [exampleOrder({ lane: 'ready', kitchen: 'ready' })]
const gap = { id: 'gap_1', kind: 'off', from: minutesFromNow(-30), to: minutesFromNow(-6) } as const

test('a board around which all is well says nothing', () => {
  assert.deepEqual(kinds(told(), waiting, 'on', now), [])
})

test('a silent screen is named, and is graver after two minutes', () => {
  const silent = (minutes: number) =>
    told({}, { silentScreens: [{ id: 's', locationId: place, name: 'Grill', since: minutesFromNow(-minutes) }] })
  assert.deepEqual(kinds(silent(1), [], 'on', now), ['screen-silent soon'])
  assert.deepEqual(kinds(silent(2), [], 'on', now), ['screen-silent late'])
})

test('one gap of several locations is one notice, seen for all of them', () => {
  const both = told({ gap })
  const elsewhere = { ...both, locations: { ...both.locations, location_2: { lastWebhookAt: null, gap } } }
  const [notice, ...more] = noticesOf(elsewhere, [], 'on', now)
  assert.deepEqual(notice, { kind: 'gap', tone: 'soon', gap, locationIds: [place, 'location_2'] })
  assert.deepEqual(more, [])
})

const silence = (minutes: number, usualMinutes: number | null = null) =>
  told({ lastWebhookAt: minutesFromNow(-minutes), usualGapMs: usualMinutes === null ? null : usualMinutes * 60_000 })

test('a silence of Stream is told after 5 minutes, and is strange after 20', () => {
  assert.deepEqual(kinds(silence(4.9), waiting, 'on', now), [])
  assert.deepEqual(kinds(silence(5), waiting, 'on', now), ['stream-silent calm'])
  assert.deepEqual(kinds(silence(20), waiting, 'on', now), ['stream-silent soon'])
})

test('what is strange goes by what is usual at that hour, within limits', () => {
  assert.deepEqual(kinds(silence(29, 10), waiting, 'on', now), ['stream-silent calm'])
  assert.deepEqual(kinds(silence(30, 10), waiting, 'on', now), ['stream-silent soon'])
  assert.deepEqual(kinds(silence(5, 0.1), waiting, 'on', now), ['stream-silent soon'])
  assert.deepEqual(kinds(silence(89, 60), waiting, 'on', now), ['stream-silent calm'])
  assert.deepEqual(kinds(silence(90, 60), waiting, 'on', now), ['stream-silent soon'])
})

test('a silence is told only while an order waits for a driver', () => {
  const others = [
    exampleOrder({ lane: 'driver_here' }),
    exampleOrder({ lane: 'on_the_way' }),
    exampleOrder({ lane: 'ready', takenBy: 'guest' }),
    exampleOrder({ startAt: minutesFromNow(60) }),
  ]
  assert.deepEqual(kinds(silence(60), others, 'on', now), [])
  assert.deepEqual(kinds(silence(60), [exampleOrder()], 'on', now), ['stream-silent soon'])
})

test('a location of which nothing was ever heard is not silent: nobody is missed yet', () => {
  assert.deepEqual(kinds(told({ lastWebhookAt: null }), waiting, 'on', now), [])
})

test('blocked sound and a new build are told, the gravest first', () => {
  const all = told(
    { gap },
    {
      newBuild: 'b2',
      silentScreens: [{ id: 's', locationId: place, name: 'Grill', since: minutesFromNow(-3) }],
    },
  )
  assert.deepEqual(kinds(all, [], 'blocked', now), [
    'screen-silent late',
    'gap soon',
    'sound-blocked soon',
    'new-build calm',
  ])
})

test('a moment is quiet when nobody has anything to do', () => {
  assert.ok(isQuiet([], now))
  assert.ok(isQuiet([exampleOrder({ lane: 'done' }), exampleOrder({ lane: 'on_the_way' })], now))
  assert.ok(isQuiet([exampleOrder({ startAt: minutesFromNow(30) })], now))
  for (const lane of ['attention', 'driver_here', 'ready', 'preparing'] as const) {
    assert.ok(!isQuiet([exampleOrder({ lane })], now), lane)
  }
})

test('an order says when no screen of those who work on it has painted it', () => {
  const behind = told({ unshown: { kitchen: 6 } })
  assert.equal(unshownRole(exampleOrder({ seq: 7 }), behind), 'kitchen')
  assert.equal(unshownRole(exampleOrder({ seq: 6 }), behind), null)
  assert.equal(unshownRole(exampleOrder({ seq: 7, lane: 'ready' }), behind), null)
  assert.equal(unshownRole(exampleOrder({ seq: 7, lane: 'ready' }), told({ unshown: { counter: 0 } })), 'counter')
  assert.equal(unshownRole(exampleOrder({ seq: 7, lane: 'done' }), behind), null)
})

test('an open order that was last heard of before our gap ended says since when', () => {
  const before = exampleOrder({ times: { heardAt: minutesFromNow(-31) } })
  assert.equal(notHeardSince(before, told({ gap })), now - 31 * 60_000)
  assert.equal(notHeardSince(before, told()), null)
  assert.equal(notHeardSince(exampleOrder({ times: { heardAt: minutesFromNow(-5) } }), told({ gap })), null)
  assert.equal(
    notHeardSince(exampleOrder({ lane: 'done', times: { heardAt: minutesFromNow(-31) } }), told({ gap })),
    null,
  )
})
