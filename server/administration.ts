/** What an operator does by hand. The same commands run inside the server and, without one, beside the database. */
import { isUtf8 } from 'node:buffer'
import type { Logger } from 'pino'
import { iso } from '#domain/iso-time.ts'
import type { Order } from '#domain/order.ts'
import { type Actor, isOwner, mayManage, nameOf } from './actor.ts'
import { type CommandName, commandSchemas, isCommandName, managersCommands, readingCommands } from './commands.ts'
import type { Accounts } from './managers/accounts.ts'
import type { PersonalData } from './personal-data.ts'
import type { Replay } from './receive-update.ts'
import type { KnownScreen } from './store/screens.ts'
import type { Store } from './store/store.ts'

const orderVerbs = {
  'order hold': 'hold',
  'order release': 'release',
  'order erase': 'erase',
  'order export': 'export',
} as const satisfies Partial<Record<CommandName, keyof PersonalData>>

export type CommandResult =
  | { done: true; result: Record<string, unknown> }
  /** `misused`: what was given is not of the expected form. `forbidden`: it is not theirs. */
  | { done: false; reason: 'misused' | 'forbidden' | 'failed'; message: string }

export type Administration = (actor: Actor, name: string, given: unknown) => Promise<CommandResult>

type Settings = {
  store: Pick<
    Store,
    'boards' | 'credentials' | 'locations' | 'screens' | 'pairingCodes' | 'managers' | 'audit' | 'refusals'
  >
  accounts: Pick<Accounts, 'create' | 'passwordLink'>
  personalData: PersonalData
  replay: Replay
  /** The address that people open, for links. */
  address: () => string
  /** Called when a screen must go at once. */
  onRevoked: (screenId: string) => void
  /** Called when a screen has other work or another place. */
  onMoved: (screenId: string) => void
  log: Logger
}

export function createAdministration(settings: Settings): Administration {
  const { store, accounts, personalData, replay, address, onRevoked, onMoved, log } = settings
  const { boards, credentials, locations, screens, pairingCodes, managers, audit, refusals } = store

  async function run(actor: Actor, command: CommandName, given: unknown): Promise<CommandResult> {
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
        if (!mayManage(actor, screen.locations)) return forbidden
        const { id, token, link } = await screens.add({ ...screen, addedBy: nameOf(actor) })
        return done({ id, token, link: `${address()}/pair/${link}` })
      }
      case 'screen pair': {
        const { code, isInFrontOfMe: _, ...screen } = commandSchemas[command].parse(given)
        if (!mayManage(actor, screen.locations)) return forbidden
        const id = await pairingCodes.confirm(code, { ...screen, addedBy: nameOf(actor) })
        return id === null ? failed('no screen shows this code now: it is good for 10 minutes, and once') : done({ id })
      }
      case 'screen list':
        return done({ screens: (await screens.list()).filter((screen) => mayManage(actor, screen.locations)) })
      case 'screen set': {
        const { id, ...change } = commandSchemas[command].parse(given)
        const screen = await theirScreen(actor, id)
        if (!screen) return failed(`there is no active screen ${id}`)
        if (change.locations && !mayManage(actor, change.locations)) return forbidden
        await screens.set(id, change)
        onMoved(id)
        return done({ id })
      }
      case 'screen revoke': {
        const { id } = commandSchemas[command].parse(given)
        const screen = await theirScreen(actor, id)
        if (!screen || !(await screens.revoke(id))) return failed(`there is no active screen ${id}`)
        onRevoked(id)
        return done({ id, name: screen.name })
      }
      case 'location list':
        return done({ locations: (await boards.locations()).filter(({ id }) => mayManage(actor, [id])) })
      case 'location set': {
        const { id, ...change } = commandSchemas[command].parse(given)
        if (!mayManage(actor, [id])) return forbidden
        await locations.set(id, change)
        screens.noteLocationSet()
        return done({ location: (await boards.locations()).find((one) => one.id === id) })
      }
      case 'manager add': {
        const { email, name = email, ...access } = commandSchemas[command].parse(given)
        if (await managers.findByEmail(email)) return failed(`there is a manager ${email} already`)
        const { id } = await accounts.create({ email, name, ...access }, null)
        return done({ id, email, link: await linkFor(email) })
      }
      case 'manager list':
        return done({ managers: await managers.list() })
      case 'manager set': {
        const { id, ...access } = commandSchemas[command].parse(given)
        return outcomeOf(id, await managers.setAccess(id, access))
      }
      case 'manager sign-out': {
        const { id } = commandSchemas[command].parse(given)
        return (await managers.endSessions(id)) ? done({ id }) : failed(`${id} is signed in nowhere`)
      }
      case 'manager remove': {
        const { id } = commandSchemas[command].parse(given)
        const removed = await managers.find(id)
        return outcomeOf(id, await managers.remove(id), {
          email: removed?.email,
          // They may hold one of these in their hands.
          screens: (await screens.list()).filter((one) => one.addedBy === removed?.email && one.revokedAt === null),
        })
      }
      case 'manager link': {
        const { email, withoutSecondFactor } = commandSchemas[command].parse(given)
        const manager = await managers.findByEmail(email)
        if (!manager) return failed(`there is no manager ${email}`)
        if (withoutSecondFactor) await managers.dropSecondFactor(manager.id)
        return done({ email, link: await linkFor(email) })
      }
      case 'audit list': {
        const { limit, before } = commandSchemas[command].parse(given)
        return done({ entries: await audit.list(limit, before) })
      }
      case 'order find': {
        const { locations, text } = commandSchemas[command].parse(given)
        if (!mayManage(actor, locations)) return forbidden
        const found = await boards.find(locations[0] ?? '', text)
        return done({ orders: found.map(outlineOf) })
      }
      case 'order hold':
      case 'order release':
      case 'order erase':
      case 'order export': {
        const { locations, order } = commandSchemas[command].parse(given)
        if (!mayManage(actor, locations)) return forbidden
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

  /** By which a manager chooses a password: once, 30 minutes. */
  async function linkFor(email: string): Promise<string> {
    return `${address()}/password/${await accounts.passwordLink(email)}`
  }

  /** A screen that is not revoked, if it is theirs: of others they do not even learn that they are. */
  async function theirScreen(actor: Actor, id: string): Promise<KnownScreen | null> {
    const screen = await screens.find(id)
    return screen && mayManage(actor, screen.everyLocation ? 'every' : screen.locations) ? screen : null
  }

  /** What was done, without what opens doors. */
  async function note(actor: Actor, command: CommandName, given: unknown, result: CommandResult): Promise<void> {
    if (!result.done || readingCommands.has(command)) return
    const { code: _code, ...about } = given as Record<string, unknown>
    const { id, email, name } = result.result
    try {
      await audit.note({ by: nameOf(actor), action: command, about: { id, email, name, ...about } })
    } catch (error) {
      log.error({ err: error, command }, 'what was done could not be noted in the audit')
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

  return async (actor, name, given) => {
    if (!isCommandName(name)) return { done: false, reason: 'misused', message: `no command ${name}` }
    if (!isOwner(actor) && !managersCommands.has(name)) return forbidden
    const parsed = commandSchemas[name].safeParse(given)
    if (!parsed.success) {
      const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
      return { done: false, reason: 'misused', message: issues.join('\n') }
    }
    const result = await run(actor, name, given)
    await note(actor, name, parsed.data, result)
    return result
  }
}

/** Enough to know which order it is, without its people. */
function outlineOf(order: Order): Record<string, unknown> {
  const { id, number, source, firstSeenAt, endedAt, erasedAt, heldUntil } = order
  const moment = (at: number | null) => at && iso(at)
  return {
    id,
    number,
    source,
    firstSeenAt: moment(firstSeenAt),
    endedAt: moment(endedAt),
    erasedAt: moment(erasedAt),
    heldUntil: moment(heldUntil),
  }
}

function outcomeOf(id: string, outcome: 'done' | 'unknown' | 'last-owner', about: object = {}): CommandResult {
  switch (outcome) {
    case 'done':
      return done({ id, ...about })
    case 'unknown':
      return failed(`there is no manager ${id}`)
    case 'last-owner':
      return failed('this is the last owner: make another one first')
    default:
      return outcome satisfies never
  }
}

function done(result: Record<string, unknown>): CommandResult {
  return { done: true, result }
}

function failed(message: string): CommandResult {
  return { done: false, reason: 'failed', message }
}

const forbidden: CommandResult = { done: false, reason: 'forbidden', message: 'this is not yours to manage' }
