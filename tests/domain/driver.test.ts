import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compareDrivers, type DriverDetails, knownDetails, withDetails } from '#domain/driver.ts'

const phone = { phoneNumber: '+1 555 0001', phoneCode: '11' }
const otherCode = { phoneNumber: '+1 555 0001', phoneCode: '22' }
const otherNumber = { phoneNumber: '+1 555 0002', phoneCode: '11' }

const ann = { name: 'Ann' }
const bob = { name: 'Bob' }
const kia = { make: 'Kia' }
const opel = { make: 'Opel' }

type Case = [what: string, known: DriverDetails, said: DriverDetails, expected: 'identified' | 'assumed' | 'another']

const cases: Record<string, Case[]> = {
  'rule 1: platforms or plates that differ are another driver': [
    ['other platform, same name', { source: 'uber', name: 'Ann' }, { source: 'doordash', name: 'Ann' }, 'another'],
    ['other platform, no name', { source: 'uber', name: 'Ann' }, { source: 'doordash' }, 'another'],
    ['same platform in capitals', { source: 'uber', name: 'Ann' }, { source: 'UBER', name: 'Ann' }, 'identified'],
    ['platform known on one side', ann, { source: 'uber', name: 'Ann' }, 'identified'],
    ['other plate, same name', { ...ann, licensePlate: 'A1' }, { ...ann, licensePlate: 'B2' }, 'another'],
    ['other plate, no name', { ...ann, licensePlate: 'A1' }, { licensePlate: 'B2' }, 'another'],
    ['same plate with signs', { ...ann, licensePlate: 'AB12' }, { ...ann, licensePlate: 'ab-12' }, 'identified'],
    ['plate known on one side', ann, { ...ann, licensePlate: 'A1' }, 'identified'],
    ['other plate, same phone', { ...phone, licensePlate: 'A1' }, { ...phone, licensePlate: 'B2' }, 'another'],
  ],
  'rule 2: an update that names no one speaks of the same': [
    ['a passcode alone', { ...ann, ...phone }, { passcode: '1' }, 'assumed'],
    ['a car alone', { ...ann, ...kia }, opel, 'assumed'],
    ['nothing at all', ann, {}, 'assumed'],
    ['nobody known', {}, { passcode: '1' }, 'assumed'],
  ],
  'rule 3: names on both sides, and equal': [
    ['ignoring case, spaces and punctuation', { name: 'John D.' }, { name: 'john d' }, 'identified'],
    ['full-width letters', ann, { name: 'Ａｎｎ' }, 'identified'],
    ['accents tell apart', { name: 'Jose' }, { name: 'José' }, 'another'],
    ['a rotated number', { ...ann, ...phone }, { ...ann, ...otherNumber }, 'identified'],
    ['another make', { ...ann, ...kia }, { ...ann, ...opel }, 'identified'],
    ['another number and another make', { ...ann, ...phone, ...kia }, { ...ann, ...otherNumber, ...opel }, 'another'],
    ['another code and another make', { ...ann, ...phone, ...kia }, { ...ann, ...otherCode, ...opel }, 'another'],
    ['another number, make known on one side', { ...ann, ...phone }, { ...ann, ...otherNumber, ...opel }, 'identified'],
    ['another make, number known on one side', { ...ann, ...kia }, { ...ann, ...otherNumber, ...opel }, 'identified'],
    [
      'another number and make, with plates that agree',
      { ...ann, ...phone, ...kia, licensePlate: 'A-1' },
      { ...ann, ...otherNumber, ...opel, licensePlate: 'a1' },
      'identified',
    ],
  ],
  'rule 3: names on both sides, and different': [
    ['no phone', ann, bob, 'another'],
    ['the same number and code: a corrected name', { ...ann, ...phone }, { name: 'Anne', ...phone }, 'identified'],
    ['the number written otherwise', { ...ann, phoneNumber: '+155' }, { ...bob, phoneNumber: '1 5-5' }, 'identified'],
    ['a shared relay number, another code', { ...ann, ...phone }, { ...bob, ...otherCode }, 'another'],
    ['a shared relay number, no code said', { ...ann, ...phone }, { ...bob, phoneNumber: '+1 555 0001' }, 'another'],
    ['another number, the same code', { ...ann, ...phone }, { ...bob, ...otherNumber }, 'another'],
    ['the same code and no number', { ...ann, phoneCode: '11' }, { ...bob, phoneCode: '11' }, 'another'],
    ['the same plate', { ...ann, licensePlate: 'A1' }, { ...bob, licensePlate: 'A1' }, 'another'],
  ],
  'rule 4: a name missing on one side, phones on both': [
    ['the same number and code', { ...ann, ...phone }, phone, 'identified'],
    ['the same, and now a name', phone, { ...ann, ...phone }, 'identified'],
    ['another number', { ...ann, ...phone }, otherNumber, 'another'],
    ['another code', phone, { ...ann, ...otherCode }, 'another'],
    ['a code on one side only', { phoneNumber: '+15550001' }, phone, 'another'],
  ],
  'rule 5: someone is named, and nothing is there to compare': [
    ['a phone after a name', ann, phone, 'another'],
    ['a name after a phone', phone, ann, 'another'],
    ['a name, where only a car was known', { ...kia, passcode: '1' }, ann, 'assumed'],
    ['a phone, where nothing was known', {}, phone, 'assumed'],
  ],
}

describe('whether an update speaks of the same driver', () => {
  for (const [rule, rows] of Object.entries(cases)) {
    test(rule, () => {
      for (const [what, known, said, expected] of rows) {
        assert.equal(compareDrivers(known, said), expected, what)
      }
    })
  }
})

describe('what is known of a driver', () => {
  const heard = (...said: [progress: number, details: DriverDetails][]) =>
    knownDetails(said.reduce((all, [progress, details]) => withDetails(all, details, progress), {}))

  test('a value said at the same or a further progress replaces the one before', () => {
    assert.deepEqual(heard([1, { passcode: '1' }], [2, { passcode: '2' }]), { passcode: '2' })
    assert.deepEqual(heard([2, { passcode: '1' }], [2, { passcode: '2' }]), { passcode: '2' })
    assert.deepEqual(heard([2, { passcode: '2' }], [1, { passcode: '1' }]), { passcode: '2' })
  })

  test('what is not said stays known', () => {
    assert.deepEqual(heard([1, { name: 'Ann', make: 'Kia' }], [2, { passcode: '1' }]), {
      name: 'Ann',
      make: 'Kia',
      passcode: '1',
    })
  })

  test("a masking code is never shown with another code's number", () => {
    assert.deepEqual(heard([1, phone], [2, { phoneNumber: '+1 555 0002' }]), { phoneNumber: '+1 555 0002' })
    assert.deepEqual(heard([2, { phoneNumber: '+1 555 0002' }], [1, phone]), { phoneNumber: '+1 555 0002' })
    assert.deepEqual(heard([2, phone], [2, { phoneNumber: '+1 555 0002' }]), { phoneNumber: '+1 555 0002' })
    assert.deepEqual(heard([1, phone], [2, otherNumber]), otherNumber)
    const rewritten = { phoneNumber: '+15550001' }
    assert.deepEqual(heard([1, phone], [2, rewritten]), { ...rewritten, phoneCode: '11' })
  })

  test('a new make is a new car: model, color and plate go with the old one', () => {
    const car = { make: 'Kia', model: 'Rio', color: 'Blue', licensePlate: 'K1' }
    assert.deepEqual(heard([1, car], [2, { make: 'Opel', color: 'Red' }]), { make: 'Opel', color: 'Red' })
    assert.deepEqual(heard([2, { make: 'Opel', color: 'Red' }], [1, car]), { make: 'Opel', color: 'Red' })
    assert.deepEqual(heard([1, car], [2, { make: 'KIA' }]), { ...car, make: 'KIA' })
    assert.deepEqual(heard([1, { licensePlate: 'K1' }], [2, { make: 'Kia' }]), { make: 'Kia', licensePlate: 'K1' })
  })

  test('what says nothing new leaves what was said as it is', () => {
    const said = withDetails({}, { name: 'Ann', passcode: '1' }, 2)
    assert.equal(withDetails(said, { name: 'Ann', passcode: '1' }, 2), said)
    assert.equal(withDetails(said, { name: 'Ann' }, 1), said)
    assert.equal(withDetails(said, { passcode: '0' }, 1), said)
    assert.equal(withDetails(said, {}, 3), said)
    assert.notEqual(withDetails(said, { name: 'Ann' }, 3), said)
  })
})
