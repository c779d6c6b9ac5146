/** How a browser shows which screen it is. */

const screenCookie = 'passline_screen'

type Headers = { cookie?: string | undefined; authorization?: string | undefined }

/**
 * A screen's token: from Socket.IO's `auth.token`, `Authorization: Bearer`, or the cookie.
 * @returns null when there is none
 */
export function tokenOf(headers: Headers, given?: unknown): string | null {
  if (typeof given === 'string' && given !== '') return given
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  if (bearer) return bearer
  const cookies = (headers.cookie ?? '').split(';').map((one) => one.trim())
  return cookies.find((one) => one.startsWith(`${screenCookie}=`))?.slice(screenCookie.length + 1) || null
}

const cookieLastsSeconds = 400 * 24 * 60 * 60

/** The Set-Cookie that makes a browser the screen of this token. */
export function setScreenCookie(token: string, isSecure: boolean): string {
  const secure = isSecure ? '; Secure' : ''
  return `${screenCookie}=${token}; Path=/; Max-Age=${cookieLastsSeconds}; HttpOnly; SameSite=Lax${secure}`
}
