/** What an operator does by hand. The same commands run inside the server and, without one, beside the database. */
import { isUtf8 } from 'node:buffer'
import { z } from 'zod'
import { openingHoursSchema } from '#domain/opening-hours.ts'
import { screenRoles } from '#domain/protocol.ts'
import { maximumLocationsPerScreen } from '#domain/screen-limits.ts'
import { timeZone as timeZoneSchema } from './config.ts'
import type { PersonalData } from './personal-data.ts'
import type { Replay } from './receive-update.ts'
import type { Store } from './store/store.ts'

const locationId = z.string().trim().min(1).max(200)
const name = z.string().trim().min(1).max(100)
const refusalId = z.string().regex(/^\d{1,15}$/, { error: 'expected the id of a refusal' })
const id = z.object({ id: z.string().min(1).max(100) })

/** One order of one location. */
const order = z.object({
  locations: z.array(locationId).length(1, { error: 'expected one --location' }),
  order: z.string({ error: 'expected --order' }).min(1).max(200),
})

/** A word for none, or a value. */
function noneOr<Schema extends z.ZodType>(word: string, schema: Schema) {
  return z.union([z.literal(word).transform(() => null), schema])
}

const openingHoursText = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      context.addIssue({ code: 'custom', message: 'expected JSON such as {"mon":[["11:00","23:30"]]}, or "always"' })
      return z.NEVER
    }
  })
  .pipe(openingHoursSchema)

/** Every command and what it takes. */
const commandSchemas = {
  'credential add': z.object({
    name,
    locations: z.array(locationId).max(10_000),
    isSigning: z.boolean().default(false),
  }),
  'credential list': z.object({}),
  'credential rotate': id,
  'credential retire': id,
  'credential revoke': id,
  'screen add': z.object({
    name,
    role: z.enum(screenRoles),
    locations: z.union([z.literal('every'), z.array(locationId).min(1).max(maximumLocationsPerScreen)]),
    isWatched: z.boolean().default(true),
  }),
  'screen list': z.object({}),
  'location list': z.object({}),
  'location set': z.object({
    id: locationId,
    name: name.optional(),
    timeZone: timeZoneSchema.optional(),
    openingHours: noneOr('always', openingHoursText).optional(),
    prepTimeMinutes: noneOr('none', z.coerce.number().int().min(1).max(240)).optional(),
  }),
  'screen revoke': id,
  'order hold': order,
  'order release': order,
  'order erase': order,
  'order export': order,
  'refusals list': z.object({ limit: z.coerce.number().int().min(1).max(10_000).default(50) }),
  'refusals show': z.object({ id: refusalId }),
  'refusals retry': z.union([z.object({ id: refusalId }), z.object({ all: z.literal(true) })], {
    error: 'expected the id of a refusal, or --all',
  }),
} as const

const orderVerbs = {
  'order hold': 'hold',
  'order release': 'release',
  'order erase': 'erase',
  'order export': 'export',
} as const satisfies Partial<Record<keyof typeof commandSchemas, keyof PersonalData>>

export type CommandName = keyof typeof commandSchemas

export type CommandResult =
  | { done: true; result: Record<string, unknown> }
  /** `misused`: what was given is not of the expected form. */
  | { done: false; misused: boolean; message: string }

export type Administration = (name: string, given: unknown) => Promise<CommandResult>

type Settings = {
  store: Pick<Store, 'boards' | 'credentials' | 'locations' | 'screens' | 'refusals'>
  personalData: PersonalData
  replay: Replay
  /** The address that people open, for links. */
  address: string
  /** Called when a screen must go at once. */
  onRevoked: (screenId: string) => void
}

export function createAdministration({ store, personalData, address, replay, onRevoked }: Settings): Administration {
  const { boards, credentials, locations, screens, refusals } = store

  async function run(command: CommandName, given: unknown): Promise<CommandResult> {
    switch (command) {
      case 'credential add': {
        const { name, locations, isSigning } = commandSchemas[command].parse(given)
        const added = isSigning ? credentials.addSigning(name, locations) : credentials.add(name, locations)
        return done({ ...(await added), name, locations })
      }
      case 'credential list':
        return done({ credentials: await credentials.list() })
      case 'credential rotate': {
        const { id } = commandSchemas[command].parse(given)
        const rotated = await credentials.rotate(id)
        if (rotated === 'unknown') return failed(`there is no active credential ${id}`)
        if (rotated === 'two-live')
          return failed(`${id} has two secrets already: credential retire ${id} ends the older`)
        return done({ id, [rotated.kind === 'token' ? 'token' : 'signingSecret']: rotated.secret })
      }
      case 'credential retire': {
        const { id } = commandSchemas[command].parse(given)
        return (await credentials.retire(id)) ? done({ id }) : failed(`${id} has no older secret`)
      }
      case 'credential revoke': {
        const { id } = commandSchemas[command].parse(given)
        return (await credentials.revoke(id)) ? done({ id }) : failed(`there is no active credential ${id}`)
      }
      case 'screen add': {
        const screen = commandSchemas[command].parse(given)
        const { id, token, link } = await screens.add(screen)
        return done({ id, token, link: `${address}/pair/${link}` })
      }
      case 'screen list':
        return done({ screens: await screens.list() })
      case 'screen revoke': {
        const { id } = commandSchemas[command].parse(given)
        if (!(await screens.revoke(id))) return failed(`there is no active screen ${id}`)
        onRevoked(id)
        return done({ id })
      }
      case 'location list':
        return done({ locations: await boards.locations() })
      case 'location set': {
        const { id, ...change } = commandSchemas[command].parse(given)
        await locations.set(id, change)
        return done({ location: (await boards.locations()).find((one) => one.id === id) })
      }
      case 'order hold':
      case 'order release':
      case 'order erase':
      case 'order export': {
        const { locations, order } = commandSchemas[command].parse(given)
        const [locationId = ''] = locations
        const answer = await personalData[orderVerbs[command]]({ locationId, orderId: order })
        return 'problem' in answer ? failed(answer.problem) : done(answer.result)
      }
      case 'refusals list': {
        const { limit } = commandSchemas[command].parse(given)
        return done({ refusals: await refusals.list(limit) })
      }
      case 'refusals show': {
        const { id } = commandSchemas[command].parse(given)
        const refusal = await refusals.find(id)
        if (!refusal) return failed(`there is no refusal ${id}`)
        const { body, ...facts } = refusal
        if (body === null) return done({ ...facts, body: null })
        return done({
          ...facts,
          ...(isUtf8(body) ? { body: body.toString() } : { bodyBase64: body.toString('base64') }),
        })
      }
      case 'refusals retry': {
        const asked = commandSchemas[command].parse(given)
        return retry('id' in asked ? [asked.id] : await refusals.ids())
      }
      default:
        return command satisfies never
    }
  }

  /** Takes refusals again, the oldest first; what is taken now is no refusal any more. */
  async function retry(ids: readonly string[]): Promise<CommandResult> {
    const problems: string[] = []
    for (const id of ids) {
      const problem = await retryOne(id)
      if (problem) problems.push(`${id}: ${problem}`)
    }
    if (problems.length > 0) return failed(`${ids.length - problems.length} taken, not these:\n${problems.join('\n')}`)
    return done({ taken: ids.length })
  }

  /** @returns why it was not taken, or null */
  async function retryOne(id: string): Promise<string | null> {
    const refusal = await refusals.find(id)
    if (!refusal) return 'there is no such refusal'
    if (!refusal.body)
      return refusal.code === 'too_large' ? 'its body was too large to be kept' : 'its body was forgotten'
    const credential = await credentials.find(refusal.credentialId)
    if (!credential) return 'its credential was revoked'
    const answer = await replay(credential, refusal.body)
    if (answer.status !== 200) return JSON.parse(answer.body).error.message
    await refusals.remove(id)
    return null
  }

  return async (command, given) => {
    if (!Object.hasOwn(commandSchemas, command)) return { done: false, misused: true, message: `no command ${command}` }
    const name = command as CommandName
    const parsed = commandSchemas[name].safeParse(given)
    if (!parsed.success) {
      const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
      return { done: false, misused: true, message: issues.join('\n') }
    }
    return run(name, given)
  }
}

function done(result: Record<string, unknown>): CommandResult {
  return { done: true, result }
}

function failed(message: string): CommandResult {
  return { done: false, misused: false, message }
}
