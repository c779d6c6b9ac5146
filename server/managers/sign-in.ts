/**
 * Signing in: a password, then for who wants it a second step. Guessing is slow, tells nothing, and closes no account to
 * a browser in which its manager has signed in before.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Logger } from 'pino'
import { type Answer, errorAnswer, jsonAnswer, tooManyAnswer } from '../answer.ts'
import { cookieName, cookieOf, setCookie } from '../cookies.ts'
import type { Metrics } from '../metrics.ts'
import type { RateLimit } from '../rate-limit.ts'
import type { Audit } from '../store/audit.ts'
import { hashOf } from '../store/credentials.ts'
import type { AccountAnswer, Accounts } from './accounts.ts'
import type { ManagerRequest } from './manager-request.ts'

/** Attempts that failed: of an address, on an account, and at a screen's code; and all of everybody, for each costs. */
export type SignInLimits = { address: RateLimit; account: RateLimit; everybody: RateLimit; codes: RateLimit }

type Settings = {
  accounts: Pick<Accounts, 'ask' | 'managerOf'>
  audit: Audit
  metrics: Pick<Metrics, 'signIns'>
  limits: SignInLimits
  /** Signs the mark of a browser in which somebody has signed in. */
  key: Buffer
  isSecure: boolean
  now: () => number
  log: Logger
}

const wrongPassword = 'e-mail address or password is not right'

/** An authenticator's code is good for half a minute, and the library takes the one before and the one after. */
const codeLastsMs = 120_000

/** The mark of a browser in which somebody has signed in. */
const knownName = 'passline.known'

export function createSignIn(settings: Settings) {
  const { accounts, audit, metrics, limits, key, isSecure, now, log } = settings
  /** Codes that were taken lately, until when: who looked over a shoulder is too late. */
  const takenCodes = new Map<string, number>()
  let lastTurn: Promise<unknown> = Promise.resolve()

  /** The same answer, after the same time, whether there is such a manager or not. */
  async function signIn(
    { email, password }: { email: string; password: string },
    request: ManagerRequest,
  ): Promise<Answer> {
    // A browser that is known has a count of its own: strangers do not use it up.
    const account = `${isKnown(email, request.cookie) ? 'known' : 'any'} ${email}`
    // Counted before the answer is known, so that many at once are no way around it; given back when it is right.
    const waitSeconds =
      (await limits.address.count(request.address)) ??
      (await limits.account.count(account)) ??
      (await limits.everybody.count('everybody'))
    if (waitSeconds !== null) return refused(request, email, waitSeconds)
    const answer = await accounts.ask('signIn', request, { email, password })
    if (answer.status !== 200) return failed(request, email, errorAnswer('unauthorized', wrongPassword))
    await limits.address.giveBack(request.address)
    await limits.account.giveBack(account)
    // The session that was there before ends: the browser forgets it, and so does the database.
    if (request.cookie) await accounts.ask('signOut', request)
    if (answer.json.twoFactorRedirect === true) return { ...passedOn(answer), ...jsonBody({ secondStep: true }) }
    return signedIn(email, answer, {})
  }

  async function secondStep({ code }: { code: string }, request: ManagerRequest): Promise<Answer> {
    if (await accounts.managerOf(request.cookie)) return errorAnswer('conflict', 'this browser is signed in already')
    const waitSeconds = await limits.address.count(request.address)
    if (waitSeconds !== null) return refused(request, '', waitSeconds)
    const answer = await askOnce(code, request)
    if (answer?.status !== 200) {
      const wrong = errorAnswer('unauthorized', 'this code is not right')
      return failed(request, '', { ...wrong, cookies: answer?.cookies ?? [] })
    }
    await limits.address.giveBack(request.address)
    const { user } = answer.json as { user?: { email?: string } }
    return signedIn(user?.email ?? '', answer, { secondStep: true })
  }

  /** @returns null for a code that was taken before. Source: RFC 6238, 5.2: one time, only once */
  async function askOnce(code: string, request: ManagerRequest): Promise<AccountAnswer | null> {
    for (const [taken, until] of takenCodes) if (until < now()) takenCodes.delete(taken)
    if (takenCodes.has(code)) return null
    takenCodes.set(code, now() + codeLastsMs)
    const answer = await inTurn(() => accounts.ask('secondStep', request, { code }))
    if (answer.status !== 200) takenCodes.delete(code)
    return answer
  }

  /**
   * One code at a time: the library looks whether an account is locked before it counts a wrong code, so that many at
   * once would all be tried.
   */
  function inTurn(ask: () => Promise<AccountAnswer>): Promise<AccountAnswer> {
    const turn = lastTurn.then(ask)
    lastTurn = turn.catch(() => {})
    return turn
  }

  async function signedIn(by: string, answer: AccountAnswer, about: Record<string, unknown>): Promise<Answer> {
    metrics.signIns.inc({ outcome: 'done' })
    await audit.note({ by, action: 'sign in', about })
    const passed = passedOn(answer)
    return { ...passed, cookies: [...(passed.cookies ?? []), knownCookie(by)] }
  }

  function failed({ address, requestId }: ManagerRequest, email: string, answer: Answer): Answer {
    metrics.signIns.inc({ outcome: 'failed' })
    log.warn({ address, requestId, account: shortDigest(email) }, 'a sign-in failed')
    return answer
  }

  function refused({ address, requestId }: ManagerRequest, email: string, waitSeconds: number): Answer {
    metrics.signIns.inc({ outcome: 'refused' })
    const account = shortDigest(email)
    log.warn({ address, requestId, account, waitSeconds }, 'a sign-in was refused: too many failed')
    return tooManyAnswer(waitSeconds)
  }

  const markOf = (email: string) => createHmac('sha256', key).update(`known ${email}`).digest('base64url')
  const knownCookie = (email: string) => setCookie(knownName, markOf(email), isSecure)

  function isKnown(email: string, cookies: string | undefined): boolean {
    const given = Buffer.from(cookieOf(cookies, cookieName(knownName, isSecure)) ?? '')
    const mark = Buffer.from(markOf(email))
    return given.length === mark.length && timingSafeEqual(given, mark)
  }

  return { signIn, secondStep, askOnce, knownCookie }
}

/** Enough to see that it is one account, and not whose. */
function shortDigest(email: string): string {
  return hashOf(email).slice(0, 12)
}

/** With what the library sets in the browser, and none of what it says. */
export function passedOn({ status, cookies }: AccountAnswer): Answer {
  if (status !== 200) return errorAnswer('unauthorized', wrongPassword)
  return { ...jsonAnswer({ done: true }), cookies }
}

export function jsonBody(body: unknown): { body: string } {
  return { body: JSON.stringify(body) }
}
