import type { DriverView, OrderView } from '#domain/order-view.ts'

/** Half past seven in the evening: the moment that these tests call now. */
export const now = Date.parse('2026-11-24T19:30:00Z')

export function minutesFromNow(minutes: number): string {
  return new Date(now + minutes * 60_000).toISOString()
}

export const exampleDriver: DriverView = {
  source: 'doordash',
  name: 'John Driver',
  phone: { number: '+15555551234', code: '123' },
  pictureUrl: null,
  vehicle: { make: 'Toyota', model: 'Camry', color: 'Silver', licensePlate: 'ABC1234', isAutonomous: false },
  handoffInstructions: null,
  passcode: '1234',
  passcodeChangedAt: null,
  released: false,
}

/** A courier's order that is being prepared since 6 minutes, without a promised time; with `changes`. */
export function exampleOrder(
  changes: Partial<Omit<OrderView, 'times'>> & { times?: Partial<OrderView['times']> } = {},
): OrderView {
  const { times, ...others } = changes
  return {
    locationId: 'location_1',
    id: 'order_1',
    number: 'ORDER-456',
    spokenNumber: '456',
    source: 'doordash',
    brand: null,
    fulfillmentType: 'delivery',
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
    takenBy: 'courier',
    isTracked: true,
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
    handedOver: null,
    ...others,
    times: {
      firstSeenAt: minutesFromNow(-6),
      heardAt: minutesFromNow(-6),
      laneSince: minutesFromNow(-6),
      readyAt: null,
      driverAssignedAt: null,
      driverArrivedAt: null,
      pickedUpAt: null,
      endedAt: null,
      ...times,
    },
  }
}
