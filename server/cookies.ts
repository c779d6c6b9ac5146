/** Cookies of ours: what browsers send of them, and what sets them. No script reads them. */

/**
 * A cookie's name: over https it keeps everybody but this very host from setting it, another one beside it, or another port.
 * @param isSecure whether people come over https
 */
export function cookieName(name: string, isSecure: boolean): string {
  return isSecure ? `__Host-${name}` : name
}

/** @returns null when it is not among them, or empty */
export function cookieOf(header: string | undefined, name: string): string | null {
  const begin = `${name}=`
  const pairs = (header ?? '').split(';').map((one) => one.trim())
  return pairs.find((one) => one.startsWith(begin))?.slice(begin.length) || null
}

/** As long as browsers keep any. */
const lastsSeconds = 400 * 24 * 60 * 60

/** A Set-Cookie. */
export function setCookie(name: string, value: string, isSecure: boolean): string {
  const secure = isSecure ? '; Secure' : ''
  return `${cookieName(name, isSecure)}=${value}; Path=/; Max-Age=${lastsSeconds}; HttpOnly; SameSite=Lax${secure}`
}
