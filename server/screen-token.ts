/** How a browser shows which screen it is. */
import { cookieName, cookieOf, setCookie } from './cookies.ts'

const screenCookie = 'passline_screen'

type Headers = { cookie?: string | undefined; authorization?: string | undefined }

/**
 * A screen's token: from Socket.IO's `auth.token`, `Authorization: Bearer`, or the cookie.
 * @param isSecure whether people come over https
 * @returns null when there is none
 */
export function tokenOf(headers: Headers, isSecure: boolean, given?: unknown): string | null {
  if (typeof given === 'string' && given !== '') return given
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  return bearer ?? cookieOf(headers.cookie, cookieName(screenCookie, isSecure))
}

/** The Set-Cookie that makes a browser the screen of this token. */
export function setScreenCookie(token: string, isSecure: boolean): string {
  return setCookie(screenCookie, token, isSecure)
}
