/**
 * What Stream posts, checked at the door and read into what it says.
 *
 * Tolerant by design: unknown fields and unknown values are kept, numbers may come as strings,
 * and an absent, null or empty field says nothing. Only what is malformed is refused.
 */
import { z } from 'zod'
import type { DriverDetails } from './driver.ts'
import { forbiddenText, type Issue } from './forbidden-text.ts'
import { identifierOf } from './identifier.ts'
import { mayBeLocationId, noLocationId } from './location-id.ts'

const maximumIdCharacters = 200

/** Text that may come as a number; null, absent, "" and blanks become undefined: they say nothing. */
const text = z
  .union([z.string(), z.number(), z.null()], { error: 'expected text' })
  .optional()
  .transform((value) => {
    if (value === null || value === undefined) return undefined
    const trimmed = String(value).trim()
    return trimmed === '' ? undefined : trimmed
  })

/** Text that is no word but an identifier. */
const identifier = text.transform((value) => (value === undefined ? undefined : identifierOf(value) || undefined))

const id = z
  .union([z.string(), z.number()], { error: 'expected a non-empty text' })
  .transform((value) => String(value).trim())
  .refine((value) => value !== '', { error: 'expected a non-empty text' })
  .refine((value) => value.length <= maximumIdCharacters, {
    error: `expected at most ${maximumIdCharacters} characters`,
  })

const locationId = id.refine(mayBeLocationId, { error: noLocationId })

const optionalId = z
  .union([id, z.string().regex(/^\s*$/), z.null()], {
    error: `expected a text of at most ${maximumIdCharacters} characters`,
  })
  .optional()
  .transform((value) => value?.trim() || undefined)

const flag = z
  .union([z.boolean(), z.string(), z.number(), z.null()], { error: 'expected true or false' })
  .optional()
  .transform((value) => {
    if (value === null || value === undefined || value === '') return undefined
    return value === true || value === 1 || value === '1' || String(value).toLowerCase() === 'true'
  })

/** Nobody packs more. */
const mostOfAnItem = 9_999

/** A quantity, to hundredths; what cannot be read as one counts as one. */
const quantity = z
  .union([z.number(), z.string(), z.null()], { error: 'expected a number' })
  .optional()
  .transform((value) => {
    const number = Math.round(Math.min(Number(value ?? 1), mostOfAnItem) * 100) / 100
    return number > 0 ? number : 1
  })

/** A moment as epoch milliseconds (Stream's older form, also as text) or ISO 8601; unreadable says nothing. */
const moment = z
  .union([z.number(), z.string(), z.null()], { error: 'expected epoch milliseconds or an ISO 8601 time' })
  .optional()
  .transform((value) => {
    if (value === null || value === undefined || value === '') return undefined
    const number = Number(value)
    const at = Number.isFinite(number) ? number : Date.parse(String(value))
    return Number.isFinite(at) && at > 0 && at < 8.64e15 ? at : undefined
  })

/** An object; "" and [] stand for an empty one, as some senders' languages write it. */
const optionalObject = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z
    .union([z.looseObject(shape), z.null(), z.literal(''), z.tuple([])], { error: 'expected an object' })
    .optional()
    .transform((value) => (value === null || value === '' || Array.isArray(value) ? undefined : value))

const driverDetails = optionalObject({
  source: text,
  name: text,
  phone: z
    .union([z.looseObject({ number: identifier, code: identifier }), z.string(), z.number(), z.null()], {
      error: 'expected an object with number and code',
    })
    .optional(),
  picture_url: text,
  vehicle_info: optionalObject({
    make: text,
    model: text,
    color: text,
    license_plate: identifier,
    is_autonomous: flag,
  }),
  handoff_instructions: text,
  passcode: identifier,
})

export type Modifier = { name: string; quantity: number; modifiers: Modifier[] }

const modifier: z.ZodType<Modifier> = z
  .looseObject({
    name: text,
    quantity,
    get modifiers() {
      return z.union([z.array(modifier), z.null()], { error: 'expected a list' }).optional()
    },
  })
  .transform((value) => ({
    name: value.name ?? '',
    quantity: value.quantity,
    modifiers: value.modifiers ?? [],
  }))

const lineItem = z.looseObject({
  provider_id: optionalId,
  name: text,
  quantity,
  special_instructions: text,
  customer_id: optionalId,
  modifiers: z.union([z.array(modifier), z.null()], { error: 'expected a list' }).optional(),
})

const customer = z.looseObject({ id: optionalId, name: text, phone: identifier })

/** Most of what comes: compiled, it is read in a third of the time. */
const orderUpdated = z.compile(
  z.looseObject({
    type: z.literal('order.updated'),
    object: z.looseObject(
      {
        location_id: locationId,
        order_id: id,
        status: text,
        delivery_status: text,
        driver_details: driverDetails,
      },
      { error: 'expected an object' },
    ),
  }),
)

const orderCanceled = z.compile(
  z.looseObject({
    type: z.literal('order.canceled'),
    object: z.looseObject(
      { location_id: locationId, provider_id: optionalId, order_id: optionalId },
      { error: 'expected an object' },
    ),
  }),
)

/** Not compiled: modifiers hold modifiers, which zod compiles not. */
const orderCreated = z.looseObject({
  type: z.literal('order.created'),
  object: z.looseObject(
    {
      location_id: locationId,
      idempotency_key: text,
      source: text,
      brand: text,
      dsp_order_id: text,
      source_order_id: text,
      dsp_order_number: identifier,
      fulfillment_type: text,
      special_instructions: text,
      requested_for: moment,
      placed_at: moment,
      customers: z.union([z.array(customer), z.null()], { error: 'expected a list' }).optional(),
      customer_name: text,
      customer_phone: text,
      line_items: z.union([z.array(lineItem), z.null()], { error: 'expected a list' }).optional(),
    },
    { error: 'expected an object' },
  ),
})

/** The outermost shape; what is inside depends on the type. */
const anyEvent = z.compile(
  z.looseObject({
    type: z
      .string({ error: 'expected the type of the event, such as "order.updated"' })
      .min(1)
      .max(maximumIdCharacters),
  }),
)

/** One line of an order. `customerId` names one of the order's customers; it is not personal data itself. */
export type Item = {
  name: string
  quantity: number
  instructions: string | null
  customerId: string | null
  /** A line without an id of its own is a markup line: a fee, a bag, a note. */
  isMarkup: boolean
  modifiers: Modifier[]
}

export type Customer = { id: string; name: string | null; phone: string | null }

export type StatusUpdate = {
  type: 'order.updated'
  locationId: string
  orderId: string
  status: string | undefined
  deliveryStatus: string | undefined
  /** Undefined when the update says nothing at all of a driver. */
  driver: DriverDetails | undefined
}

export type CancelUpdate = { type: 'order.canceled'; locationId: string; orderId: string }

export type CreateUpdate = {
  type: 'order.created'
  locationId: string
  /** Given by us: a digest of location and `orderKey`. Stream calls the order so from then on. */
  orderId: string
  number: string | undefined
  source: string | undefined
  brand: string | undefined
  fulfillmentType: string | undefined
  note: string | undefined
  /** Epoch milliseconds. */
  requestedFor: number | undefined
  customers: Customer[]
  items: Item[]
}

export type OrderUpdate = StatusUpdate | CancelUpdate | CreateUpdate

export type ParsedUpdate =
  | { kind: 'update'; update: OrderUpdate }
  | { kind: 'unknown-type'; type: string; locationId: string | null }
  | { kind: 'malformed'; type: string | null; issues: Issue[] }

/**
 * Reads a webhook's JSON.
 * @param json any JSON value
 * @param isPlain whether its text is plain (`isPlainText`): then it need not be searched for what must be refused
 * @param createOrderId the id of a created order, from its location and its key, or from null when Stream sent none
 */
export function parseUpdate(
  json: unknown,
  createOrderId: (locationId: string, key: string | null) => string,
  isPlain = false,
): ParsedUpdate {
  const event = anyEvent.safeParse(json)
  if (!event.success) return { kind: 'malformed', type: null, issues: issuesOf(event.error) }
  const malformed = isPlain ? null : forbiddenText(json)
  const { type } = event.data
  if (malformed) return { kind: 'malformed', type, issues: [malformed] }
  switch (type) {
    case 'order.updated': {
      const parsed = orderUpdated.safeParse(json)
      if (!parsed.success) return { kind: 'malformed', type, issues: issuesOf(parsed.error) }
      const said = parsed.data.object
      return {
        kind: 'update',
        update: {
          type,
          locationId: said.location_id,
          orderId: said.order_id,
          status: said.status,
          deliveryStatus: said.delivery_status,
          driver: detailsOf(said.driver_details),
        },
      }
    }
    case 'order.canceled': {
      const parsed = orderCanceled.safeParse(json)
      if (!parsed.success) return { kind: 'malformed', type, issues: issuesOf(parsed.error) }
      const { location_id: locationId, provider_id, order_id } = parsed.data.object
      const orderId = provider_id ?? order_id
      if (orderId === undefined) {
        return {
          kind: 'malformed',
          type,
          issues: [{ path: 'object.provider_id', message: 'expected a non-empty text (or object.order_id)' }],
        }
      }
      return { kind: 'update', update: { type, locationId, orderId } }
    }
    case 'order.created': {
      const parsed = orderCreated.safeParse(json)
      if (!parsed.success) return { kind: 'malformed', type, issues: issuesOf(parsed.error) }
      const said = parsed.data.object
      return {
        kind: 'update',
        update: {
          type,
          locationId: said.location_id,
          orderId: createOrderId(said.location_id, orderKey(said)),
          number: said.dsp_order_number,
          source: said.source,
          brand: said.brand,
          fulfillmentType: said.fulfillment_type,
          note: said.special_instructions,
          requestedFor: said.requested_for,
          customers: customersOf(said),
          items: (said.line_items ?? []).map(itemOf),
        },
      }
    }
    default:
      return { kind: 'unknown-type', type, locationId: locationOf(json) }
  }
}

const orNothing = { id: optionalId.catch(undefined), text: text.catch(undefined) }

const aboutAnOrder = z.looseObject({
  object: z.looseObject({
    location_id: locationId,
    order_id: orNothing.id,
    provider_id: orNothing.id,
    idempotency_key: orNothing.text,
    source: orNothing.text,
    dsp_order_id: orNothing.text,
    source_order_id: orNothing.text,
  }),
})

/**
 * Whether what was sent is about an order, although it may be of no form that can be taken.
 * @param json any JSON value
 * @param createOrderId as of `parseUpdate`
 */
export function isAbout(
  json: unknown,
  { locationId, orderId }: { locationId: string; orderId: string },
  createOrderId: (locationId: string, key: string) => string,
): boolean {
  const parsed = aboutAnOrder.safeParse(json)
  if (!parsed.success || parsed.data.object.location_id !== locationId) return false
  const { object: said } = parsed.data
  const key = orderKey(said)
  return [said.order_id, said.provider_id, key !== null && createOrderId(locationId, key)].includes(orderId)
}

type Created = z.output<typeof orderCreated>['object']

/** What makes two `order.created` the same order: Stream's key, else the platform's own id. */
function orderKey(
  created: Pick<Created, 'idempotency_key' | 'dsp_order_id' | 'source_order_id' | 'source'>,
): string | null {
  if (created.idempotency_key !== undefined) return `key:${created.idempotency_key}`
  const dspOrderId = created.dsp_order_id ?? created.source_order_id
  return dspOrderId === undefined ? null : `dsp:${JSON.stringify([created.source ?? null, dspOrderId])}`
}

function customersOf(created: Created): Customer[] {
  const listed = (created.customers ?? []).map((one, index) => ({
    id: one.id ?? String(index),
    name: one.name ?? null,
    phone: one.phone ?? null,
  }))
  if (listed.length > 0) {
    return listed.filter((one, index) => listed.findIndex((other) => other.id === one.id) === index)
  }
  if (created.customer_name === undefined && created.customer_phone === undefined) return []
  return [{ id: '0', name: created.customer_name ?? null, phone: created.customer_phone ?? null }]
}

function itemOf(line: z.output<typeof lineItem>): Item {
  return {
    name: line.name ?? '',
    quantity: line.quantity,
    instructions: line.special_instructions ?? null,
    customerId: line.customer_id ?? null,
    isMarkup: line.provider_id === undefined,
    modifiers: line.modifiers ?? [],
  }
}

function detailsOf(said: z.output<typeof driverDetails>): DriverDetails | undefined {
  if (said === undefined) return undefined
  const phone =
    typeof said.phone === 'object' && said.phone !== null ? said.phone : { number: said.phone, code: undefined }
  const vehicle = said.vehicle_info
  const candidates: Record<keyof DriverDetails, string | boolean | undefined> = {
    source: said.source,
    name: said.name,
    phoneNumber:
      phone.number === undefined || phone.number === null ? undefined : identifierOf(String(phone.number)) || undefined,
    phoneCode: phone.code,
    pictureUrl: said.picture_url,
    make: vehicle?.make,
    model: vehicle?.model,
    color: vehicle?.color,
    licensePlate: vehicle?.license_plate,
    isAutonomous: vehicle?.is_autonomous,
    handoffInstructions: said.handoff_instructions,
    passcode: said.passcode,
  }
  const known: Partial<typeof candidates> = {}
  for (const name of Object.keys(candidates) as (keyof DriverDetails)[]) {
    if (candidates[name] !== undefined) known[name] = candidates[name]
  }
  return Object.keys(known).length === 0 ? undefined : (known as DriverDetails)
}

function locationOf(json: unknown): string | null {
  const parsed = z.looseObject({ object: z.looseObject({ location_id: locationId }) }).safeParse(json)
  return parsed.success ? parsed.data.object.location_id : null
}

const maximumIssues = 20

/** Zod's issues as path and message; a union's issues are its most telling branch's. */
function issuesOf(error: z.ZodError): Issue[] {
  return error.issues.flatMap((issue) => flatten(issue, [])).slice(0, maximumIssues)
}

function flatten(issue: z.core.$ZodIssue, above: PropertyKey[]): Issue[] {
  const path = [...above, ...issue.path]
  if (issue.code === 'invalid_union') {
    const inside = issue.errors.filter((branch) => branch.some((one) => one.path.length > 0))
    const deepest = inside[0]
    if (deepest) return deepest.flatMap((one) => flatten(one, path))
  }
  return [{ path: path.map(String).join('.'), message: issue.message }]
}
