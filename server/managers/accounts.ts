/**
 * Managers' accounts and sessions, by better-auth: it hashes passwords, signs cookies, and counts second steps. Of its
 * endpoints only those are called that stand here, and never by an address of its own: nothing else of it is reachable.
 */
import { randomBytes } from 'node:crypto'
import { betterAuth } from 'better-auth'
import { prismaAdapter } from 'better-auth/adapters/prisma'
import { twoFactor } from 'better-auth/plugins'
import type { Logger } from 'pino'
import { cookieName } from '../cookies.ts'
import { hashOf } from '../store/credentials.ts'
import { accountModels, type Manager, type Managers, type NewManager } from '../store/managers.ts'
import { hashPassword, verifyPassword } from './password-hash.ts'
import { passwordLength } from './password-rules.ts'

const hourSeconds = 3_600
const daySeconds = 24 * hourSeconds

/** A session ends when it was not used for a week, and a month after it began. Source: OWASP ASVS 5.0, V7.3. */
const sessionLasts = { unusedMs: 7 * daySeconds * 1000, atMostSeconds: 30 * daySeconds } as const

/** When a session was used is noted this often. */
const noteUseEveryMs = hourSeconds * 1000

/** A link is good for so long, and once. */
const linkLastsMs = (hourSeconds / 2) * 1000

type Settings = {
  managers: Managers
  /** Signs cookies and seals second factors; 32 bytes. */
  secret: Buffer
  /** People come over https: cookies then go nowhere else. */
  isSecure: boolean
  log: Logger
}

/** What came of a question to the library: its answer's cookies belong to the browser that asked. */
export type AccountAnswer = { status: number; cookies: readonly string[]; json: Record<string, unknown> }

export type Accounts = ReturnType<typeof createAccounts>

export function createAccounts({ managers, secret, isSecure, log }: Settings) {
  const auth = betterAuth({
    secret: secret.toString('base64'),
    // It wants one; nothing of what is called here makes an address of it.
    baseURL: 'http://localhost',
    basePath: '/api/manager',
    database: prismaAdapter(managers.accountTables, { provider: 'sqlite' }),
    telemetry: { enabled: false },
    // Only the message: what stands beside it may be anybody's.
    logger: { level: 'error', log: (_level, message) => log.error(`accounts: ${message}`) },
    // Counted by us, before it is asked (manager-requests.ts).
    rateLimit: { enabled: false },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      // The rule is password-rules.ts; this is its floor.
      minPasswordLength: passwordLength.least,
      maxPasswordLength: passwordLength.most,
      password: { hash: hashPassword, verify: verifyPassword },
      revokeSessionsOnPasswordReset: true,
      // One link used ends the others.
      onPasswordReset: ({ user }) => managers.endLinks(user.id),
    },
    user: {
      modelName: accountModels.user,
      additionalFields: { role: { type: 'string', required: true, input: false } },
    },
    session: {
      modelName: accountModels.session,
      expiresIn: sessionLasts.atMostSeconds,
      // Its end never moves; when it was used last is noted below.
      disableSessionRefresh: true,
    },
    account: { modelName: accountModels.account },
    verification: { modelName: accountModels.verification, storeIdentifier: 'hashed' },
    plugins: [twoFactor({ issuer: 'Passline', twoFactorTable: accountModels.twoFactor })],
    advanced: {
      // With this prefix nobody but this very host sets the cookie, and over https alone.
      cookiePrefix: cookieName('passline', isSecure),
      useSecureCookies: false,
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/', secure: isSecure },
      ipAddress: { disableIpTracking: true },
    },
  })

  /** Whose session comes with the request, or null. */
  async function managerOf(cookie: string | undefined): Promise<Manager | null> {
    // Nobody else's question costs a query.
    if (!cookie?.includes('passline.session_token=')) return null
    const found = await auth.api.getSession({ headers: headersOf(cookie) })
    if (!found) return null
    const unusedMs = Date.now() - found.session.updatedAt.getTime()
    if (unusedMs > sessionLasts.unusedMs) {
      // Not only for us: the library must not take it for one either.
      await managers.endSession(found.session.id)
      return null
    }
    if (unusedMs > noteUseEveryMs) await managers.noteSessionUse(found.session.id)
    return managers.find(found.user.id)
  }

  /** Makes an account; without a password nobody can sign in to it until a link was used. */
  async function create(person: NewManager, password: string | null): Promise<Manager> {
    return managers.add(person, await hashPassword(password ?? randomBytes(32).toString('base64')))
  }

  /** @returns what makes a link by which a manager chooses a password, once; earlier ones stay good until they end */
  async function passwordLink(managerId: string): Promise<string> {
    const link = newLink()
    await keepLink(passwordIdentifier(link), managerId)
    return link
  }

  /** A link to become the first manager: known by its hash, in the place of any before it. */
  async function setUpLink(): Promise<string> {
    const { internalAdapter } = await auth.$context
    await internalAdapter.deleteVerificationByIdentifier(setUpIdentifier)
    const link = newLink()
    await keepLink(setUpIdentifier, hashOf(link))
    return link
  }

  async function keepLink(identifier: string, value: string): Promise<void> {
    const { internalAdapter } = await auth.$context
    await internalAdapter.createVerificationValue({ identifier, value, expiresAt: new Date(Date.now() + linkLastsMs) })
  }

  async function isSetUpLink(link: string): Promise<boolean> {
    const { internalAdapter } = await auth.$context
    const found = await internalAdapter.findVerificationValue(setUpIdentifier)
    return found !== null && found.value === hashOf(link) && found.expiresAt > new Date()
  }

  /** Uses the link up. @returns whether it was good, and this the only use of it */
  async function takeSetUpLink(link: string): Promise<boolean> {
    if (!(await isSetUpLink(link))) return false
    const { internalAdapter } = await auth.$context
    return (await internalAdapter.consumeVerificationValue(setUpIdentifier)) !== null
  }

  /** Whose password a link is to choose, or null. */
  async function ownerOfLink(link: string): Promise<Manager | null> {
    const { internalAdapter } = await auth.$context
    const found = await internalAdapter.findVerificationValue(passwordIdentifier(link))
    return found && found.expiresAt > new Date() ? managers.find(found.value) : null
  }

  type Asked = { cookie: string | undefined; userAgent: string | undefined }

  function headersOf(cookie: string | undefined, userAgent?: string): Headers {
    const headers = new Headers()
    if (cookie) headers.set('cookie', cookie)
    if (userAgent) headers.set('user-agent', userAgent.slice(0, 200))
    return headers
  }

  async function answerOf(asked: Promise<Response>): Promise<AccountAnswer> {
    const response = await asked
    const text = await response.text()
    const json: unknown = text === '' ? {} : JSON.parse(text)
    return {
      status: response.status,
      cookies: response.headers.getSetCookie(),
      json: typeof json === 'object' && json !== null ? { ...json } : {},
    }
  }

  /** What is asked of the library with a browser's cookies. */
  const endpoints = {
    signIn: (headers: Headers, body: { email: string; password: string }) =>
      auth.api.signInEmail({ headers, body, asResponse: true }),
    signOut: (headers: Headers) => auth.api.signOut({ headers, asResponse: true }),
    signOutEverywhere: (headers: Headers) => auth.api.revokeSessions({ headers, asResponse: true }),
    secondStep: (headers: Headers, { code }: { code: string }) =>
      /^\d{6}$/.test(code)
        ? auth.api.verifyTOTP({ headers, body: { code }, asResponse: true })
        : auth.api.verifyBackupCode({ headers, body: { code }, asResponse: true }),
    beginSecondFactor: (headers: Headers, { password }: { password: string }) =>
      auth.api.enableTwoFactor({ headers, body: { password, method: 'totp' }, asResponse: true }),
    endSecondFactor: (headers: Headers, { password }: { password: string }) =>
      auth.api.disableTwoFactor({ headers, body: { password }, asResponse: true }),
    changePassword: (headers: Headers, body: { currentPassword: string; newPassword: string }) =>
      auth.api.changePassword({ headers, body: { ...body, revokeOtherSessions: true }, asResponse: true }),
    choosePassword: (_headers: Headers, { link, password }: { link: string; password: string }) =>
      auth.api.resetPassword({ body: { token: link, newPassword: password }, asResponse: true }),
  }

  function ask<Name extends keyof typeof endpoints>(
    name: Name,
    { cookie, userAgent }: Asked,
    ...body: Parameters<(typeof endpoints)[Name]> extends [Headers, infer Body] ? [Body] : []
  ): Promise<AccountAnswer> {
    const endpoint = endpoints[name] as (headers: Headers, body?: unknown) => Promise<Response>
    return answerOf(endpoint(headersOf(cookie, userAgent), body[0]))
  }

  return { managerOf, create, passwordLink, setUpLink, isSetUpLink, takeSetUpLink, ownerOfLink, ask }
}

const setUpIdentifier = 'set-up'

/** As the library looks for what lets a password be chosen. */
const passwordIdentifier = (link: string) => `reset-password:${link}`

/** 192 bits, in letters that stand in an address. */
function newLink(): string {
  return randomBytes(24).toString('base64url')
}
