/** Posts one webhook as a patient sender: what the receiver could not take yet is tried again, a bounded while. */
import { setTimeout as wait } from 'node:timers/promises'
import type { WebhookBody } from '#domain/simulation/webhook-body.ts'
import { parseJson } from '../parse-json.ts'

export type Outcome = 'changed' | 'repeated' | 'late' | 'ignored'

export type Answer =
  /** `orderId` is what the receiver calls a created order. */
  | { kind: 'accepted'; outcome: Outcome | null; orderId: string | null }
  | { kind: 'refused'; status: number }
  | { kind: 'failed'; reason: string }
  | { kind: 'stopped' }

export type Poster = (body: WebhookBody, signal: AbortSignal) => Promise<Answer>

const outcomes: readonly Outcome[] = ['changed', 'repeated', 'late', 'ignored']
const maximumTries = 10
const shortestWaitMs = 250
const longestWaitMs = 10_000
const answerWithinMs = 10_000

type Try = Answer | { kind: 'again'; reason: string; retryAfterMs: number | null }

/**
 * @param url the webhook's whole address
 * @param onRetry hears why a post is tried again, and in how many milliseconds
 */
export function webhookPoster(options: {
  url: URL
  token: string
  onRetry?: (reason: string, waitMs: number) => void
}): Poster {
  return async (body, signal) => {
    const text = JSON.stringify(body)
    for (let tries = 1; ; tries += 1) {
      const tried = await postOnce(options, text, signal)
      if (tried.kind !== 'again') return tried
      if (tries === maximumTries) return { kind: 'failed', reason: tried.reason }
      const waitMs = Math.min(tried.retryAfterMs ?? shortestWaitMs * 2 ** (tries - 1), longestWaitMs)
      options.onRetry?.(tried.reason, waitMs)
      if (!(await waited(waitMs, signal))) return { kind: 'stopped' }
    }
  }
}

async function postOnce({ url, token }: { url: URL; token: string }, text: string, signal: AbortSignal): Promise<Try> {
  if (signal.aborted) return { kind: 'stopped' }
  const patience = new AbortController()
  const giveUp = () => patience.abort()
  const timer = setTimeout(giveUp, answerWithinMs)
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: text,
      redirect: 'manual',
      signal: patience.signal,
    })
    // Read to the end, whatever it is: only then is the connection used again.
    const answer = await response.text()
    if (response.ok) return acceptedAs(answer)
    if (response.status !== 429 && response.status < 500) return { kind: 'refused', status: response.status }
    const retryAfterMs = retryAfter(response.headers.get('retry-after'))
    return { kind: 'again', reason: `the receiver answered ${response.status}`, retryAfterMs }
  } catch (error) {
    if (signal.aborted) return { kind: 'stopped' }
    return { kind: 'again', reason: `no answer from ${url.origin} (${causeOf(error)})`, retryAfterMs: null }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', giveUp)
  }
}

function acceptedAs(answer: string): Answer {
  const said = objectOf(parseJson(answer))
  const outcome = outcomes.find((one) => one === said.outcome) ?? null
  const orderId = objectOf(said.order).provider_id
  return { kind: 'accepted', outcome, orderId: typeof orderId === 'string' && orderId !== '' ? orderId : null }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

/** The header's seconds or date (RFC 9110, 10.2.3) as milliseconds from now; null for none. */
function retryAfter(header: string | null): number | null {
  if (header === null || header.trim() === '') return null
  const waitMs = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(waitMs) ? Math.max(waitMs, 0) : null
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (cause instanceof Error) return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
  return error.name === 'AbortError' ? `none within ${answerWithinMs} ms` : error.message
}

/** False when `signal` aborted before the time was over. */
async function waited(waitMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await wait(waitMs, undefined, { signal })
    return true
  } catch {
    return false
  }
}
