/** Passline knows its own gaps, and what silence of Stream is usual. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { beat } from '#tests/helpers/screens.ts'
import { send } from '#tests/helpers/send.ts'
import { holdLock } from '#tests/helpers/stored.ts'
import { testServer } from '#tests/helpers/test-server.ts'
import { updated } from '#tests/helpers/webhooks.ts'

const minute = 60_000
const hour = 60 * minute
const start = Date.parse('2026-11-25T19:02:00Z')

const see = (url: string, token: string, location: string, gapId: string) =>
  send(url, {
    path: `/api/locations/${location}/gaps/${gapId}/seen`,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: '{}',
  })

test('off for more than a minute is a gap that each location is told of until somebody there has seen it', async () => {
  let at = start
  await using server = await testServer({ now: () => at })
  await server.post(updated('north', 'one'))
  at += 30_000
  await server.restart()
  const [north, both, pickup] = await Promise.all([
    server.screen('kitchen', ['north']),
    server.screen('counter', ['north', 'south']),
    server.screen('pickup', ['north']),
  ])
  assert.equal((await beat(north.socket)).locations.north?.gap, null, 'half a minute is none')
  await server.passline.stop()
  at += 24 * minute
  await server.restart()
  const again = await server.screen('kitchen', ['north'])
  const { gap } = (await beat(again.socket)).locations.north ?? {}
  assert.ok(gap)
  assert.equal(gap.kind, 'off')
  assert.deepEqual([gap.from, gap.to], [new Date(start + 30_000).toISOString(), new Date(at).toISOString()])
  const { locations } = await beat((await server.screen('pickup', ['north'])).socket)
  assert.ok(!('gap' in (locations.north ?? {})), 'guests are not told')

  assert.equal((await see(server.url, pickup.token, 'north', gap.id)).status, 403)
  assert.equal((await see(server.url, north.token, 'south', gap.id)).status, 403)
  assert.equal((await see(server.url, north.token, 'north', 'no such gap')).status, 404)
  assert.equal((await see(server.url, north.token, 'north', gap.id)).status, 200)
  const two = await server.screen('counter', ['north', 'south'])
  const after = await beat(two.socket)
  assert.equal(after.locations.north?.gap, null)
  assert.deepEqual(after.locations.south?.gap, gap)
  await server.restart()
  const later = await beat((await server.screen('counter', ['north', 'south'])).socket)
  assert.deepEqual([later.locations.north?.gap, later.locations.south?.gap], [null, gap], 'and after a restart')
  assert.ok(both.id)
})

test('a minute in which nothing could be stored is a gap, too', async () => {
  let at = start
  await using server = await testServer({ now: () => at })
  const { socket } = await server.screen('kitchen', ['north'])
  const { gaps } = server.passline.live
  await gaps.sign()
  const lock = holdLock(server.databaseFile)
  at += 70_000
  await gaps.sign()
  lock.release()
  at += 5_000
  await gaps.sign()
  const { gap } = (await beat(socket)).locations.north ?? {}
  assert.deepEqual(
    [gap?.kind, gap?.from, gap?.to],
    ['not_storing', new Date(start).toISOString(), new Date(at).toISOString()],
  )
  at += 25 * hour
  await gaps.sign()
  assert.notEqual((await beat(socket)).locations.north?.gap?.id, gap?.id, 'a day later it is history')
})

test('what is usual between two webhooks is known by the hour of the week, after a restart too', async () => {
  const week = 7 * 24 * hour
  let at = start
  await using server = await testServer({ now: () => at })
  const { socket } = await server.screen('kitchen', ['north'])
  const usual = async () => (await beat(socket)).locations.north?.usualGapMs
  const hear = async (count: number) => {
    for (let number = 0; number < count; number += 1) await server.post(updated('north', `${at} ${number}`))
  }
  const turn = () => server.passline.live.usualGaps.turn()
  await hear(1)
  at = start + hour
  await turn()
  assert.equal(await usual(), null, 'an hour that was not heard from its beginning says nothing')
  await hear(30)
  at += hour
  await turn()
  assert.equal(await usual(), null, 'of this hour nothing is known yet')
  at += week - hour
  await turn()
  assert.equal(await usual(), 2 * minute)
  await hear(10)
  at += hour
  await turn()
  at += week - hour
  await turn()
  assert.equal(await usual(), hour / (30 * 0.7 + 10 * 0.3))
  await server.restart()
  const again = await server.screen('kitchen', ['north'])
  assert.equal((await beat(again.socket)).locations.north?.usualGapMs, hour / (30 * 0.7 + 10 * 0.3))
})
