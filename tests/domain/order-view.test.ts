import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Order } from '#domain/order.ts'
import type { OrderUpdate } from '#domain/order-update.ts'
import { orderView, pickupView } from '#domain/order-view.ts'
import { act } from '#domain/staff-action.ts'
import { locationId, orderAfter, orderId, statusUpdate, streamExample, updateFrom } from '#tests/fixtures/play.ts'

const cancel: OrderUpdate = { type: 'order.canceled', locationId, orderId }
const ann = { name: 'Ann', phoneNumber: '+15550001', phoneCode: '11', licensePlate: 'A1', passcode: '77' }

function after(...updates: OrderUpdate[]): Order {
  return orderAfter(updates) ?? assert.fail('no order')
}

function created(object: object): OrderUpdate {
  return updateFrom({ type: 'order.created', object: { location_id: locationId, ...object } })
}

describe('an order on a screen of staff', () => {
  test('what is unknown is null', () => {
    const view = orderView(after(statusUpdate('in_progress')))
    assert.deepEqual(
      { ...view, times: null },
      {
        locationId,
        id: orderId,
        number: orderId,
        spokenNumber: '123',
        source: null,
        brand: null,
        fulfillmentType: null,
        note: null,
        customer: null,
        dueAt: null,
        startAt: null,
        status: 'in_progress',
        deliveryStatus: null,
        lane: 'preparing',
        attentionRank: 0,
        kitchen: 'preparing',
        readySaidBy: null,
        takenBy: 'unknown',
        isTracked: false,
        isGone: false,
        isHere: false,
        here: null,
        end: null,
        progress: 'none',
        seq: 1,
        onBoard: true,
        leftBoard: null,
        items: [],
        driver: null,
        previousDrivers: [],
        problems: [],
        times: null,
        handedOver: null,
      },
    )
    const now = '1970-01-01T00:16:40.000Z'
    assert.deepEqual(view.times, {
      firstSeenAt: now,
      heardAt: now,
      laneSince: now,
      readyAt: null,
      driverAssignedAt: null,
      driverArrivedAt: null,
      pickedUpAt: null,
      endedAt: null,
    })
  })

  test('nothing in it is undefined or empty text', () => {
    const views = ['00', '02', '06', '20'].map((number) => orderView(after(updateFrom(streamExample(number)))))
    const walk = (value: unknown, path: string): void => {
      assert.notEqual(value, undefined, path)
      assert.notEqual(value, '', path)
      if (typeof value !== 'object' || value === null) return
      for (const [key, inner] of Object.entries(value)) walk(inner, `${path}.${key}`)
    }
    for (const view of views) walk(view, 'order')
    assert.deepEqual(JSON.parse(JSON.stringify(views)), views)
  })

  test('a driver with every detail', () => {
    assert.deepEqual(orderView(after(updateFrom(streamExample('00')))).driver, {
      source: 'doordash',
      name: 'John Driver',
      phone: { number: '+15555551234', code: '123' },
      pictureUrl: 'https://example.com/driver.jpg',
      vehicle: { make: 'Toyota', model: 'Camry', color: 'Silver', licensePlate: 'ABC1234', isAutonomous: false },
      handoffInstructions: 'Meet driver at front entrance',
      passcode: '1234',
      passcodeChangedAt: null,
      released: false,
    })
  })

  test('a released driver shows neither passcode nor plate, a previous one neither', () => {
    const steps = [statusUpdate(undefined, 'enroute_to_pickup', ann), statusUpdate(undefined, 'pending')]
    const { driver } = orderView(after(...steps))
    assert.deepEqual([driver?.name, driver?.passcode, driver?.vehicle.licensePlate], ['Ann', null, null])
    const bob = { name: 'Bob', passcode: '88' }
    const view = orderView(after(...steps, statusUpdate(undefined, 'enroute_to_pickup', bob)))
    assert.equal(view.driver?.passcode, '88')
    assert.deepEqual(
      view.previousDrivers.map((one) => [one.name, one.passcode, one.vehicle.licensePlate]),
      [['Ann', null, null]],
    )
    assert.ok(!JSON.stringify(view).includes('77') && !JSON.stringify(view).includes('A1'))
  })

  test('a guest is named beside a line only where an order has several', () => {
    const lines = { line_items: [{ provider_id: 'i', name: 'Soup', customer_id: 'a' }, { name: 'Bag' }] }
    const forWhom = (customers: object[]) =>
      orderView(after(created({ ...lines, customers }))).items.map((item) => item.for)
    assert.deepEqual(forWhom([{ id: 'a', name: 'Jane' }]), [null, null])
    assert.deepEqual(
      forWhom([
        { id: 'a', name: 'Jane' },
        { id: 'b', name: 'Kim' },
      ]),
      ['Jane', null],
    )
  })

  test('due when it was asked for, to be started a usual preparation before', () => {
    const view = orderView(after(created({ requested_for: '2026-06-10T18:00:00Z' })))
    assert.equal(view.dueAt, '2026-06-10T18:00:00.000Z')
    assert.equal(view.startAt, '2026-06-10T17:40:00.000Z')
  })
})

describe('an order on a public board', () => {
  const allowed = ['id', 'number', 'onBoard', 'seq', 'since', 'source', 'spokenNumber', 'state']
  const everything = [updateFrom(streamExample('20')), updateFrom(streamExample('00'))]

  test('holds what is allowed, and nothing more', () => {
    const view = pickupView(after(...everything))
    assert.deepEqual(Object.keys(view).sort(), allowed)
    for (const secret of ['John', 'Jane', '1234', 'ABC1234', '5555', 'onions']) {
      assert.ok(!JSON.stringify({ ...view, id: '' }).includes(secret), secret)
    }
    assert.deepEqual(view, {
      id: orderId,
      number: 'ORDER-456',
      spokenNumber: '456',
      source: 'uber',
      state: 'come',
      since: '1970-01-01T00:16:41.000Z',
      seq: 2,
      onBoard: true,
    })
  })

  const states: [what: string, expected: string | null, updates: OrderUpdate[]][] = [
    ['in the kitchen', 'preparing', [statusUpdate('in_progress')]],
    ['ready', 'ready', [statusUpdate('ready_for_pickup')]],
    ['ready, with a driver here', 'come', [statusUpdate('ready_for_pickup', 'arrived_at_pickup')]],
    ['a driver here, not ready', 'preparing', [statusUpdate('in_progress', 'arrived_at_pickup')]],
    ['cancelled', 'ask', [statusUpdate('ready_for_pickup'), cancel]],
    ['cancelled after it left', null, [statusUpdate(undefined, 'enroute_to_dropoff'), cancel]],
    ['completed', null, [statusUpdate('completed')]],
    ['on the way', null, [statusUpdate(undefined, 'enroute_to_dropoff')]],
    ['for a robot', null, [updateFrom(streamExample('06'))]],
    ['for a table', null, [created({ fulfillment_type: 'dine_in' })]],
  ]

  for (const [what, expected, updates] of states) {
    test(`${what}: ${expected ?? 'nobody is called'}`, () => {
      assert.equal(pickupView(after(...updates)).state, expected)
    })
  }

  test('handed over calls nobody', () => {
    const order = after(statusUpdate('ready_for_pickup', 'arrived_at_pickup', ann))
    const given = act(order, { name: 'hand-over', actionId: 'a', seenSeq: 1 }, 'counter', { at: 2_000_000, seq: 2 })
    assert.equal(pickupView(given.order).state, null)
  })
})
