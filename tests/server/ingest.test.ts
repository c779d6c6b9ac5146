import assert from 'node:assert/strict'
import { test } from 'node:test'
import { send } from '#tests/helpers/send.ts'
import { countsOf, stored } from '#tests/helpers/stored.ts'
import { type TestServer, testServer } from '#tests/helpers/test-server.ts'
import { created, streamExamples, updated } from '#tests/helpers/webhooks.ts'

type ErrorBody = { error: { code: string; message: string; issues: { path: string; message: string }[] } }

const nothing = { receipts: 0, refusals: 0, orders: 0, changes: 0 }

function authorized(server: TestServer, more: Record<string, string> = {}) {
  return { authorization: `Bearer ${server.token}`, 'content-type': 'application/json', ...more }
}

/** Sends a body that must be refused; nothing but the refusal, with the bytes as they came, is stored. */
async function refusal(server: TestServer, body: string | Buffer, expected: { status: number; code: string }) {
  const before = countsOf(server.databaseFile)
  const sent = await send(server.url, { headers: authorized(server), body })
  const { error } = sent.json as ErrorBody
  assert.deepEqual({ status: sent.status, code: error.code }, expected, sent.text)
  assert.match(sent.headers['content-type'] ?? '', /^application\/json/)
  assert.notEqual(error.message, '')
  assert.deepEqual(countsOf(server.databaseFile), { ...before, refusals: before.refusals + 1 })
  const [kept] = stored(server.databaseFile, 'SELECT * FROM refusals ORDER BY id DESC LIMIT 1')
  assert.equal(kept?.code, expected.code)
  assert.deepEqual(JSON.parse(String(kept?.error)), sent.json)
  assert.deepEqual(kept?.body, Buffer.from(body))
  return { error, json: sent.json as Record<string, unknown> }
}

test('a new update is stored and answers `changed` with its seq', async () => {
  await using server = await testServer()
  const { status, json, headers } = await server.post(updated('north', 'one'))
  assert.deepEqual({ status, json }, { status: 200, json: { outcome: 'changed', seq: 1 } })
  assert.equal(headers.get('cache-control'), 'no-store')
  assert.deepEqual(countsOf(server.databaseFile), { receipts: 1, refusals: 0, orders: 1, changes: 1 })
})

test('a repeated update answers `repeated` with the first seq, and is kept as a receipt', async () => {
  await using server = await testServer()
  await server.post(updated('north', 'one'))
  await server.post(updated('north', 'two'))
  assert.deepEqual((await server.post(updated('north', 'one'))).json, { outcome: 'repeated', seq: 1 })
  assert.deepEqual(countsOf(server.databaseFile), { receipts: 3, refusals: 0, orders: 2, changes: 2 })
})

test('an update that comes too late answers `late` and moves nothing', async () => {
  await using server = await testServer()
  await server.post(updated('north', 'one', { status: 'completed', delivery_status: 'completed' }))
  const late = updated('north', 'one', { status: 'out_for_delivery', delivery_status: 'enroute_to_pickup' })
  assert.deepEqual((await server.post(late)).json, { outcome: 'late', seq: 1 })
  assert.deepEqual(countsOf(server.databaseFile), { receipts: 2, refusals: 0, orders: 1, changes: 1 })
})

test('each location counts for itself', async () => {
  await using server = await testServer()
  await server.post(updated('north', 'one'))
  await server.post(updated('north', 'two'))
  assert.deepEqual((await server.post(updated('south', 'one'))).json, { outcome: 'changed', seq: 1 })
  assert.deepEqual((await server.post(updated('north', 'three'))).json, { outcome: 'changed', seq: 3 })
})

test('a type never heard of is answered `ignored` and kept as it came', async () => {
  await using server = await testServer()
  const body = '{ "type": "order.sang", "object": {"location_id": "north", "song": "Ünïcode"} }'
  const { status, json } = await server.post(body)
  assert.equal(status, 200)
  assert.equal((json as { outcome: string }).outcome, 'ignored')
  assert.deepEqual(countsOf(server.databaseFile), { ...nothing, receipts: 1 })
  const [receipt] = stored(server.databaseFile, 'SELECT * FROM receipts')
  assert.deepEqual(
    { type: receipt?.type, location: receipt?.location_id, outcome: receipt?.outcome, body: receipt?.body },
    { type: 'order.sang', location: 'north', outcome: 'ignored', body },
  )
})

test('a receipt holds the body as it came, byte by byte', async () => {
  await using server = await testServer()
  const body =
    '{"type":"order.updated",\n\t"object":{"location_id":"north","order_id":"ö/1","status":"x","new":[1e3, "🍔"]}}'
  await server.post(body)
  const [receipt] = stored(server.databaseFile, 'SELECT * FROM receipts')
  assert.equal(receipt?.body, body)
  assert.equal(receipt?.seq, 1)
})

test('values never heard of are kept and shown, never refused', async () => {
  await using server = await testServer()
  const update = updated('north', 'one', { status: 'being_sung_to', delivery_status: 'on_the_moon', more: { a: [1] } })
  assert.deepEqual((await server.post(update)).json, { outcome: 'changed', seq: 1 })
  const order = await server.passline.store.boards.order('north', 'one')
  assert.deepEqual([order?.status, order?.deliveryStatus], ['being_sung_to', 'on_the_moon'])
})

test('an order id may hold any characters up to 200', async () => {
  await using server = await testServer()
  const id = `a\n"b'/../%00 \\ ${'🍔'.repeat(20)}`.padEnd(200, 'x')
  assert.deepEqual((await server.post(updated(id, id))).json, { outcome: 'changed', seq: 1 })
  assert.deepEqual((await server.post(updated(id, id))).json, { outcome: 'repeated', seq: 1 })
})

test('no credential, a wrong one and one of another kind are refused, and nothing is stored', async () => {
  await using server = await testServer()
  const body = JSON.stringify(updated('north', 'one'))
  const headers = [
    undefined,
    'Bearer wrong',
    'Bearer ',
    `Basic ${server.token}`,
    `Bearer ${server.token}x`,
    server.token,
  ]
  for (const authorization of headers) {
    const sent = await send(server.url, {
      headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
      body,
    })
    assert.equal(sent.status, 401, String(authorization))
    assert.equal(sent.headers['www-authenticate'], 'Bearer')
    const { error } = sent.json as ErrorBody
    assert.equal(error.code, 'unauthorized')
    assert.deepEqual(error.issues, [])
  }
  assert.deepEqual(countsOf(server.databaseFile), nothing)
})

test('a refusal of an unknown sender is the same whatever it sent, and is not stored', async () => {
  await using server = await testServer()
  for (const body of ['', 'no json', 'x'.repeat(2 * 1024 * 1024)]) {
    assert.equal((await send(server.url, { body })).status, 401)
  }
  assert.deepEqual(countsOf(server.databaseFile), nothing)
})

test('too many failures are told to wait, and a valid credential never is', async () => {
  await using server = await testServer()
  const body = JSON.stringify(updated('north', 'one'))
  const wrong = { authorization: 'Bearer wrong', 'content-type': 'application/json' }
  const failures = await Promise.all(Array.from({ length: 60 }, () => send(server.url, { headers: wrong, body })))
  const waiting = failures.filter(({ status }) => status === 429)
  assert.equal(failures.filter(({ status }) => status === 401).length, 30)
  assert.equal(waiting.length, 30)
  for (const { headers, json } of waiting) {
    assert.equal((json as ErrorBody).error.code, 'too_many_attempts')
    const seconds = Number(headers['retry-after'])
    assert.ok(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60, headers['retry-after'])
  }
  assert.deepEqual(countsOf(server.databaseFile), nothing)
  const valid = await Promise.all(
    Array.from({ length: 100 }, (_, index) => server.post(updated('north', String(index)))),
  )
  assert.deepEqual([...new Set(valid.map(({ status }) => status))], [200])
  assert.equal((await send(server.url, { headers: wrong, body })).status, 429)
})

test('what is not JSON in UTF-8 is refused as such', async () => {
  await using server = await testServer()
  const expected = { status: 400, code: 'not_json' }
  for (const body of ['', 'hello', '{"type":"order.updated"', '{"a":1}{"b":2}', "{'type':'order.updated'}"]) {
    await refusal(server, body, expected)
  }
  const latin1 = Buffer.from(JSON.stringify(updated('north', 'one', { status: 'café' })), 'latin1')
  await refusal(server, latin1, expected)
  await refusal(
    server,
    Buffer.concat([Buffer.from('{"type":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
    expected,
  )
})

test('each issue of a wrong shape names its path', async () => {
  await using server = await testServer()
  const long = 'x'.repeat(201)
  const cases: [unknown, string[]][] = [
    [{}, ['type']],
    [{ type: 7 }, ['type']],
    [{ type: 'order.updated' }, ['object']],
    [{ type: 'order.updated', object: [] }, ['object']],
    [{ type: 'order.updated', object: {} }, ['object.location_id', 'object.order_id']],
    [updated('', '  '), ['object.location_id', 'object.order_id']],
    [updated('north', long), ['object.order_id']],
    [updated(long, 'one'), ['object.location_id']],
    [updated('north', 'one', { status: {} }), ['object.status']],
    [updated('north', 'one', { driver_details: 'Jane' }), ['object.driver_details']],
    [
      updated('north', 'one', { driver_details: { vehicle_info: { make: [] } } }),
      ['object.driver_details.vehicle_info.make'],
    ],
    [{ type: 'order.canceled', object: { location_id: 'north' } }, ['object.provider_id']],
    [{ type: 'order.canceled', object: { location_id: 'north', provider_id: long } }, ['object.provider_id']],
    [created('north', 'key', { line_items: [{ name: 'Tea' }, 'Cake'] }), ['object.line_items.1']],
    [created('north', 'key', { customers: [{ id: long }] }), ['object.customers.0.id']],
  ]
  for (const [body, paths] of cases) {
    const { error } = await refusal(server, JSON.stringify(body), { status: 400, code: 'wrong_shape' })
    assert.deepEqual(
      error.issues.map(({ path }) => path),
      paths,
      JSON.stringify(body),
    )
    for (const { path, message } of error.issues) {
      assert.notEqual(message, '')
      assert.ok(error.message.includes(path), error.message)
    }
  }
})

test('JSON that is no object is refused', async () => {
  await using server = await testServer()
  for (const body of ['null', '7', '"text"', '[]', 'true']) {
    const { error } = await refusal(server, body, { status: 400, code: 'wrong_shape' })
    assert.equal(error.issues.length, 1)
  }
})

test('an id of 200 characters is taken', async () => {
  await using server = await testServer()
  const id = 'x'.repeat(200)
  assert.equal((await server.post(updated(id, id))).status, 200)
})

test('NUL and half a surrogate pair are refused, in texts and in names, whatever the type', async () => {
  await using server = await testServer()
  const cases: [string, string][] = [
    ['{"type":"order.updated","object":{"location_id":"n","order_id":"a\\u0000b"}}', 'object.order_id'],
    ['{"type":"order.updated","object":{"location_id":"n","order_id":"a","x":{"y":["\\ud83c"]}}}', 'object.x.y.0'],
    ['{"type":"order.updated","object":{"location_id":"n","order_id":"a","\\udf54":1}}', 'object'],
    ['{"type":"order.sang","object":{"song":"\\u0000"}}', 'object.song'],
  ]
  for (const [body, path] of cases) {
    const { error } = await refusal(server, body, { status: 400, code: 'wrong_shape' })
    assert.deepEqual(
      error.issues.map((issue) => issue.path),
      [path],
    )
  }
})

test('a depth of 64 is taken and one of 65 is not', async () => {
  await using server = await testServer()
  const nested = (depth: number) => {
    const inside = `${'['.repeat(depth - 2)}${']'.repeat(depth - 2)}`
    return `{"type":"order.updated","object":{"location_id":"n","order_id":"one","deep":${inside}}}`
  }
  assert.equal((await server.post(nested(64))).status, 200)
  await refusal(server, nested(65), { status: 400, code: 'wrong_shape' })
  await refusal(server, nested(400_000), { status: 400, code: 'wrong_shape' })
})

test('a body of 1 MiB is taken, and a longer one is not, with and without its length', async () => {
  await using server = await testServer()
  const start = '{"type":"order.updated","object":{"location_id":"north","order_id":"one","note":"'
  const bodyOf = (bytes: number) => `${start}${'x'.repeat(bytes - start.length - 3)}"}}`
  for (const isChunked of [false, true]) {
    const sent = await send(server.url, { headers: authorized(server), body: bodyOf(1024 * 1024), isChunked })
    assert.equal(sent.status, 200, sent.text)
    for (const bytes of [1024 * 1024 + 1, 2 * 1024 * 1024]) {
      const before = countsOf(server.databaseFile)
      const refused = await send(server.url, { headers: authorized(server), body: bodyOf(bytes), isChunked })
      assert.equal(refused.status, 413)
      assert.equal((refused.json as ErrorBody).error.code, 'too_large')
      assert.deepEqual(countsOf(server.databaseFile), { ...before, refusals: before.refusals + 1 })
    }
  }
})

test('compressed bodies and bodies of another type are refused', async () => {
  await using server = await testServer()
  const body = JSON.stringify(updated('north', 'one'))
  for (const more of [
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-encoding': 'gzip' },
    { 'content-encoding': 'br' },
  ]) {
    const sent = await send(server.url, { headers: authorized(server, more), body })
    assert.equal(sent.status, 415, JSON.stringify(more))
    assert.equal((sent.json as ErrorBody).error.code, 'unsupported_media_type')
  }
  assert.deepEqual(countsOf(server.databaseFile), { ...nothing, refusals: 4 })
})

test('JSON by another of its names, or by none, is taken', async () => {
  await using server = await testServer()
  const body = JSON.stringify(updated('north', 'one'))
  for (const type of ['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/cloudevents+json']) {
    const sent = await send(server.url, { headers: authorized(server, { 'content-type': type }), body })
    assert.equal(sent.status, 200, type)
  }
  const untyped = await send(server.url, { headers: { authorization: `Bearer ${server.token}` }, body })
  assert.equal(untyped.status, 200)
})

test('only POST is served here, and the answer says so', async () => {
  await using server = await testServer()
  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    const sent = await send(server.url, { method, headers: authorized(server) })
    assert.equal(sent.status, 405, method)
    assert.equal(sent.headers.allow, 'POST')
    assert.equal((sent.json as ErrorBody).error.code, 'method_not_allowed')
  }
  assert.deepEqual(countsOf(server.databaseFile), nothing)
})

test('a credential for some locations speaks for these alone', async () => {
  await using server = await testServer()
  const { token } = await server.passline.store.credentials.add('two brands', ['north', 'south'])
  const headers = authorized(server, { authorization: `Bearer ${token}` })
  const post = (locationId: string) => send(server.url, { headers, body: JSON.stringify(updated(locationId, 'one')) })
  assert.equal((await post('north')).status, 200)
  assert.equal((await post('south')).status, 200)
  const before = countsOf(server.databaseFile)
  const ofAnyType = { type: 'menu.updated', object: { location_id: 'east' } }
  for (const body of [updated('east', 'one'), ofAnyType]) {
    const refused = await send(server.url, { headers, body: JSON.stringify(body) })
    assert.equal(refused.status, 403)
    const { error } = refused.json as ErrorBody
    assert.equal(error.code, 'forbidden')
    assert.deepEqual(
      error.issues.map(({ path }) => path),
      ['object.location_id'],
    )
  }
  assert.deepEqual(countsOf(server.databaseFile), { ...before, refusals: before.refusals + 2 })
  assert.deepEqual(stored(server.databaseFile, `SELECT id FROM locations WHERE id = 'east'`), [])
})

test('a revoked credential is refused at once', async () => {
  await using server = await testServer()
  const { id, token } = await server.passline.store.credentials.add('leaving', [])
  const post = () => server.post(updated('north', 'one'), { authorization: `Bearer ${token}` })
  assert.equal((await post()).status, 200)
  await server.passline.store.credentials.revoke(id)
  assert.equal((await post()).status, 401)
})

test('a credential revoked while tokens are being read does not live on', async () => {
  await using server = await testServer()
  const { credentials } = server.passline.store
  for (let round = 0; round < 20; round += 1) {
    const { id, token } = await credentials.add(`round ${round}`, ['north'])
    const reads = Array.from({ length: round % 10 }, () => credentials.authenticate(token))
    const revoked = credentials.revoke(id)
    reads.push(credentials.authenticate(token))
    await Promise.all([revoked, ...reads])
    assert.equal(await credentials.authenticate(token), null, `round ${round}`)
  }
})

test('a created order gets one id of ours for one key, in its location', async () => {
  await using server = await testServer()
  const first = await server.post(created('north', 'key-1'))
  const { order, outcome, seq } = first.json as { order: { provider_id: string }; outcome: string; seq: number }
  assert.deepEqual({ outcome, seq }, { outcome: 'changed', seq: 1 })
  assert.deepEqual(Object.keys(order), ['provider_id'])
  assert.match(order.provider_id, /^[\w-]{10,60}$/)
  const again = await server.post(created('north', 'key-1'))
  assert.deepEqual(again.json, { order, outcome: 'repeated', seq: 1 })
  for (const [locationId, key] of [
    ['north', 'key-2'],
    ['south', 'key-1'],
  ] as const) {
    // prettier-ignore
    const { json } = await server.post(created(locationId, key))
    assert.notEqual((json as { order: { provider_id: string } }).order.provider_id, order.provider_id)
  }
  await server.restart()
  assert.deepEqual((await server.post(created('north', 'key-1'))).json, { order, outcome: 'repeated', seq: 1 })
})

test('the id that we gave is the one that later updates name', async () => {
  await using server = await testServer()
  const { json } = await server.post(created('north', 'key-1', { dsp_order_number: 'A-17' }))
  const { order } = json as { order: { provider_id: string } }
  const next = await server.post(updated('north', order.provider_id, { status: 'ready_for_pickup' }))
  assert.deepEqual(next.json, { outcome: 'changed', seq: 2 })
  const { number, status } = (await server.passline.store.boards.order('north', order.provider_id)) ?? {}
  assert.deepEqual({ number, status }, { number: 'A-17', status: 'ready_for_pickup' })
})

test('without a key the platform’s own id tells orders apart, and without either each is a new one', async () => {
  await using server = await testServer()
  const idOf = async (more: Record<string, unknown>) => {
    const { json } = await server.post(created('north', '', more))
    return (json as { order: { provider_id: string } }).order.provider_id
  }
  const one = await idOf({ dsp_order_id: 'guid-1' })
  assert.equal(await idOf({ dsp_order_id: 'guid-1', brand: 'Other' }), one)
  assert.equal(await idOf({ source_order_id: 'guid-1' }), one)
  assert.notEqual(await idOf({ dsp_order_id: 'guid-1', source: 'doordash' }), one)
  assert.notEqual(await idOf({ dsp_order_id: 'guid-2' }), one)
  assert.notEqual(await idOf({}), await idOf({}))
})

test('the same key with other content is an amendment', async () => {
  await using server = await testServer()
  const { json } = await server.post(created('north', 'key-1'))
  const { order } = json as { order: { provider_id: string } }
  const items = [{ provider_id: 'tea', name: 'Tea', quantity: 3 }]
  const amended = await server.post(created('north', 'key-1', { line_items: items }))
  assert.deepEqual(amended.json, { order, outcome: 'changed', seq: 2 })
  const after = await server.passline.store.boards.order('north', order.provider_id)
  assert.deepEqual(
    after?.items.map(({ name, quantity }) => [name, quantity]),
    [['Tea', 3]],
  )
  assert.equal(countsOf(server.databaseFile).orders, 1)
})

test('a preparation time is answered if the location sets one, and only then', async () => {
  await using server = await testServer()
  await server.post(updated('north', 'one'))
  await server.passline.store.locations.set('north', { prepTimeMinutes: 25 })
  const north = (await server.post(created('north', 'key-1'))).json as { order: Record<string, unknown> }
  assert.equal(north.order.prep_time_minutes, 25)
  const south = (await server.post(created('south', 'key-1'))).json as { order: Record<string, unknown> }
  assert.deepEqual(Object.keys(south.order), ['provider_id'])
})

test('a created order that is not taken is answered in Stream’s form too', async () => {
  await using server = await testServer()
  const bodies = [
    created('', 'key-1'),
    created('north', 'key-1', { line_items: 'none' }),
    created('north', 'key-1', { note: '\u0000' }),
    { type: 'order.created', object: null },
  ]
  for (const body of bodies) {
    const { json, error } = await refusal(server, JSON.stringify(body), { status: 400, code: 'wrong_shape' })
    const { posValidation } = json as { posValidation: { orderValidation: Record<string, string>[] } }
    assert.deepEqual(
      posValidation.orderValidation.map((one) => Object.keys(one)),
      [['order_error', 'order_error_reason']],
    )
    assert.equal(posValidation.orderValidation[0]?.order_error_reason, error.message)
  }
  const { json } = await refusal(server, JSON.stringify(updated('', '')), { status: 400, code: 'wrong_shape' })
  assert.deepEqual(Object.keys(json), ['error'])
})

test('a cancel names the order by provider_id or by order_id', async () => {
  await using server = await testServer()
  for (const [index, name] of ['provider_id', 'order_id'].entries()) {
    await server.post(updated('north', name))
    const { json } = await server.post({ type: 'order.canceled', object: { location_id: 'north', [name]: name } })
    assert.deepEqual(json, { outcome: 'changed', seq: 2 * index + 2 })
    assert.equal((await server.passline.store.boards.order('north', name))?.end, 'cancelled')
  }
})

test('each of Stream’s examples is taken on an order of its own', async () => {
  await using server = await testServer()
  for (const [index, { name, body }] of streamExamples().entries()) {
    const own = { ...body.object, ...(body.object.provider_id ? { provider_id: name } : { order_id: name }) }
    const { status, json } = await server.post({ type: body.type, object: own })
    assert.equal(status, 200, name)
    const { outcome, seq } = json as { outcome: string; seq: number }
    assert.deepEqual({ outcome, seq }, { outcome: 'changed', seq: index + 1 }, name)
  }
  assert.equal(countsOf(server.databaseFile).orders, streamExamples().length)
})

test('Stream’s examples in turn, on the one order that they name', async () => {
  await using server = await testServer()
  const answers: Record<string, unknown> = {}
  for (const { name, body } of streamExamples().filter((one) => one.body.type !== 'order.created')) {
    answers[name.slice(0, 2)] = Object.values((await server.post(body)).json as object).join(' ')
  }
  assert.deepEqual(answers, {
    '00': 'changed 1',
    '01': 'changed 2',
    // Once the food has left, another driver can no longer come.
    '02': 'late 2',
    '03': 'late 2',
    '04': 'repeated 2',
    '05': 'changed 3',
    '06': 'late 3',
    // A completed order yields to a failure; a failed one not to a cancel.
    '07': 'changed 4',
    '08': 'late 4',
    '21': 'late 4',
  })
  assert.deepEqual(countsOf(server.databaseFile), { receipts: 10, refusals: 0, orders: 1, changes: 4 })
})

test('the courier’s way of Stream’s page, step by step', async () => {
  await using server = await testServer()
  const lanes: unknown[] = []
  const { token } = await server.screen('kitchen', ['pos_location_456'])
  for (const { body } of streamExamples().filter(({ name }) => /^0[2-5]/.test(name))) {
    assert.deepEqual((await server.post(body)).json, { outcome: 'changed', seq: lanes.length + 1 })
    const board = await send(server.url, {
      method: 'GET',
      path: '/api/locations/pos_location_456/board',
      headers: { authorization: `Bearer ${token}` },
    })
    const { orders } = board.json as { orders: { lane: string; driver: { name: string; passcode: string | null } }[] }
    lanes.push(orders.map(({ lane, driver }) => [lane, driver.name, driver.passcode]))
  }
  assert.deepEqual(lanes, [
    [['preparing', 'Jane Driver', null]],
    [['driver_here', 'Jane Driver', '5678']],
    [['on_the_way', 'Jane Driver', '5678']],
    [['done', 'Jane Driver', '5678']],
  ])
})
