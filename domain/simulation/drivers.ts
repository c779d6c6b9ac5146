/** Who comes for the food, and how little of it each update says. */
import { phoneNumber, shortName } from './names.ts'
import type { Random } from './random.ts'
import type { DriverBody } from './webhook-body.ts'

/** One driver's turn at one order: all that the platform could say of it. */
export type SimulatedDriver = DriverBody & { source: string; name: string }

const cars = [
  ['Toyota', 'Camry'],
  ['Toyota', 'Prius'],
  ['Honda', 'Civic'],
  ['Honda', 'CR-V'],
  ['Nissan', 'Altima'],
  ['Hyundai', 'Elantra'],
  ['Kia', 'Soul'],
  ['Ford', 'Focus'],
  ['Tesla', 'Model 3'],
  ['Škoda', 'Octavia'],
] as const // prettier-ignore
const twoWheelers = [
  ['Yamaha', 'NMAX'],
  ['Vespa', 'Primavera'],
  ['Trek', 'bicycle'],
  ['Rad Power', 'e-bike'],
] as const
const colors = ['Silver', 'Black', 'White', 'Blue', 'Red', 'Grey', 'Green'] as const
const handoffs = [
  'Meet driver at front entrance',
  'Driver waits in the car, spot 3',
  'Driver will come to the counter',
  'Use the side door on 5th',
] as const
const digits = '0123456789'
const plateLetters = 'ABCDEFGHJKLMNPRSTUVWXYZ'

/** A person with a vehicle, sent by `source`. */
export function makeDriver(random: Random, source: string): SimulatedDriver {
  const onTwoWheels = random.chance(0.25)
  const [make, model] = random.pick<readonly [string, string]>(onTwoWheels ? twoWheelers : cars)
  return {
    source,
    name: shortName(random),
    phone: {
      number: phoneNumber(random),
      ...(random.chance(0.6) ? { code: random.text(random.pick([3, 4, 8]), digits) } : {}),
    },
    ...(random.chance(0.4)
      ? { picture_url: `https://example.com/drivers/${random.text(8, '0123456789abcdef')}.jpg` }
      : {}),
    vehicle_info: {
      make,
      model,
      color: random.pick(colors),
      ...(onTwoWheels ? {} : { license_plate: random.text(3, plateLetters) + random.text(4, digits) }),
      ...(random.chance(0.3) ? { is_autonomous: false } : {}),
    },
    ...(random.chance(0.25) ? { handoff_instructions: random.pick(handoffs) } : {}),
    ...(random.chance(0.6) ? { passcode: random.text(4, digits) } : {}),
  }
}

/** A robot: no phone and no plate, but always a passcode, and words on how to load it. */
export function makeRobot(random: Random): SimulatedDriver {
  return {
    source: 'kiwibot',
    name: `Kiwi Robot #${random.whole(1, 180)}`,
    vehicle_info: { make: 'Kiwibot', model: random.pick(['K3', 'K4']), color: 'Green', is_autonomous: true },
    handoff_instructions: "Place order in robot's compartment",
    passcode: random.text(4, digits),
  }
}

/** The first that is said of a driver: name, phone and vehicle, now and then less. */
export function introduce(random: Random, driver: SimulatedDriver): DriverBody {
  const { source, name, phone, picture_url, vehicle_info, handoff_instructions, passcode } = driver
  if (vehicle_info?.is_autonomous) return driver
  if (random.chance(0.12)) return { source, name }
  if (random.chance(0.08)) return driver
  return {
    source,
    name,
    ...(phone ? { phone } : {}),
    ...(picture_url && random.chance(0.6) ? { picture_url } : {}),
    ...(vehicle_info ? { vehicle_info: random.chance(0.3) ? withoutPlate(vehicle_info) : vehicle_info } : {}),
    ...(handoff_instructions && random.chance(0.3) ? { handoff_instructions } : {}),
    ...(passcode && random.chance(0.15) ? { passcode } : {}),
  }
}

/** A second word about the same driver: what the introduction may have left out. */
export function tellMore(driver: SimulatedDriver): DriverBody {
  const { source, name, picture_url, vehicle_info } = driver
  return { source, name, ...(picture_url ? { picture_url } : {}), ...(vehicle_info ? { vehicle_info } : {}) }
}

/** What is said at the door: the passcode, little else, sometimes nothing. */
export function tellAtTheDoor(random: Random, driver: SimulatedDriver): DriverBody | undefined {
  const { source, name, passcode, handoff_instructions } = driver
  if (random.chance(0.1)) return passcode ? { source, passcode } : undefined
  return { source, name, ...(passcode ? { passcode } : {}), ...(handoff_instructions ? { handoff_instructions } : {}) }
}

function withoutPlate(vehicle: NonNullable<DriverBody['vehicle_info']>): NonNullable<DriverBody['vehicle_info']> {
  const { license_plate: _leftOut, ...rest } = vehicle
  return rest
}
