import assert from 'node:assert/strict'
import { test } from 'node:test'
import { figureOf } from '#tests/helpers/metrics.ts'
import { send } from '#tests/helpers/send.ts'
import { holdLock } from '#tests/helpers/stored.ts'
import { testServer } from '#tests/helpers/test-server.ts'
import { updated } from '#tests/helpers/webhooks.ts'

test('updates are counted by outcome, refusals by reason, and batches by size and time', async () => {
  await using server = await testServer()
  await server.post(updated('north', 'one', { delivery_status: 'arrived_at_pickup' }))
  await server.post(updated('north', 'one', { delivery_status: 'arrived_at_pickup' }))
  await server.post(updated('north', 'one', { delivery_status: 'enroute_to_pickup' }))
  await server.post({ type: 'order.sang', object: {} })
  await server.post('no JSON')
  await server.post({ type: 'order.updated' })
  const { text, headers } = await send(server.url, { method: 'GET', path: '/api/metrics' })
  assert.match(headers['content-type'] ?? '', /^text\/plain/)
  const outcomes = ['changed', 'repeated', 'late', 'ignored'].map((outcome) =>
    figureOf(text, `passline_updates_total{outcome="${outcome}"}`),
  )
  assert.deepEqual(outcomes, [1, 1, 1, 1])
  const reasons = ['not_json', 'wrong_shape'].map((reason) =>
    figureOf(text, `passline_refusals_total{reason="${reason}"}`),
  )
  assert.deepEqual(reasons, [1, 1])
  assert.equal(figureOf(text, 'passline_commit_seconds_count'), 6)
  assert.equal(figureOf(text, 'passline_batch_size_sum'), 6)
  assert.equal(figureOf(text, 'passline_webhook_to_publish_seconds_count'), 4)
  assert.equal(figureOf(text, 'passline_queue_length'), 0)
  assert.equal(figureOf(text, 'passline_storing'), 1)
  assert.ok(figureOf(text, 'passline_disk_free_bytes') > 0)
  assert.ok(figureOf(text, 'passline_webhook_to_publish_seconds_sum') > 0)
})

test('what could not be stored is counted, and health says since when and why', async () => {
  await using server = await testServer()
  await server.post(updated('north', 'one'))
  const health = async () => (await send(server.url, { method: 'GET', path: '/api/health' })).json
  assert.deepEqual(await health(), { alive: true, storing: true })
  const lock = holdLock(server.databaseFile)
  assert.equal((await server.post(updated('north', 'two'))).status, 503)
  const failing = (await health()) as { alive: boolean; storing: { failingSince: string; reason: string } }
  assert.ok(failing.alive)
  assert.ok(Math.abs(Date.parse(failing.storing.failingSince) - Date.now()) < 60_000)
  assert.match(failing.storing.reason, /SocketTimeout|locked|SQLITE_BUSY|Timed out/i)
  const { text } = await send(server.url, { method: 'GET', path: '/api/metrics' })
  assert.equal(figureOf(text, 'passline_not_stored_total{reason="database"}'), 1)
  assert.equal(figureOf(text, 'passline_storing'), 0)
  lock.release()
})

test('with a token of their own the metrics are for who shows it', async () => {
  await using server = await testServer({ settings: { METRICS_TOKEN: 'sixteen-signs-of-prometheus' } })
  const read = async (authorization?: string) =>
    (await fetch(`${server.url}/api/metrics`, authorization ? { headers: { authorization } } : {})).status
  assert.deepEqual([await read(), await read('Bearer something-else-of-16')], [401, 401])
  assert.equal(await read('Bearer sixteen-signs-of-prometheus'), 200)
})
