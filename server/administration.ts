/** What an operator does by hand. The same commands run inside the server and, without one, beside the database. */
import { isUtf8 } from 'node:buffer'
import type { Logger } from 'pino'
import type { z } from 'zod'
import { iso } from '#domain/iso-time.ts'
import type { Order } from '#domain/order.ts'
import { type Actor, isOwner, mayManage, nameOf } from './actor.ts'
import { type CommandName, commandSchemas, isCommandName, managersCommands, readingCommands } from './commands.ts'
import { issuesOf } from './issues.ts'
import type { Accounts } from './managers/accounts.ts'
import type { PersonalData } from './personal-data.ts'
import type { Replay } from './receive-update.ts'
import type { Store } from './store/store.ts'

export type CommandResult =
  | { done: true; result: Record<string, unknown> }
  /** `misused`: what was given is not of the expected form. `forbidden`: it is not theirs. */
  | { done: false; reason: 'misused' | 'forbidden' | 'failed'; message: string }

export type Administration = (actor: Actor, name: string, given: unknown) => Promise<CommandResult>

type Handler<Given> = (given: Given, actor: Actor) => Promise<CommandResult>

type Handlers = { [Name in CommandName]: Handler<z.output<(typeof commandSchemas)[Name]>> }

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

  const handlers: Handlers = {
    'credential add': async ({ name, locations, isSigning }) => {
      const added = isSigning ? credentials.addSigning(name, locations) : credentials.add(name, locations)
      return done({ ...(await added), name, locations })
    },
    'credential list': async () => done({ credentials: await credentials.list() }),
    'credential rotate': async ({ id }) => {
      const rotated = await credentials.rotate(id)
      if (rotated === 'unknown') return failed(`there is no active credential ${id}`)
      if (rotated === 'two-live') return failed(`${id} has two secrets already: credential retire ${id} ends the older`)
      return done({ id, [rotated.kind === 'token' ? 'token' : 'signingSecret']: rotated.secret })
    },
    'credential retire': async ({ id }) =>
      (await credentials.retire(id)) ? done({ id }) : failed(`${id} has no older secret`),
    'credential revoke': async ({ id }) =>
      (await credentials.revoke(id)) ? done({ id }) : failed(`there is no active credential ${id}`),
    'screen add': async (screen, actor) => {
      if (!mayManage(actor, screen.locations)) return forbidden
      const { id, token, link } = await screens.add({ ...screen, addedBy: nameOf(actor) })
      return done({ id, token, link: `${address()}/pair/${link}` })
    },
    'screen pair': async ({ code, isInFrontOfMe: _, ...screen }, actor) => {
      if (!mayManage(actor, screen.locations)) return forbidden
      const id = await pairingCodes.confirm(code, { ...screen, addedBy: nameOf(actor) })
      return id === null ? failed('no screen shows this code now: it is good for 10 minutes, and once') : done({ id })
    },
    'screen list': async (_, actor) => {
      const theirs = (await screens.list()).filter((screen) => mayManage(actor, screen.locations))
      // Who else there is, is for owners to know.
      return done({ screens: isOwner(actor) ? theirs : theirs.map(({ addedBy: _by, ...screen }) => screen) })
    },
    'screen set': async ({ id, ...change }, actor) => {
      if (change.locations && !mayManage(actor, change.locations)) return forbidden
      // Where the answer is an error it may be stored all the same: its browser begins anew either way.
      let mayBeSet = true
      try {
        mayBeSet = await screens.set(id, change, (places) => mayManage(actor, places))
      } finally {
        if (mayBeSet) onMoved(id)
      }
      return mayBeSet ? done({ id }) : gone(id)
    },
    'screen revoke': async ({ id }, actor) => {
      const name = await screens.revoke(id, (places) => mayManage(actor, places))
      if (name === null) return gone(id)
      onRevoked(id)
      return done({ id, name })
    },
    'location list': async (_, actor) =>
      done({ locations: (await boards.locations()).filter(({ id }) => mayManage(actor, [id])) }),
    'location set': async ({ id, ...change }, actor) => {
      if (!mayManage(actor, [id])) return forbidden
      await locations.set(id, change)
      screens.noteLocationSet()
      return done({ location: (await boards.locations()).find((one) => one.id === id) })
    },
    'manager add': async ({ email, name = email, ...access }) => {
      if (await managers.findByEmail(email)) return failed(`there is a manager ${email} already`)
      const { id } = await accounts.create({ email, name, ...access }, null)
      return done({ id, email, link: await linkFor(id) })
    },
    'manager list': async () => done({ managers: await managers.list() }),
    'manager set': async ({ id, ...access }) => outcomeOf(id, await managers.setAccess(id, access)),
    'manager sign-out': async ({ id }) =>
      (await managers.endSessions(id)) ? done({ id }) : failed(`${id} is signed in nowhere`),
    'manager remove': async ({ id }) => {
      const removed = await managers.find(id)
      return outcomeOf(id, await managers.remove(id), {
        email: removed?.email,
        // They may hold one of these in their hands.
        screens: (await screens.list()).filter((one) => one.addedBy === removed?.email && one.revokedAt === null),
      })
    },
    'manager link': async ({ email, withoutSecondFactor }) => {
      const manager = await managers.findByEmail(email)
      if (!manager) return failed(`there is no manager ${email}`)
      if (withoutSecondFactor) await managers.dropSecondFactor(manager.id)
      return done({ email, link: await linkFor(manager.id) })
    },
    'audit list': async ({ limit, before }) => done({ entries: await audit.list(limit, before) }),
    'order find': async ({ locations, text }, actor) => {
      if (!mayManage(actor, locations)) return forbidden
      const found = await boards.find(locations[0] ?? '', text)
      return done({ orders: found.map(outlineOf) })
    },
    'order hold': onOrder('hold'),
    'order release': onOrder('release'),
    'order erase': onOrder('erase'),
    'order export': onOrder('export'),
    'refusals list': async ({ limit }) => done({ refusals: await refusals.list(limit) }),
    'refusals show': async ({ id }) => {
      const refusal = await refusals.find(id)
      if (!refusal) return failed(`there is no refusal ${id}`)
      const { body, ...facts } = refusal
      if (body === null) return done({ ...facts, body: null })
      return done({
        ...facts,
        ...(isUtf8(body) ? { body: body.toString() } : { bodyBase64: body.toString('base64') }),
      })
    },
    'refusals retry': async (asked) => retry('id' in asked ? [asked.id] : await refusals.ids()),
  }

  /** What is done with one order's people, for who may. */
  function onOrder(verb: keyof PersonalData): Handlers['order hold'] {
    return async ({ locations, order }, actor) => {
      if (!mayManage(actor, locations)) return forbidden
      const [locationId = ''] = locations
      const answer = await personalData[verb]({ locationId, orderId: order })
      return 'problem' in answer ? failed(answer.problem) : done(answer.result)
    }
  }

  /** By which a manager chooses a password: once, 30 minutes. */
  async function linkFor(managerId: string): Promise<string> {
    return `${address()}/password/${await accounts.passwordLink(managerId)}`
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
      const issues = issuesOf(parsed.error).map(({ path, message }) => `${path}: ${message}`)
      return { done: false, reason: 'misused', message: issues.join('\n') }
    }
    // What was parsed by a command's schema is what its handler takes.
    const handle = handlers[name] as Handler<unknown>
    const result = await handle(parsed.data, actor)
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

/** Also of a screen that is not theirs: that there is one is not for them to know. */
function gone(screenId: string): CommandResult {
  return failed(`there is no active screen ${screenId}`)
}

function failed(message: string): CommandResult {
  return { done: false, reason: 'failed', message }
}

const forbidden: CommandResult = { done: false, reason: 'forbidden', message: 'this is not yours to manage' }
