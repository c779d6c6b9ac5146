/**
 * The way in: authenticate → parse → record → answer. Publishing follows the commit, in the writer's order.
 * One function for both doors: Next's route and the fast lane in front of it.
 */
import { isUtf8 } from 'node:buffer'
import { createHash, randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { decide } from '#domain/decide.ts'
import { type Issue, isPlainText } from '#domain/forbidden-text.ts'
import { type OrderUpdate, parseUpdate } from '#domain/order-update.ts'
import { type Answer, type ErrorCode, errorAnswer, jsonAnswer } from './answer.ts'
import { type Body, maximumBodyBytes } from './body.ts'
import type { FailedAttempts } from './failed-attempts.ts'
import type { Job, ReceiptRow } from './store/batch.ts'
import type { Credential, Credentials } from './store/credentials.ts'
import type { Writer } from './store/writer.ts'

/** A request, whichever door it came through. */
export type Incoming = {
  method: string
  header: (name: string) => string | null
  /** Reads the body as it came; asked only of those who may send. */
  body: () => Promise<Body>
  /** The sender's address, for the limit on failed authentication. */
  address: string
}

type Settings = {
  credentials: Credentials
  failedAttempts: FailedAttempts
  writer: Writer
  now: () => number
  log: Logger
}

type Stored = { outcome: 'changed' | 'repeated' | 'late'; seq: number; prepTimeMinutes: number | null }

export type ReceiveUpdate = (incoming: Incoming) => Promise<Answer>

export function createReceiveUpdate({ credentials, failedAttempts, writer, now, log }: Settings): ReceiveUpdate {
  async function receive(incoming: Incoming): Promise<Answer> {
    if (incoming.method !== 'POST') {
      return errorAnswer('method_not_allowed', 'post updates here', { headers: { allow: 'POST' } })
    }
    const credential = await authenticate(incoming)
    if ('status' in credential) return credential
    const body = await incoming.body()
    if (body === 'aborted') return errorAnswer('not_json', 'the body ended too early')
    if (body === 'too-large') {
      return refuse(credential, null, 'too_large', `the body is over ${maximumBodyBytes} bytes`)
    }
    const type = incoming.header('content-type')
    const encoding = incoming.header('content-encoding')
    if (
      (type !== null && !/^application\/([\w.-]+\+)?json\b/i.test(type)) ||
      (encoding !== null && encoding !== 'identity')
    ) {
      return refuse(credential, body, 'unsupported_media_type', 'expected application/json, not compressed')
    }
    const text = isUtf8(body) ? body.toString('utf8') : null
    const json = text === null ? undefined : parseJson(text)
    if (text === null || json === undefined)
      return refuse(credential, body, 'not_json', 'the body is not JSON in UTF-8')
    const parsed = parseUpdate(json, createOrderId, isPlainText(text))
    switch (parsed.kind) {
      case 'malformed':
        return refuse(credential, body, 'wrong_shape', wordsOf(parsed.issues), parsed)
      case 'unknown-type':
        return keep(credential, text, parsed.type, parsed.locationId)
      case 'update':
        if (credential.locations && !credential.locations.has(parsed.update.locationId)) {
          return refuse(credential, body, 'forbidden', 'this credential may not speak for that location', {
            type: parsed.update.type,
            issues: [{ path: 'object.location_id', message: 'not one of the credential’s locations' }],
          })
        }
        return record(credential, text, parsed.update)
      default:
        return parsed satisfies never
    }
  }

  async function authenticate(incoming: Incoming): Promise<Credential | Answer> {
    const token = /^Bearer +(\S+)$/i.exec(incoming.header('authorization') ?? '')?.[1]
    const credential = token ? await credentials.authenticate(token) : null
    if (credential) return credential
    const waitSeconds = await failedAttempts.count(incoming.address)
    if (waitSeconds !== null) {
      return errorAnswer('too_many_attempts', 'too many requests without a valid credential', {
        headers: { 'retry-after': String(waitSeconds) },
      })
    }
    const message = token ? 'this token is not valid here' : 'expected Authorization: Bearer <token>'
    return errorAnswer('unauthorized', message, { headers: { 'www-authenticate': 'Bearer' } })
  }

  async function record(credential: Credential, text: string, update: OrderUpdate): Promise<Answer> {
    const at = now()
    const recorded = await writer.record(updateJob(credential, text, update, at))
    if (recorded.kind === 'not-stored') return notStored(update.type)
    const { outcome, seq, prepTimeMinutes } = recorded.answer
    if (update.type !== 'order.created') return jsonAnswer({ outcome, seq })
    const order = {
      provider_id: update.orderId,
      ...(prepTimeMinutes !== null && { prep_time_minutes: prepTimeMinutes }),
    }
    return jsonAnswer({ order, outcome, seq })
  }

  /** An event of a type that we do not know is kept as it came, and moves nothing. */
  async function keep(credential: Credential, text: string, type: string, locationId: string | null): Promise<Answer> {
    const at = now()
    const receipt: ReceiptRow = {
      at,
      credentialId: credential.id,
      type,
      locationId,
      orderId: null,
      outcome: 'ignored',
      seq: null,
      body: text,
    }
    const recorded = await writer.record({
      about: null,
      at,
      bytes: text.length,
      isWebhook: true,
      decide: () => ({ step: { kind: 'unchanged' }, receipt, answer: null }),
    })
    return recorded.kind === 'stored' ? jsonAnswer({ outcome: 'ignored' }) : notStored(type)
  }

  /** What a valid sender sent is kept whole, with the reason; a refusal that cannot be stored is refused all the same. */
  async function refuse(
    credential: Credential,
    body: Buffer | null,
    code: ErrorCode,
    message: string,
    said: { type: string | null; issues: Issue[] } = { type: null, issues: [] },
  ): Promise<Answer> {
    const answer = errorAnswer(code, message, {
      issues: said.issues,
      ...(said.type === 'order.created' && { beside: posValidation('invalid_order', message) }),
    })
    const at = now()
    const recorded = await writer.record({
      about: null,
      at,
      bytes: body?.length ?? 0,
      isWebhook: false,
      refusal: { at, credentialId: credential.id, code, error: answer.body, body: body ?? Buffer.alloc(0) },
      decide: () => ({ step: { kind: 'unchanged' }, answer: null }),
    })
    if (recorded.kind === 'not-stored') log.error({ code }, 'a refusal could not be kept')
    return answer
  }

  return receive
}

function updateJob(credential: Credential, text: string, update: OrderUpdate, at: number): Job<Stored> {
  return {
    about: { locationId: update.locationId, orderId: update.orderId },
    at,
    bytes: text.length,
    isWebhook: true,
    decide: ({ order, moment }) => {
      const decision = decide(order, update, moment)
      const seq = decision.order.seq
      const receipt: ReceiptRow = {
        at,
        credentialId: credential.id,
        type: update.type,
        locationId: update.locationId,
        orderId: update.orderId,
        outcome: decision.outcome,
        seq,
        body: text,
      }
      return {
        step:
          decision.outcome === 'changed'
            ? { kind: 'changed', order: decision.order, by: 'stream', facts: factsOf(update, decision.late) }
            : { kind: 'unchanged' },
        receipt,
        answer: { outcome: decision.outcome, seq, prepTimeMinutes: decision.order.prepTimeMinutes },
      }
    },
  }
}

/** What the history keeps of an update: facts, nobody's name. */
function factsOf(update: OrderUpdate, late: boolean): Record<string, unknown> {
  const said = update.type === 'order.updated' ? { status: update.status, deliveryStatus: update.deliveryStatus } : {}
  return { type: update.type, ...said, ...(late && { late }) }
}

/** The id of a created order: the same key of the same location gets the same id, whoever asks, however often. */
export function createOrderId(locationId: string, key: string | null): string {
  if (key === null) return `ord_${randomUUID()}`
  const digest = createHash('sha256')
    .update(JSON.stringify([locationId, key]))
    .digest('base64url')
  return `ord_${digest.slice(0, 22)}`
}

function notStored(type: string): Answer {
  const message = 'the update could not be stored; send it again'
  return errorAnswer('not_stored', message, {
    headers: { 'retry-after': '1' },
    ...(type === 'order.created' && { beside: posValidation('store_unavailable', message) }),
  })
}

/** The form in which Stream expects to hear that a created order was not taken. */
function posValidation(orderError: string, reason: string): Record<string, unknown> {
  return { posValidation: { orderValidation: [{ order_error: orderError, order_error_reason: reason }] } }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function wordsOf(issues: readonly Issue[]): string {
  return issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')
}
