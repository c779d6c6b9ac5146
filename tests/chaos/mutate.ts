/** Webhooks as no sender should send them: real payloads changed by their grammar, by their text, by their bytes. */
import type { Random } from '#domain/simulation/random.ts'
import { type SimulatedEvent, simulate } from '#domain/simulation/simulation.ts'
import { streamExamples } from '#tests/helpers/webhooks.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

export type Strange = { body: Buffer; headers: Record<string, string> }

const texts = [
  '',
  ' ',
  '\t\n',
  '0',
  '-1',
  '1e309',
  'null',
  'true',
  'undefined',
  'NaN',
  'ready_for_pickup',
  'enroute_to_dropoff',
  'completed',
  'dsp_canceled',
  'waiting_for_moon',
  '2026-13-45T99:99:99Z',
  '1999-12-31T23:59:59.999+14:00',
  "'; DROP TABLE orders; --",
  '<script>alert(1)</script>',
  '{{7*7}}',
  '../../etc/passwd',
  '\r\nx-injected: 1',
  'ناقص مرّ',
  '陈小明',
  'Zoë Ångström',
  'नमस्ते',
  '👩‍👩‍👧‍👦🍔',
  'e\u0301\u0327',
  '\u202eevil\u202c',
  '\ufeffbom',
  '\u0000',
  'a\u0000b',
  '\ud800',
  'x\udfff',
  '\u2028\u2029',
]

const keys = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'length',
  '',
  ' ',
  '0',
  'object',
  'type',
  'é',
  '\u0000',
  'x'.repeat(500),
]

const types = [
  'order.created',
  'order.updated',
  'order.canceled',
  'order.sang',
  '',
  'ORDER.UPDATED',
  'order.updated ',
  'x'.repeat(300),
]

/** Real payloads to begin with: Stream's own, and some of a simulation. */
export function corpusOf(seed: number): Json[] {
  const corpus = streamExamples().map(({ body }) => body as unknown as Json)
  const events = simulate({ seed, locations: ['north', 'south'], startAt: Date.UTC(2026, 0, 5, 18) })
  for (let count = 0; count < 60; count += 1)
    corpus.push((events.next().value as SimulatedEvent).body as unknown as Json)
  return corpus
}

/** One case: a payload that is changed a little, a lot, or is none. */
export function strange(random: Random, corpus: readonly Json[]): Strange {
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (random.chance(0.03))
    headers['content-type'] = random.pick(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', ''])
  if (random.chance(0.02)) headers['content-encoding'] = random.pick(['gzip', 'br', 'identity', 'x'])
  const kind = random.next()
  if (kind < 0.05) return { headers, body: randomBytes(random, random.whole(0, 3_000)) }
  if (kind < 0.06) return { headers, body: Buffer.from(nested(random)) }
  let value = structuredClone(random.pick(corpus))
  if (kind < 0.065) value = large(random)
  for (let changes = random.whole(0, 4); changes > 0; changes -= 1) value = changed(random, value)
  const text = JSON.stringify(value) ?? ''
  return { headers, body: kind > 0.9 ? damaged(random, Buffer.from(text)) : Buffer.from(text) }
}

/** An order of 600 KB with 400 nested modifiers. */
function large(random: Random): Json {
  const modifier = (depth: number): Json => ({
    provider_id: `m${depth}`,
    name: random.text(700, 'abcdefgé 漢🍔'),
    quantity: depth,
    modifiers: depth === 0 ? [] : [modifier(depth - 1)],
  })
  return {
    type: 'order.created',
    object: {
      location_id: 'north',
      idempotency_key: `large ${random.whole(0, 5)}`,
      line_items: Array.from({ length: 20 }, (_, index) => ({
        provider_id: `p${index}`,
        name: 'Catering',
        quantity: '3',
        modifiers: [modifier(19)],
      })),
    },
  }
}

function nested(random: Random): string {
  const depth = random.pick([10, 63, 64, 65, 66, 1_000, 100_000])
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
  ])
  return `{"type":"order.updated","object":${open.repeat(depth)}1${close.repeat(depth)}}`
}

/** A payload with one change somewhere in it. */
function changed(random: Random, value: Json): Json {
  const places = placesIn(value)
  const place = random.pick(places)
  const set = (next: Json) => {
    if (!place.holder) return next
    ;(place.holder as Record<string, Json>)[place.key] = next
    return value
  }
  switch (random.whole(0, 9)) {
    case 0: {
      if (place.holder && !Array.isArray(place.holder)) delete place.holder[place.key]
      return value
    }
    case 1:
      return set(random.pick<Json>([null, true, false, 0, -1, 1.5, 1e21, 2 ** 53, [], {}, [[]], { a: {} }]))
    case 2:
      return set(random.pick(texts))
    case 3:
      return set(structuredClone(random.pick(placesIn(value)).value))
    case 4:
      return set(
        typeof place.value === 'number'
          ? String(place.value)
          : typeof place.value === 'string'
            ? Number(place.value) || 7
            : [place.value],
      )
    case 5:
      return set(random.text(random.pick([1, 199, 200, 201, 5_000]), 'abc é漢'))
    case 6: {
      if (typeof place.value === 'object' && place.value !== null && !Array.isArray(place.value)) {
        Object.defineProperty(place.value, random.pick(keys), {
          value: random.pick(texts),
          enumerable: true,
          configurable: true,
          writable: true,
        })
      }
      return value
    }
    case 7: {
      if (Array.isArray(place.value))
        for (let more = random.whole(1, 30); more > 0; more -= 1)
          place.value.push(structuredClone(place.value[0] ?? null))
      return value
    }
    case 8: {
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) value.type = random.pick(types)
      return value
    }
    default: {
      const other = random.pick(places)
      const mine = structuredClone(place.value)
      if (place.holder) (place.holder as Record<string, Json>)[place.key] = structuredClone(other.value)
      if (other.holder) (other.holder as Record<string, Json>)[other.key] = mine
      return value
    }
  }
}

type Place = { holder: Record<string, Json> | Json[] | null; key: string; value: Json }

function placesIn(value: Json): Place[] {
  const places: Place[] = [{ holder: null, key: '', value }]
  // The list grows while it is walked.
  for (const { value: inner } of places) {
    if (typeof inner !== 'object' || inner === null || places.length > 500) continue
    for (const key of Object.keys(inner)) {
      places.push({ holder: inner as Record<string, Json>, key, value: (inner as Record<string, Json>)[key] as Json })
    }
  }
  return places
}

/** A text with something wrong in its bytes. */
function damaged(random: Random, body: Buffer): Buffer {
  const at = random.whole(0, Math.max(0, body.length - 1))
  switch (random.whole(0, 5)) {
    case 0:
      return body.subarray(0, at)
    case 1: {
      const copy = Buffer.from(body)
      copy[at] = random.whole(0, 255)
      return copy
    }
    case 2:
      return Buffer.concat([body.subarray(0, at), randomBytes(random, random.whole(1, 20)), body.subarray(at)])
    case 3:
      return Buffer.concat([Buffer.from('\ufeff'), body])
    case 4:
      return Buffer.from(
        body.toString('latin1').replace(/\{/, `{"${random.pick(['type', 'object', 'x'])}":null,`),
        'latin1',
      )
    default:
      return Buffer.concat([body, random.pick([body, Buffer.from(' \n'), Buffer.from('\0'), Buffer.from('}')])])
  }
}

function randomBytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.whole(0, 255)))
}
