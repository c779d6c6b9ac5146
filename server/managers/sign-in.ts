/** Signing in: a password, then for who wants it a second step. Guessing is slow, and tells nothing. */
import type { Logger } from 'pino'
import { type Answer, errorAnswer, jsonAnswer } from '../answer.ts'
import type { Metrics } from '../metrics.ts'
import type { RateLimit } from '../rate-limit.ts'
import type { Audit } from '../store/audit.ts'
import type { AccountAnswer, Accounts } from './accounts.ts'
import type { ManagerRequest } from './manager-requests.ts'

/** Failed attempts of an address, on an account, and at a code; and all of everybody, for each costs a slow hash. */
export type SignInLimits = { address: RateLimit; account: RateLimit; everybody: RateLimit; codes: RateLimit }

type Settings = {
  accounts: Pick<Accounts, 'ask'>
  audit: Audit
  metrics: Pick<Metrics, 'signIns'>
  limits: SignInLimits
  log: Logger
}

const wrongPassword = 'e-mail address or password is not right'

export function createSignIn({ accounts, audit, metrics, limits, log }: Settings) {
  /** The same answer, after the same time, whether there is such a manager or not. */
  async function signIn(
    { email, password }: { email: string; password: string },
    request: ManagerRequest,
  ): Promise<Answer> {
    const waitSeconds =
      (await limits.address.wait(request.address)) ??
      (await limits.account.wait(email)) ??
      (await limits.everybody.count('everybody'))
    if (waitSeconds !== null) return refused(request, waitSeconds)
    const answer = await accounts.ask('signIn', request, { email, password })
    if (answer.status !== 200) {
      await limits.account.count(email)
      return failed(request, errorAnswer('unauthorized', wrongPassword))
    }
    if (answer.json.twoFactorRedirect === true) return { ...passedOn(answer), ...jsonBody({ secondStep: true }) }
    await noteSignIn(email, {})
    return passedOn(answer)
  }

  async function secondStep({ code }: { code: string }, request: ManagerRequest): Promise<Answer> {
    const waitSeconds = await limits.address.wait(request.address)
    if (waitSeconds !== null) return refused(request, waitSeconds)
    const answer = await accounts.ask('secondStep', request, { code })
    if (answer.status !== 200) {
      return failed(request, { ...errorAnswer('unauthorized', 'this code is not right'), cookies: answer.cookies })
    }
    const { user } = answer.json as { user?: { email?: string } }
    await noteSignIn(user?.email ?? '', { secondStep: true })
    return passedOn(answer)
  }

  async function noteSignIn(by: string, about: Record<string, unknown>): Promise<void> {
    metrics.signIns.inc({ outcome: 'done' })
    await audit.note({ by, action: 'sign in', about })
  }

  /** @returns the answer, or that of who has failed too often */
  async function failed({ address }: ManagerRequest, answer: Answer): Promise<Answer> {
    metrics.signIns.inc({ outcome: 'failed' })
    log.warn({ address }, 'a sign-in failed')
    const over = await limits.address.count(address)
    return over === null ? answer : wait(over)
  }

  function refused({ address }: ManagerRequest, waitSeconds: number): Answer {
    metrics.signIns.inc({ outcome: 'refused' })
    log.warn({ address, waitSeconds }, 'a sign-in was refused: too many failed')
    return wait(waitSeconds)
  }

  return { signIn, secondStep }
}

/** With what the library sets in the browser, and none of what it says. */
export function passedOn({ status, cookies }: AccountAnswer): Answer {
  if (status !== 200) return errorAnswer('unauthorized', wrongPassword)
  return { ...jsonAnswer({ done: true }), cookies }
}

export function wait(seconds: number): Answer {
  return errorAnswer('too_many_attempts', 'too many attempts', { headers: { 'retry-after': String(seconds) } })
}

export function jsonBody(body: unknown): { body: string } {
  return { body: JSON.stringify(body) }
}
