/** What managers ask for over HTTP: signing in and out, their passwords, and everything on the manage pages. */
import type { Logger } from 'pino'
import { z } from 'zod'
import type { Administration, CommandResult } from '../administration.ts'
import { type Answer, errorAnswer, jsonAnswer, tooManyAnswer } from '../answer.ts'
import { issuesOf } from '../issues.ts'
import type { Metrics } from '../metrics.ts'
import { plainText } from '../plain-text.ts'
import type { Audit } from '../store/audit.ts'
import type { Manager, Managers } from '../store/managers.ts'
import { answeringSurprises } from '../surprise.ts'
import type { AccountAnswer, Accounts } from './accounts.ts'
import type { ManagerRequest } from './manager-request.ts'
import { passwordProblem, passwordWords } from './password-rules.ts'
import { createSignIn, jsonBody, passedOn, type SignInLimits } from './sign-in.ts'

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
const email = plainText.max(200).toLowerCase()
const link = z.string().min(1).max(100)
const name = plainText.min(1).max(100)
const code = z.string().trim().min(1).max(40)

type Work<Given> = (given: Given, request: ManagerRequest) => Promise<Answer>

/** What is asked for by a name: what it takes, and what does it. */
function action<Schema extends z.ZodType>(schema: Schema, work: Work<z.output<Schema>>) {
  return { schema, work: work as Work<unknown> }
}

/** What who is signed in may ask the library for. */
type OfAccount<Given> = {
  ask: (given: Given, request: ManagerRequest) => Promise<AccountAnswer | null>
  /** What was wrong when it was refused. */
  refused: string
  /** It asks for no password and no code: nobody guesses by it. */
  isFree?: boolean
  /** What keeps it from being asked, or null. */
  check?: (given: Given, manager: Manager) => Answer | null
  /** What of the library's answer is told. */
  tell?: (json: AccountAnswer['json']) => Record<string, unknown>
}

export function createManagerRequests(settings: Settings) {
  const { managers, accounts, administration, audit, limits, isKeyThere, log } = settings
  const { signIn, secondStep, askOnce, knownCookie } = createSignIn(settings)

  const actions = {
    'set-up': action(z.object({ link, name, email: z.email().max(200).toLowerCase(), password }), setUp),
    'choose-password': action(z.object({ link, password }), choosePassword),
    'sign-in': action(z.object({ email, password }), signIn),
    'second-step': action(z.object({ code }), secondStep),
    'sign-out': action(z.object({}), (_, request) => signOut(request)),
    'sign-out-everywhere': action(
      z.object({}),
      ofAccount('sign out everywhere', {
        ask: (_, request) => accounts.ask('signOutEverywhere', request),
        refused: 'this could not be done now',
        isFree: true,
      }),
    ),
    'change-password': action(
      z.object({ password, newPassword: password }),
      ofAccount('change password', {
        ask: ({ password, newPassword }, request) =>
          accounts.ask('changePassword', request, { currentPassword: password, newPassword }),
        refused: 'the password until now is not right',
        check: ({ newPassword }, { email, name }) => weakAnswer(newPassword, [email, name]),
      }),
    ),
    'begin-second-factor': action(
      z.object({ password }),
      ofAccount('begin second factor', {
        ask: ({ password }, request) => accounts.ask('beginSecondFactor', request, { password }),
        refused: 'the password is not right, or there is a second step already',
        check: () => (isKeyThere() ? null : errorAnswer('conflict', 'the key is missing')),
        tell: ({ totpURI, backupCodes }) => ({ uri: totpURI, backupCodes }),
      }),
    ),
    'confirm-second-factor': action(
      z.object({ code: code.regex(/^\d{6}$/) }),
      ofAccount('confirm second factor', {
        ask: ({ code }, request) => askOnce(code, request),
        refused: 'this code is not right',
      }),
    ),
    'end-second-factor': action(
      z.object({ password }),
      ofAccount('end second factor', {
        ask: ({ password }, request) => accounts.ask('endSecondFactor', request, { password }),
        refused: 'the password is not right',
      }),
    ),
  }

  /** `POST /api/manager/{action}` */
  async function act(name: string, request: ManagerRequest): Promise<Answer> {
    if (!Object.hasOwn(actions, name)) return errorAnswer('not_found', 'there is no such action')
    const { schema, work } = actions[name as keyof typeof actions]
    const body = await request.body()
    if (body === undefined) return noJson
    const parsed = schema.safeParse(body)
    if (!parsed.success) {
      return errorAnswer('wrong_shape', 'this is not of the expected form', { issues: issuesOf(parsed.error) })
    }
    return work(parsed.data, request)
  }

  async function setUp(
    { link, name, email, password }: { link: string; name: string; email: string; password: string },
    request: ManagerRequest,
  ): Promise<Answer> {
    const isGood = !(await managers.exist()) && (await accounts.isSetUpLink(link))
    if (!isGood) return spentLink
    const weak = weakAnswer(password, [email, name])
    if (weak) return weak
    if (!(await accounts.takeSetUpLink(link))) return spentLink
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
    { link, password }: { link: string; password: string },
    request: ManagerRequest,
  ): Promise<Answer> {
    const owner = await accounts.ownerOfLink(link)
    if (!owner) return spentLink
    const weak = weakAnswer(password, [owner.email, owner.name])
    if (weak) return weak
    const answer = await accounts.ask('choosePassword', request, { link, password })
    if (answer.status !== 200) return spentLink
    await audit.note({ by: owner.email, action: 'choose password', about: {} })
    // Who has the link is no stranger: strangers' guesses do not keep this browser out.
    return { ...jsonAnswer({ done: true, email: owner.email }), cookies: [knownCookie(owner.email)] }
  }

  /** @param name as the audit has it */
  function ofAccount<Given>(name: string, { ask, refused, isFree, check, tell }: OfAccount<Given>): Work<Given> {
    return async (given, request) => {
      const manager = await accounts.managerOf(request.cookie)
      if (!manager) return notSignedIn
      // Who found a phone that is signed in does not learn its owner's password by asking.
      const guesses = `signed in ${manager.email}`
      const waitSeconds = isFree ? null : await limits.account.count(guesses)
      if (waitSeconds !== null) return tooManyAnswer(waitSeconds)
      const unasked = check?.(given, manager)
      if (unasked) return unasked
      const answer = await ask(given, request)
      if (answer?.status !== 200) {
        log.warn({ action: name, managerId: manager.id, requestId: request.requestId }, 'a manager was refused')
        return { ...errorAnswer('conflict', refused), cookies: answer?.cookies ?? [] }
      }
      if (!isFree) await limits.account.giveBack(guesses)
      await audit.note({ by: manager.email, action: name, about: {} })
      const passed = passedOn(answer)
      return tell ? { ...passed, ...jsonBody(tell(answer.json)) } : passed
    }
  }

  /** `POST /api/manage/{noun}/{verb}`: a command, as who is signed in. */
  async function manage(command: string, request: ManagerRequest): Promise<Answer> {
    const manager = await accounts.managerOf(request.cookie)
    if (!manager) return notSignedIn
    const body = await request.body()
    if (body === undefined) return noJson
    // A code that is not shown anywhere may be a guess. Counted before it is known, so that many at once are no way around.
    const isGuess = command === 'screen pair'
    const waitSeconds = isGuess ? await limits.codes.count(manager.id) : null
    if (waitSeconds !== null) return tooManyAnswer(waitSeconds)
    const result = await administration({ kind: 'manager', manager }, command, body)
    if (isGuess && (result.done || result.reason !== 'failed')) await limits.codes.giveBack(manager.id)
    if (!result.done && result.reason === 'forbidden')
      log.warn({ command, managerId: manager.id, requestId: request.requestId }, 'a manager was refused')
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

const spentLink = errorAnswer('not_found', 'this link was used, or is too old')

/** What is answered to a password that can be guessed; null when it cannot. */
function weakAnswer(password: string, about: readonly string[]): Answer | null {
  const problem = passwordProblem(password, about)
  return (
    problem && errorAnswer('wrong_shape', passwordWords[problem], { issues: [{ path: 'password', message: problem }] })
  )
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
