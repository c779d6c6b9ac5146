/** An HTTP answer as data, so that the fast lane and Next's routes give the same one. */
import type { Issue } from '#domain/forbidden-text.ts'

export type Answer = {
  status: number
  headers: Record<string, string>
  body: string
  /** Set-Cookie, one each. */
  cookies?: readonly string[]
}

export type ErrorCode =
  | 'not_json'
  | 'wrong_shape'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'too_large'
  | 'unsupported_media_type'
  | 'conflict'
  | 'too_many_attempts'
  | 'not_stored'
  | 'internal'

const statusOf: Record<ErrorCode, number> = {
  not_json: 400,
  wrong_shape: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  too_large: 413,
  unsupported_media_type: 415,
  conflict: 409,
  too_many_attempts: 429,
  not_stored: 503,
  internal: 500,
}

/** Nothing that is answered may be kept by a cache: it is true for a moment, and some of it is people's. */
const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }

export function jsonAnswer(body: unknown, status = 200): Answer {
  return { status, headers: { ...headers }, body: JSON.stringify(body) }
}

type ErrorDetails = { issues?: Issue[]; headers?: Record<string, string>; beside?: Record<string, unknown> }

/** `{"error":{"code","message","issues"}}`, the same everywhere. */
export function errorAnswer(code: ErrorCode, message: string, details: ErrorDetails = {}): Answer {
  const error = { code, message, issues: details.issues ?? [] }
  return {
    status: statusOf[code],
    headers: { ...headers, ...details.headers },
    body: JSON.stringify({ error, ...details.beside }),
  }
}

/** To who has asked, or tried, too often. */
export function tooManyAnswer(seconds: number, message = 'too many attempts'): Answer {
  return errorAnswer('too_many_attempts', message, { headers: { 'retry-after': String(seconds) } })
}
