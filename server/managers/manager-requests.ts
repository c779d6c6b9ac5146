/** What managers ask for over HTTP: signing in and out, their passwords, and everything on the manage pages. */
import type { Logger } from 'pino'
import { z } from 'zod'
import type { Issue } from '#domain/forbidden-text.ts'
import type { Administration, CommandResult } from '../administration.ts'
import { type Answer, errorAnswer, jsonAnswer } from '../answer.ts'
import { issuesOf } from '../issues.ts'
import type { Metrics } from '../metrics.ts'
import type { Audit } from '../store/audit.ts'
import type { Manager, Managers } from '../store/managers.ts'
import { answeringSurprises } from '../surprise.ts'
import type { Accounts } from './accounts.ts'
import type { ManagerRequest } from './manager-request.ts'
import { type PasswordProblem, passwordProblem, passwordWords } from './password-rules.ts'
import { createSignIn, jsonBody, passedOn, type SignInLimits, wait } from './sign-in.ts'

type Settings = {
  managers: Managers
  accounts: Accounts
  administration: Administration
  audit: Audit
  metrics: Pick<Metrics, 'signIns'>
  limits: SignInLimits
  /** Signs marks in browsers; 32 bytes. */
  key: Buffer
  /** Whether there is what seals second factors. */
  isKeyThere: () => boolean
  isSecure: boolean
  now: () => number
  log: Logger
}

export type ManagerRequests = ReturnType<typeof createManagerRequests>

const password = z.string().min(1).max(200)
const email = z.string().trim().max(200).toLowerCase()
const link = z.string().min(1).max(100)

const schemas = {
  'set-up': z.object({
    link,
    name: z.string().trim().min(1).max(100),
    email: z.email().max(200).toLowerCase(),
    password,
  }),
  'choose-password': z.object({ link, password }),
  'sign-in': z.object({ email, password }),
  'second-step': z.object({ code: z.string().trim().min(1).max(40) }),
  'sign-out': z.object({}),
  'sign-out-everywhere': z.object({}),
  'change-password': z.object({ password, newPassword: password }),
  'begin-second-factor': z.object({ password }),
  'confirm-second-factor': z.object({
    code: z
      .string()
      .trim()
      .regex(/^\d{6}$/),
  }),
  'end-second-factor': z.object({ password }),
} as const

type ActionName = keyof typeof schemas

export function createManagerRequests(settings: Settings) {
  const { managers, accounts, administration, audit, limits, isKeyThere, log } = settings
  const { signIn, secondStep, askOnce, knownCookie } = createSignIn(settings)

  /** `POST /api/manager/{action}` */
  async function act(name: string, request: ManagerRequest): Promise<Answer> {
    if (!Object.hasOwn(schemas, name)) return errorAnswer('not_found', 'there is no such action')
    const action = name as ActionName
    const body = await request.body()
    if (body === undefined) return noJson
    const parsed = schemas[action].safeParse(body)
    if (!parsed.success) {
      return errorAnswer('wrong_shape', 'this is not of the expected form', { issues: issuesOf(parsed.error) })
    }
    const given = parsed.data
    switch (action) {
      case 'set-up':
        return setUp(given as z.infer<(typeof schemas)['set-up']>, request)
      case 'choose-password':
        return choosePassword(given as z.infer<(typeof schemas)['choose-password']>, request)
      case 'sign-in':
        return signIn(given as z.infer<(typeof schemas)['sign-in']>, request)
      case 'second-step':
        return secondStep(given as z.infer<(typeof schemas)['second-step']>, request)
      case 'sign-out':
        return signOut(request)
      case 'sign-out-everywhere':
      case 'change-password':
      case 'begin-second-factor':
      case 'confirm-second-factor':
      case 'end-second-factor':
        return actSignedIn(action, given as Record<string, string>, request)
      default:
        return action satisfies never
    }
  }

  async function setUp(
    { link, name, email, password }: z.infer<(typeof schemas)['set-up']>,
    request: ManagerRequest,
  ): Promise<Answer> {
    const isGood = !(await managers.exist()) && (await accounts.isSetUpLink(link))
    if (!isGood) return errorAnswer('not_found', 'this link was used, or is too old')
    const problem = passwordProblem(password, [email, name])
    if (problem) return weak(problem)
    if (!(await accounts.takeSetUpLink(link))) return errorAnswer('not_found', 'this link was used, or is too old')
    await accounts.create({ email, name, role: 'owner', locations: [] }, password)
    await audit.note({ by: email, action: 'set up', about: {} })
    return signIn({ email, password }, request)
  }

  async function signOut(request: ManagerRequest): Promise<Answer> {
    const manager = await accounts.managerOf(request.cookie)
    if (manager) await audit.note({ by: manager.email, action: 'sign out', about: {} })
    return passedOn(await accounts.ask('signOut', request))
  }

  async function choosePassword(
    { link, password }: z.infer<(typeof schemas)['choose-password']>,
    request: ManagerRequest,
  ): Promise<Answer> {
    const owner = await accounts.ownerOfLink(link)
    if (!owner) return errorAnswer('not_found', 'this link was used, or is too old')
    const problem = passwordProblem(password, [owner.email, owner.name])
    if (problem) return weak(problem)
    const answer = await accounts.ask('choosePassword', request, { link, password })
    if (answer.status !== 200) return errorAnswer('not_found', 'this link was used, or is too old')
    await audit.note({ by: owner.email, action: 'choose password', about: {} })
    // Who has the link is no stranger: strangers' guesses do not keep this browser out.
    return { ...jsonAnswer({ done: true, email: owner.email }), cookies: [knownCookie(owner.email)] }
  }

  type SignedInAction = Exclude<ActionName, 'set-up' | 'choose-password' | 'sign-in' | 'second-step' | 'sign-out'>

  async function actSignedIn(
    action: SignedInAction,
    given: Record<string, string>,
    request: ManagerRequest,
  ): Promise<Answer> {
    const manager = await accounts.managerOf(request.cookie)
    if (!manager) return notSignedIn
    if (action === 'begin-second-factor' && !isKeyThere()) return errorAnswer('conflict', 'the key is missing')
    // Who found a phone that is signed in does not learn its owner's password by asking.
    const guesses = `signed in ${manager.email}`
    const waitSeconds = action === 'sign-out-everywhere' ? null : await limits.account.count(guesses)
    if (waitSeconds !== null) return wait(waitSeconds)
    if (action === 'change-password') {
      const problem = passwordProblem(given.newPassword ?? '', [manager.email, manager.name])
      if (problem) return weak(problem)
    }
    const answer = await askSignedIn(action, given, request)
    if (answer?.status !== 200) {
      log.warn({ action, managerId: manager.id, requestId: request.requestId }, 'a manager was refused')
      return { ...errorAnswer('conflict', refusedWords[action]), cookies: answer?.cookies ?? [] }
    }
    await limits.account.giveBack(guesses)
    await audit.note({ by: manager.email, action: action.replaceAll('-', ' '), about: {} })
    return action === 'begin-second-factor'
      ? { ...passedOn(answer), ...jsonBody({ uri: answer.json.totpURI, backupCodes: answer.json.backupCodes }) }
      : passedOn(answer)
  }

  function askSignedIn(action: SignedInAction, given: Record<string, string>, request: ManagerRequest) {
    const { password = '', newPassword = '', code = '' } = given
    switch (action) {
      case 'sign-out-everywhere':
        return accounts.ask('signOutEverywhere', request)
      case 'change-password':
        return accounts.ask('changePassword', request, { currentPassword: password, newPassword })
      case 'begin-second-factor':
        return accounts.ask('beginSecondFactor', request, { password })
      case 'confirm-second-factor':
        return askOnce(code, request)
      case 'end-second-factor':
        return accounts.ask('endSecondFactor', request, { password })
      default:
        return action satisfies never
    }
  }

  /** `POST /api/manage/{noun}/{verb}`: a command, as who is signed in. */
  async function manage(command: string, request: ManagerRequest): Promise<Answer> {
    const manager = await accounts.managerOf(request.cookie)
    if (!manager) return notSignedIn
    const waitSeconds = await limits.codes.wait(manager.id)
    if (waitSeconds !== null && command === 'screen pair') return wait(waitSeconds)
    const body = await request.body()
    if (body === undefined) return noJson
    const result = await administration({ kind: 'manager', manager }, command, body)
    if (!result.done && result.reason === 'forbidden')
      log.warn({ command, managerId: manager.id, requestId: request.requestId }, 'a manager was refused')
    // A code that is not shown anywhere may be a guess.
    if (command === 'screen pair' && !result.done && result.reason === 'failed') await limits.codes.count(manager.id)
    return answerOf(result)
  }

  /** The same for a page of ours, which then shows it. @returns null when it is not theirs */
  async function read(manager: Manager, command: string, given: object = {}): Promise<Record<string, unknown> | null> {
    const result = await administration({ kind: 'manager', manager }, command, given)
    return result.done ? result.result : null
  }

  const surprising = answeringSurprises(log)
  return {
    act: surprising(act),
    manage: surprising(manage),
    read,
    managerOf: accounts.managerOf,
    /** What a link opens, so that its page can say when it is none. */
    isSetUpLink: async (link: string) => !(await managers.exist()) && (await accounts.isSetUpLink(link)),
    ownerOfLink: accounts.ownerOfLink,
  }
}

const noJson = errorAnswer('not_json', 'expected application/json of at most 64 KiB')

const notSignedIn = errorAnswer('unauthorized', 'sign in first')

const refusedWords = {
  'sign-out-everywhere': 'this could not be done now',
  'change-password': 'the password until now is not right',
  'begin-second-factor': 'the password is not right, or there is a second step already',
  'confirm-second-factor': 'this code is not right',
  'end-second-factor': 'the password is not right',
} as const

function weak(problem: PasswordProblem): Answer {
  const issues: Issue[] = [{ path: 'password', message: problem }]
  return errorAnswer('wrong_shape', passwordWords[problem], { issues })
}

function answerOf(result: CommandResult): Answer {
  if (result.done) return jsonAnswer(result.result)
  switch (result.reason) {
    case 'misused':
      return errorAnswer('wrong_shape', result.message)
    case 'forbidden':
      return errorAnswer('forbidden', result.message)
    case 'failed':
      return errorAnswer('conflict', result.message)
    default:
      return result.reason satisfies never
  }
}
