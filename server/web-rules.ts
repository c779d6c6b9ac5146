/** What browsers may do with our pages, and whose pages may ask us for anything. */
import { randomBytes } from 'node:crypto'

type OriginHeaders = { origin?: string | undefined; host?: string | undefined }

export type IsOwnOrigin = (headers: OriginHeaders) => boolean

/**
 * Whether a request comes from a page of ours, or from no page at all. CORS does not cover websockets, and cookies go
 * with what any page on the same host sends.
 * @param publicUrl the address that people open, where a proxy may ask us by another
 * @param isTls we are asked over https ourselves
 * @param isBoardOpen every browser on this machine is a screen: a page that had its own name lead here is not ours
 */
export function createIsOwnOrigin(publicUrl: string | null, isTls: boolean, isBoardOpen: boolean): IsOwnOrigin {
  const known = publicUrl === null ? null : new URL(publicUrl)
  return ({ origin, host }) => {
    if (isBoardOpen && !/^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host ?? '')) return false
    if (origin === undefined || origin === known?.origin) return true
    // By the name that people open, only as they open it: http is not https.
    if (host === known?.host) return false
    const asked = `${isTls ? 'https' : 'http'}://${host}`
    return URL.canParse(asked) && new URL(asked).origin === origin
  }
}

export type Headers = Readonly<Record<string, string>>

/** Of every answer. Over https a browser is told to come by no other way. */
export function headersOfAll(isSecure: boolean): Headers {
  return {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
    ...(isSecure && { 'strict-transport-security': 'max-age=31536000' }),
  }
}

/** Of an answer that no browser is to show: it may load and run nothing. */
export const policyOfData = "default-src 'none'; frame-ancestors 'none'"

/** What our pages need of a device, and nothing else of it. */
const permissions = 'camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), midi=()'

/**
 * Of pages. Only scripts that the page itself brings run, known by a word of this one answer; React sets styles on
 * elements. Photos of drivers stand on the platforms' servers.
 */
export function headersOfPages(isDevelopment: boolean): Headers {
  const nonce = randomBytes(16).toString('base64')
  // In development React reads its own code.
  const scripts = `'self' 'nonce-${nonce}'${isDevelopment ? " 'unsafe-eval'" : ''}`
  const styles = isDevelopment ? "'self' 'unsafe-inline'" : "'self'"
  const policy = [
    "default-src 'self'",
    `script-src ${scripts}`,
    `style-src ${styles}`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' https: data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ]
  return { 'content-security-policy': policy.join('; '), 'permissions-policy': permissions }
}
