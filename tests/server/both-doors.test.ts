/** The fast lane and Next's route are two doors to one function: nobody outside can tell which one was taken. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Sent, send, type ToSend } from '#tests/helpers/send.ts'
import { countsOf } from '#tests/helpers/stored.ts'
import { testServer } from '#tests/helpers/test-server.ts'
import { created, driverArrived, streamExamples, updated } from '#tests/helpers/webhooks.ts'

const chosenToken = 'whk_the_same_at_both_doors'

const valid = { authorization: `Bearer ${chosenToken}`, 'content-type': 'application/json' }

type Named = ToSend & { name: string }

const json = (name: string, body: unknown, headers: Record<string, string> = valid): Named => ({
  name,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

const atLocation = (body: { object: object }, order_id: string) => ({ ...body, object: { ...body.object, order_id } })

/** Sent one after another, so that both servers are in the same state at each. */
const requests: Named[] = [
  json('a first update', updated('north', 'one')),
  json('the same again', updated('north', 'one')),
  json('a driver', driverArrived('north', 'one')),
  json('a late one', updated('north', 'one', { delivery_status: 'enroute_to_pickup' })),
  json('another location', updated('söuth / 2', 'one')),
  json('a created order', created('north', 'key-1')),
  json('a created order again', created('north', 'key-1')),
  json('an amendment', created('north', 'key-1', { brand: 'Wok & Roll' })),
  json('a cancel', { type: 'order.canceled', object: { location_id: 'north', provider_id: 'one' } }),
  json('a type never heard of', { type: 'order.sang', object: { location_id: 'north' } }),
  json('letters of every kind', updated('north', 'ناقص 🍔 \u2028', { status: 'été' })),
  ...streamExamples().map(({ name, body }) => json(name, atLocation(body, name))),
  { ...json('without a length', updated('north', 'two')), isChunked: true },
  { ...json('with a query', updated('north', 'three')), path: '/api/webhooks/stream?from=stream&token=x' },
  { ...json('with a slash at the end', updated('north', 'three')), path: '/api/webhooks/stream/' },
  json('no type of content', updated('north', 'four'), { authorization: valid.authorization }),
  json('no token', updated('north', 'one'), { 'content-type': 'application/json' }),
  json('a wrong token', updated('north', 'one'), { ...valid, authorization: 'Bearer wrong' }),
  json('no body', '', valid),
  json('not JSON', '{"type":', valid),
  { name: 'not UTF-8', headers: valid, body: Buffer.from('{"type":"caf\xe9"}', 'latin1') },
  json('no object', '[]'),
  json('a wrong shape', { type: 'order.updated', object: { driver_details: { phone: [] } } }),
  json('a wrong shape of a created order', { type: 'order.created', object: { customers: 7 } }),
  json('NUL', updated('north', 'a\u0000b')),
  json('half a surrogate pair', '{"type":"order.updated","object":{"location_id":"n","order_id":"\\ud800"}}'),
  json('too deep', `{"type":"order.updated","object":${'['.repeat(64)}${']'.repeat(64)}}`),
  json('an id too long', updated('north', 'x'.repeat(201))),
  json('1 MiB', updated('north', 'big', { note: 'x'.repeat(1024 * 1024 - 200) })),
  json('2 MiB', updated('north', 'bigger', { note: 'x'.repeat(2 * 1024 * 1024) })),
  {
    ...json('2 MiB without a length', updated('north', 'bigger', { note: 'x'.repeat(2 * 1024 * 1024) })),
    isChunked: true,
  },
  json('2 MiB without a token', 'x'.repeat(2 * 1024 * 1024), {}),
  json('text', updated('north', 'one'), { ...valid, 'content-type': 'text/plain' }),
  json('compressed', updated('north', 'one'), { ...valid, 'content-encoding': 'gzip' }),
  ...['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'].map((method) => ({ name: method, method, headers: valid })),
  ...Array.from({ length: 40 }, (_, index) =>
    json(`guess ${index}`, '{}', { ...valid, authorization: `Bearer ${index}` }),
  ),
  json('a valid one after too many guesses', updated('north', 'five')),
]

/** Headers that tell something: the others belong to the connection, and `vary` to caches, which keep none of this. */
const telling = [
  'content-type',
  'cache-control',
  'www-authenticate',
  'allow',
  'retry-after',
  'content-security-policy',
  'x-content-type-options',
  'referrer-policy',
  'x-frame-options',
  'access-control-allow-origin',
  'set-cookie',
  'x-powered-by',
]

function seen({ status, headers, text }: Sent) {
  const told = Object.fromEntries(telling.map((name) => [name, headers[name]]))
  // How long to wait is told by a clock that goes on between the doors.
  const wait = Number(told['retry-after'])
  return { status, headers: { ...told, 'retry-after': wait >= 1 && wait <= 60 ? 'within a minute' : wait }, text }
}

async function answersThrough(fastLane: boolean) {
  await using server = await testServer({ fastLane })
  await server.passline.store.credentials.add('both doors', [], chosenToken)
  const answers = new Map<string, ReturnType<typeof seen>>()
  for (const { name, ...request } of requests) answers.set(name, seen(await send(server.url, request)))
  return { answers, counts: countsOf(server.databaseFile) }
}

test('the same requests get the same answers at both doors, and leave the same behind', async () => {
  // One after the other: the runtime that Next finds is one per process.
  const fast = await answersThrough(true)
  const next = await answersThrough(false)
  const statuses = new Set([...fast.answers.values()].map(({ status }) => status))
  assert.deepEqual([...statuses].sort(), [200, 308, 400, 401, 405, 413, 415, 429])
  for (const [name, answer] of fast.answers) assert.deepEqual(next.answers.get(name), answer, name)
  assert.deepEqual(next.counts, fast.counts)
})

test('what cannot be stored is told the same at both doors', async () => {
  const answers: unknown[] = []
  for (const fastLane of [true, false]) {
    await using server = await testServer({ fastLane })
    await server.passline.store.writer.close()
    for (const body of [updated('north', 'one'), created('north', 'key-1'), { type: 'order.sang' }]) {
      const sent = await send(server.url, json('', body, { ...valid, authorization: `Bearer ${server.token}` }))
      assert.equal(sent.status, 503)
      answers.push(seen(sent))
    }
    assert.deepEqual(countsOf(server.databaseFile), { receipts: 0, refusals: 0, orders: 0, changes: 0 })
  }
  assert.deepEqual(answers.slice(3), answers.slice(0, 3))
})
