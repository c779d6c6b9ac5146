import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Issue } from '#domain/forbidden-text.ts'
import { isAbout, type OrderUpdate, parseUpdate } from '#domain/order-update.ts'
import { streamExample } from '#tests/fixtures/play.ts'

const createOrderId = (locationId: string, key: string | null) => `${locationId}/${key}`
const parse = (json: unknown) => parseUpdate(json, createOrderId)

const updated = (object: object) => ({ type: 'order.updated', object: { location_id: 'l', order_id: 'o', ...object } })
const created = (object: object) => ({ type: 'order.created', object: { location_id: 'l', ...object } })

function read(json: unknown): OrderUpdate {
  const parsed = parse(json)
  assert.equal(parsed.kind, 'update', JSON.stringify(parsed))
  return parsed.kind === 'update' ? parsed.update : assert.fail()
}

function driverOf(details: unknown): unknown {
  const update = read(updated({ driver_details: details }))
  return update.type === 'order.updated' ? update.driver : assert.fail()
}

function readCreated(object: object): Extract<OrderUpdate, { type: 'order.created' }> {
  const update = read(created(object))
  return update.type === 'order.created' ? update : assert.fail()
}

function issuesOf(json: unknown): Issue[] {
  const parsed = parse(json)
  assert.equal(parsed.kind, 'malformed', JSON.stringify(parsed).slice(0, 200))
  return parsed.kind === 'malformed' ? parsed.issues : assert.fail()
}

const pathsOf = (json: unknown) => issuesOf(json).map((issue) => issue.path)

/** A modifier inside a modifier, so many deep. */
function modifiersDeep(count: number): object[] {
  let modifiers: object[] | undefined
  for (let depth = count; depth > 0; depth -= 1) modifiers = [{ name: `at ${depth}`, quantity: 1, modifiers }]
  return modifiers ?? []
}

describe("Stream's examples", () => {
  test('every driver detail is read', () => {
    assert.deepEqual(read(streamExample('00')), {
      type: 'order.updated',
      locationId: 'pos_location_456',
      orderId: 'pos_order_123',
      status: 'ready_for_pickup',
      deliveryStatus: 'arrived_at_pickup',
      driver: {
        source: 'doordash',
        name: 'John Driver',
        phoneNumber: '+15555551234',
        phoneCode: '123',
        pictureUrl: 'https://example.com/driver.jpg',
        make: 'Toyota',
        model: 'Camry',
        color: 'Silver',
        licensePlate: 'ABC1234',
        isAutonomous: false,
        handoffInstructions: 'Meet driver at front entrance',
        passcode: '1234',
      },
    })
  })

  test('a cancel names the order as its provider_id', () => {
    const cancel = { type: 'order.canceled', locationId: 'pos_location_456', orderId: 'pos_order_123' }
    assert.deepEqual(read(streamExample('21')), cancel)
  })

  test('a created order is read whole, without money', () => {
    assert.deepEqual(read(streamExample('20')), {
      type: 'order.created',
      locationId: 'pos_location_456',
      orderId: 'pos_location_456/key:uber_order_123_1699564800000',
      number: 'ORDER-456',
      source: 'uber',
      brand: 'uber',
      fulfillmentType: 'delivery',
      note: undefined,
      requestedFor: undefined,
      customers: [{ id: 'customer_1', name: 'Jane Doe', phone: '+15555550100' }],
      items: [
        {
          name: 'Cheeseburger',
          quantity: 2,
          instructions: 'No onions',
          customerId: 'customer_1',
          isMarkup: false,
          modifiers: [{ name: 'Extra Cheese', quantity: 1, modifiers: [] }],
        },
      ],
    })
  })
})

describe('what is tolerated', () => {
  test('numbers in place of texts', () => {
    const update = read({ type: 'order.updated', object: { location_id: 7, order_id: 42, status: 1 } })
    const unsaid = { deliveryStatus: undefined, driver: undefined }
    assert.deepEqual(update, { type: 'order.updated', locationId: '7', orderId: '42', status: '1', ...unsaid })
    assert.deepEqual(driverOf({ passcode: 1234, phone: { number: 15550001, code: 12 } }), {
      phoneNumber: '15550001',
      phoneCode: '12',
      passcode: '1234',
    })
  })

  test('null, absent, empty and blank say nothing', () => {
    assert.equal(driverOf(null), undefined)
    assert.equal(driverOf(undefined), undefined)
    assert.equal(driverOf({}), undefined)
    assert.equal(driverOf({ name: null, passcode: '', phone: null, vehicle_info: null, picture_url: '  ' }), undefined)
    assert.deepEqual(driverOf({ name: ' Ann ', phone: { number: '', code: null }, vehicle_info: {} }), { name: 'Ann' })
    const update = read(updated({ status: null, delivery_status: '' }))
    assert.deepEqual(update.type === 'order.updated' && [update.status, update.deliveryStatus], [undefined, undefined])
  })

  test('a phone in one text', () => {
    assert.deepEqual(driverOf({ phone: '+15550001' }), { phoneNumber: '+15550001' })
    assert.deepEqual(driverOf({ phone: 15550001 }), { phoneNumber: '15550001' })
  })

  test('true and false in other words', () => {
    const flagOf = (flag: unknown) => driverOf({ vehicle_info: { is_autonomous: flag } })
    for (const yes of [true, 'true', 'TRUE', 1, '1']) assert.deepEqual(flagOf(yes), { isAutonomous: true })
    for (const no of [false, 'false', 0, '0']) assert.deepEqual(flagOf(no), { isAutonomous: false })
    assert.equal(flagOf(null), undefined)
    assert.equal(flagOf(''), undefined)
  })

  test('unknown fields, and values never heard of', () => {
    const update = read(updated({ status: 'being_photographed', delivery_status: 'lost', mood: { of: ['day'] } }))
    assert.equal(update.type === 'order.updated' && update.status, 'being_photographed')
    assert.equal(update.type === 'order.updated' && update.deliveryStatus, 'lost')
    assert.deepEqual(driverOf({ source: 'kiwibot', horoscope: 'lion' }), { source: 'kiwibot' })
  })

  test('an event of an unknown type is told apart, with its location', () => {
    assert.deepEqual(parse({ type: 'menu.updated', object: { location_id: 'l' } }), {
      kind: 'unknown-type',
      type: 'menu.updated',
      locationId: 'l',
    })
    assert.deepEqual(parse({ type: 'ping' }), { kind: 'unknown-type', type: 'ping', locationId: null })
  })

  test('a cancel with order_id, and one with both', () => {
    const canceled = (object: object) => ({ type: 'order.canceled', object: { location_id: 'l', ...object } })
    const cancelOf = (object: object) => read(canceled(object)).orderId
    assert.equal(cancelOf({ order_id: 'o' }), 'o')
    assert.equal(cancelOf({ provider_id: 'p', order_id: 'o' }), 'p')
    assert.equal(cancelOf({ provider_id: null, order_id: 'o' }), 'o')
    assert.equal(cancelOf({ provider_id: '', order_id: 'o' }), 'o')
    assert.equal(cancelOf({ provider_id: '  ', order_id: 'o' }), 'o')
  })

  test('a customer written flat, as older events have it', () => {
    const { customers } = readCreated({ customer_name: 'Jane', customer_phone: 5550100 })
    assert.deepEqual(customers, [{ id: '0', name: 'Jane', phone: '5550100' }])
    assert.deepEqual(readCreated({ customer_name: '' }).customers, [])
  })

  test('customers without ids, and the same one twice', () => {
    const { customers } = readCreated({ customers: [{ name: 'A' }, { id: 'c', name: 'B' }, { id: 'c', name: 'C' }] })
    assert.deepEqual(customers, [
      { id: '0', name: 'A', phone: null },
      { id: 'c', name: 'B', phone: null },
    ])
  })

  test('times as milliseconds, as text of milliseconds and as ISO 8601; others say nothing', () => {
    const at = 1_699_564_800_000
    for (const time of [at, String(at), '2023-11-09T21:20:00Z', '2023-11-09T22:20:00+01:00']) {
      assert.equal(readCreated({ requested_for: time }).requestedFor, at, String(time))
    }
    for (const time of [null, '', 0, -1, 'soon', 1e300, ' ']) {
      assert.equal(readCreated({ requested_for: time }).requestedFor, undefined, String(time))
    }
  })

  test('quantities as text; what is no quantity counts as one', () => {
    const quantityOf = (quantity: unknown) => readCreated({ line_items: [{ quantity }] }).items[0]?.quantity
    assert.deepEqual([2, '3', 0.5].map(quantityOf), [2, 3, 0.5])
    assert.deepEqual([undefined, null, 0, -1, 'many', ''].map(quantityOf), [1, 1, 1, 1, 1, 1])
  })

  test('a line without an id is a markup line, and so is one whose id is blank', () => {
    const { items } = readCreated({ line_items: [{ name: 'Bag' }, { provider_id: 1 }, { provider_id: ' ' }] })
    assert.deepEqual(
      items.map((item) => item.isMarkup),
      [true, false, true],
    )
  })

  test('a quantity that no card could show is cut to what one can', () => {
    const { items } = readCreated({ line_items: [1e308, 1 / 3, 0.001, '12.5', 1e5].map((quantity) => ({ quantity })) })
    assert.deepEqual(
      items.map(({ quantity }) => quantity),
      [9_999, 0.33, 1, 12.5, 9_999],
    )
  })

  test('identifiers without the marks that turn the direction of text', () => {
    const marked = '\u202e12\u2066 34\u200f'
    const said = driverOf({
      passcode: marked,
      phone: { number: marked, code: marked },
      vehicle_info: { license_plate: marked },
    })
    assert.deepEqual(said, { phoneNumber: '12 34', phoneCode: '12 34', licensePlate: '12 34', passcode: '12 34' })
    assert.deepEqual(driverOf({ name: marked, passcode: '\u202e', phone: `${marked}` }), {
      name: marked,
      phoneNumber: '12 34',
    })
    assert.equal(readCreated({ dsp_order_number: marked }).number, '12 34')
  })

  test('lists that are null', () => {
    const said = readCreated({ customers: null, line_items: null })
    assert.deepEqual([said.customers, said.items], [[], []])
    assert.deepEqual(readCreated({ line_items: [{ name: 'Soup', modifiers: null }] }).items[0]?.modifiers, [])
  })

  test('modifiers inside modifiers, thirty deep: as deep as JSON may be nested', () => {
    let modifiers = readCreated({ line_items: [{ name: 'Soup', modifiers: modifiersDeep(30) }] }).items[0]?.modifiers
    for (let depth = 1; depth <= 30; depth += 1) {
      assert.equal(modifiers?.[0]?.name, `at ${depth}`)
      modifiers = modifiers[0]?.modifiers
    }
    assert.deepEqual(modifiers, [])
  })

  test('emoji, and an id of two hundred characters', () => {
    assert.deepEqual(driverOf({ name: 'Ann 🚗' }), { name: 'Ann 🚗' })
    assert.equal(read(updated({ order_id: 'o'.repeat(200) })).orderId.length, 200)
  })
})

describe('what makes two created orders the same', () => {
  const orderIdOf = (object: object) => readCreated(object).orderId

  test("Stream's key, then the platform and its id, then nothing", () => {
    assert.equal(orderIdOf({ idempotency_key: 'k', dsp_order_id: 'd' }), 'l/key:k')
    assert.equal(orderIdOf({ source: 'uber', dsp_order_id: 'd' }), 'l/dsp:["uber","d"]')
    assert.equal(orderIdOf({ source_order_id: 's' }), 'l/dsp:[null,"s"]')
    assert.equal(orderIdOf({}), 'l/null')
  })
})

describe('what is malformed', () => {
  test('what is no event at all', () => {
    for (const json of [null, 1, 'text', [], true]) {
      const parsed = parse(json)
      assert.equal(parsed.kind === 'malformed' && parsed.type, null)
    }
    for (const json of [{}, { type: null }, { type: '' }, { type: 1 }, { type: 't'.repeat(201) }]) {
      assert.deepEqual(pathsOf(json), ['type'])
    }
  })

  test('every issue names its path', () => {
    const cases: [json: unknown, paths: string[]][] = [
      [{ type: 'order.updated' }, ['object']],
      [{ type: 'order.updated', object: [] }, ['object']],
      [{ type: 'order.updated', object: {} }, ['object.location_id', 'object.order_id']],
      [updated({ location_id: null, order_id: '' }), ['object.location_id', 'object.order_id']],
      [updated({ order_id: ' ' }), ['object.order_id']],
      [updated({ order_id: 'o'.repeat(201) }), ['object.order_id']],
      [updated({ location_id: 'l'.repeat(201) }), ['object.location_id']],
      [updated({ status: {} }), ['object.status']],
      [updated({ delivery_status: ['pending'] }), ['object.delivery_status']],
      [updated({ driver_details: 'Ann' }), ['object.driver_details']],
      [updated({ driver_details: { name: ['Ann'] } }), ['object.driver_details.name']],
      [updated({ driver_details: { phone: { number: {} } } }), ['object.driver_details.phone.number']],
      [updated({ driver_details: { vehicle_info: { make: {} } } }), ['object.driver_details.vehicle_info.make']],
      [{ type: 'order.canceled', object: { location_id: 'l' } }, ['object.provider_id']],
      [{ type: 'order.canceled', object: { location_id: 'l', order_id: {} } }, ['object.order_id']],
      [created({ line_items: {} }), ['object.line_items']],
      [created({ line_items: [{ name: 'Soup' }, { name: {} }] }), ['object.line_items.1.name']],
      [
        created({ line_items: [{ modifiers: [{ modifiers: [{ name: [] }] }] }] }),
        ['object.line_items.0.modifiers.0.modifiers.0.name'],
      ],
      [created({ customers: [{ id: 'i'.repeat(201) }] }), ['object.customers.0.id']],
    ]
    for (const [json, paths] of cases) assert.deepEqual(pathsOf(json), paths, JSON.stringify(json).slice(0, 120))
  })

  test('nesting deeper than sixty-four, wherever it is', () => {
    const [issue] = issuesOf(created({ line_items: [{ modifiers: modifiersDeep(60) }] }))
    assert.equal(issue?.message, 'nested deeper than 64')
    assert.match(issue.path, /^object\.line_items\.0\.modifiers\.0\.modifiers\.0\./)
    let deep: unknown = 'end'
    for (let depth = 0; depth < 100_000; depth += 1) deep = [deep]
    assert.equal(issuesOf(updated({ mood: deep }))[0]?.message, 'nested deeper than 64')
  })

  test('an id of a location that records cannot hold', () => {
    for (const location_id of ['__proto__', ' constructor ', 'toString']) {
      assert.deepEqual(issuesOf(updated({ location_id })), [
        { path: 'object.location_id', message: 'this cannot be the id of a location' },
      ])
    }
    assert.equal(read(updated({ location_id: 'proto', order_id: '__proto__' })).orderId, '__proto__')
  })

  test('the character NUL and halves of surrogate pairs, in texts and in names', () => {
    assert.deepEqual(issuesOf(updated({ driver_details: { name: 'A\u0000' } })), [
      { path: 'object.driver_details.name', message: 'holds the character NUL' },
    ])
    assert.deepEqual(issuesOf(updated({ note: '\ud83c' })), [
      { path: 'object.note', message: 'holds half of a surrogate pair' },
    ])
    assert.deepEqual(pathsOf(updated({ mood: { '\udf55': 1 } })), ['object.mood'])
    assert.deepEqual(pathsOf(updated({ 'a\u0000b': 1 })), ['object'])
    assert.deepEqual(pathsOf({ type: 'menu.updated', object: { list: ['fine', '\u0000'] } }), ['object.list.1'])
  })

  test('many issues are told, but not without end', () => {
    const lines = Array.from({ length: 100 }, () => ({ name: {} }))
    assert.equal(issuesOf(created({ line_items: lines })).length, 20)
  })
})

describe('what was sent is about an order, taken or not', () => {
  const isAboutIt = (json: unknown, locationId = 'north', orderId = 'one') =>
    isAbout(json, { locationId, orderId }, createOrderId)

  test('by its location and any of the names that it may have', () => {
    assert.ok(isAboutIt({ object: { location_id: ' north', order_id: 'one', status: 7 } }))
    assert.ok(isAboutIt({ type: [], object: { location_id: 'north', provider_id: 'one', order_id: {} } }))
    assert.ok(isAboutIt({ object: { location_id: 1, order_id: 2 } }, '1', '2'))
    const byKey = { object: { location_id: 'north', idempotency_key: 'k', customers: 'none' } }
    assert.ok(isAboutIt(byKey, 'north', createOrderId('north', 'key:k')))
  })

  test('not for a mere word, nor for another location', () => {
    assert.ok(!isAboutIt({ object: { location_id: 'south', order_id: 'one' } }))
    assert.ok(!isAboutIt({ object: { location_id: 'north', order_id: 'two', note: 'one' } }))
    assert.ok(!isAboutIt({ object: { order_id: 'one' } }))
    for (const json of [undefined, null, 'one', ['one'], { object: 'one' }]) assert.ok(!isAboutIt(json))
  })
})
