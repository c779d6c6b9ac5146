/** How a browser shows which screen it is. */

/** Over https its name keeps everybody but this very host from setting it: another one beside it, or another port. */
const screenCookie = (isSecure: boolean) => (isSecure ? '__Host-passline_screen' : 'passline_screen')

type Headers = { cookie?: string | undefined; authorization?: string | undefined }

/**
 * A screen's token: from Socket.IO's `auth.token`, `Authorization: Bearer`, or the cookie.
 * @param isSecure whether people come over https
 * @returns null when there is none
 */
export function tokenOf(headers: Headers, isSecure: boolean, given?: unknown): string | null {
  if (typeof given === 'string' && given !== '') return given
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  if (bearer) return bearer
  const cookies = (headers.cookie ?? '').split(';').map((one) => one.trim())
  const begin = `${screenCookie(isSecure)}=`
  return cookies.find((one) => one.startsWith(begin))?.slice(begin.length) || null
}

const cookieLastsSeconds = 400 * 24 * 60 * 60

/** The Set-Cookie that makes a browser the screen of this token. */
export function setScreenCookie(token: string, isSecure: boolean): string {
  const secure = isSecure ? '; Secure' : ''
  return `${screenCookie(isSecure)}=${token}; Path=/; Max-Age=${cookieLastsSeconds}; HttpOnly; SameSite=Lax${secure}`
}
