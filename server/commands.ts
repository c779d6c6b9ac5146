/** What may be asked to be done, by whom, and what each takes: the same on the command line and on the manage pages. */
import { z } from 'zod'
import { locales } from '#domain/locales.ts'
import { mayBeLocationId, noLocationId } from '#domain/location-id.ts'
import { openingHoursSchema } from '#domain/opening-hours.ts'
import { screenRoles } from '#domain/protocol.ts'
import { maximumLocationsPerScreen } from '#domain/screen-limits.ts'
import { timeZone } from './config.ts'
import { parseJson } from './parse-json.ts'
import { plainText } from './plain-text.ts'
import { managerRoles } from './store/managers.ts'

const locationId = plainText.min(1).max(200).refine(mayBeLocationId, { error: noLocationId })
const name = plainText.min(1).max(100)
const email = z.email({ error: 'expected an e-mail address' }).max(200).toLowerCase()
const refusalId = z.string().regex(/^\d{1,15}$/, { error: 'expected the id of a refusal' })
const id = z.object({ id: z.string().min(1).max(100) })

/** Each once. */
function locationIds(atLeast: number, atMost: number) {
  return z
    .array(locationId)
    .min(atLeast)
    .max(atMost)
    .transform((ids) => [...new Set(ids)])
}

const screenLocations = z.union([z.literal('every'), locationIds(1, maximumLocationsPerScreen)])

const screen = z.object({
  name,
  role: z.enum(screenRoles),
  locations: screenLocations,
  isWatched: z.boolean().default(true),
  guestsCanSee: z.boolean().default(false),
})

/** One order of one location. */
const order = z.object({
  locations: z.array(locationId, { error: 'expected one --location' }).length(1, { error: 'expected one --location' }),
  order: z.string({ error: 'expected --order' }).min(1).max(200),
})

const access = z.object({ role: z.enum(managerRoles), locations: locationIds(0, 1_000).default([]) })

/** A word for none, or a value. */
function noneOr<Schema extends z.ZodType>(word: string, schema: Schema) {
  return z.union([z.literal(word).transform(() => null), schema])
}

/** @param such what is expected, for who writes it by hand */
function jsonText(such: string) {
  return z.string().transform((text, context) => {
    const value = parseJson(text)
    if (value === undefined) context.addIssue({ code: 'custom', message: `expected JSON such as ${such}` })
    return value
  })
}

const openingHoursText = jsonText('{"mon":[["11:00","23:30"]]}, or "always"').pipe(openingHoursSchema)

const minutes = z.int().min(0).max(240)
const waitLimit = z
  .object({ soon: minutes, late: minutes })
  .refine(({ soon, late }) => soon < late, { error: 'expected soon to come before late' })
const waitLimits = z.object({ preparing: waitLimit, ready: waitLimit, driverHere: waitLimit })

/** Every command and what it takes. */
export const commandSchemas = {
  'credential add': z.object({
    name,
    locations: locationIds(0, 10_000).default([]),
    isSigning: z.boolean().default(false),
  }),
  'credential list': z.object({}),
  'credential rotate': id,
  'credential retire': id,
  'credential revoke': id,
  'screen add': screen,
  /** The browser that shows the code becomes this screen, for whoever stands in front of it. */
  'screen pair': screen.extend({ code: z.string().min(1).max(40), isInFrontOfMe: z.literal(true) }),
  'screen list': z.object({}),
  'screen set': screen
    .omit({ isWatched: true, guestsCanSee: true })
    .partial()
    .extend({ ...id.shape, isWatched: z.boolean().optional(), guestsCanSee: z.boolean().optional() }),
  'screen revoke': id,
  'location list': z.object({}),
  'location set': z.object({
    id: locationId,
    name: name.optional(),
    timeZone: timeZone.optional(),
    openingHours: noneOr('always', openingHoursText).optional(),
    prepTimeMinutes: noneOr('none', z.coerce.number().int().min(1).max(240)).optional(),
    language: noneOr('browser', z.enum(locales)).optional(),
    waitLimits: noneOr(
      'usual',
      jsonText('{"preparing":{"soon":15,"late":20},…}, or "usual"').pipe(waitLimits),
    ).optional(),
  }),
  'manager add': access.extend({ email, name: name.optional() }),
  'manager list': z.object({}),
  'manager set': access.extend(id.shape),
  'manager sign-out': id,
  'manager remove': id,
  'manager link': z.object({ email, withoutSecondFactor: z.boolean().default(false) }),
  'order find': z.object({ locations: order.shape.locations, text: plainText.min(1).max(200) }),
  'order hold': order,
  'order release': order,
  'order erase': order,
  'order export': order,
  'audit list': z.object({
    limit: z.coerce.number().int().min(1).max(1_000).default(50),
    before: z.coerce.number().int().optional(),
  }),
  'refusals list': z.object({ limit: z.coerce.number().int().min(1).max(10_000).default(50) }),
  'refusals show': z.object({ id: refusalId }),
  'refusals retry': z.union([z.object({ id: refusalId }), z.object({ all: z.literal(true) })], {
    error: 'expected the id of a refusal, or --all',
  }),
} as const

export type CommandName = keyof typeof commandSchemas

export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(commandSchemas, name)
}

/** What managers may ask for too, about locations of theirs; all else is for owners. */
export const managersCommands: ReadonlySet<CommandName> = new Set([
  'screen add',
  'screen pair',
  'screen list',
  'screen set',
  'screen revoke',
  'location list',
  'location set',
  'order find',
  'order hold',
  'order release',
  'order erase',
  'order export',
])

/** What changes nothing, and leaves nothing in the audit. */
export const readingCommands: ReadonlySet<CommandName> = new Set([
  'credential list',
  'screen list',
  'location list',
  'order find',
  'manager list',
  'audit list',
  'refusals list',
])
