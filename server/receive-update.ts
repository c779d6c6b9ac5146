/**
 * The way in: authenticate (signatures.ts) → parse → record → answer. Publishing follows the commit, in the writer's order.
 * One function for both doors: Next's route and the fast lane in front of it.
 */
import { isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { type Issue, isPlainText } from '#domain/forbidden-text.ts'
import { decideForgetful } from '#domain/forget.ts'
import { type OrderUpdate, parseUpdate } from '#domain/order-update.ts'
import { type Answer, type ErrorCode, errorAnswer, jsonAnswer, tooManyAnswer } from './answer.ts'
import { type Body, type From, maximumBodyBytes } from './body.ts'
import { createOrderId } from './create-order-id.ts'
import type { LoopWatch } from './loop-watch.ts'
import type { Metrics } from './metrics.ts'
import { parseJson } from './parse-json.ts'
import type { RateLimit } from './rate-limit.ts'
import { type Proof, proofOf } from './signatures.ts'
import type { Signers } from './signers.ts'
import type { Job, ReceiptRow } from './store/batch.ts'
import type { Credential, Credentials } from './store/credentials.ts'
import type { NotStoredReason } from './store/queue.ts'
import type { Writer } from './store/writer.ts'

/** A request, whichever door it came through. */
export type Incoming = {
  requestId: string
  method: string
  header: (name: string) => string | null
  /** Reads the body as it came. */
  body: (from: From) => Promise<Body>
  /** The sender's address, for the limit on failed authentication. */
  address: () => string
}

type Settings = {
  credentials: Credentials
  failedAttempts: RateLimit
  signers: Signers
  writer: Writer
  loop: Pick<LoopWatch, 'isBehind'>
  metrics: Metrics
  /** A webhook of this location was stored. */
  onWebhook: (locationId: string) => void
  now: () => number
  log: Logger
}

/** Who sends, and whether it is a first time: what is refused again is not kept again. */
type Sender = { credential: Credential; requestId: string; isReplay: boolean }

type Stored = { outcome: 'changed' | 'repeated' | 'late'; seq: number; prepTimeMinutes: number | null }

export type ReceiveUpdate = (incoming: Incoming) => Promise<Answer>

/** Takes a body that was refused before, as its sender's. */
export type Replay = (credential: Credential, body: Buffer) => Promise<Answer>

export function createReceiveUpdate(settings: Settings): {
  receiveUpdate: ReceiveUpdate
  replay: Replay
} {
  const { credentials, failedAttempts, signers, writer, loop, metrics, onWebhook, now, log } = settings

  async function receiveUpdate(incoming: Incoming): Promise<Answer> {
    if (incoming.method !== 'POST') {
      return errorAnswer('method_not_allowed', 'post updates here', { headers: { allow: 'POST' } })
    }
    // Its sender may have given up already, and send it again.
    if (loop.isBehind()) return notStored('blocked', null)
    const opened = await open(incoming)
    if ('status' in opened) return opened
    const { credential, body } = opened
    if (body === 'aborted') return errorAnswer('not_json', 'the body ended too early')
    if (body === 'no-room') return notStored('queue_full', null, incoming.requestId)
    const sender = { credential, requestId: incoming.requestId, isReplay: false }
    if (body === 'too-large') {
      return refuse(sender, null, 'too_large', `the body is over ${maximumBodyBytes} bytes`)
    }
    const type = incoming.header('content-type')
    const encoding = incoming.header('content-encoding')
    if (
      (type !== null && !/^application\/([\w.-]+\+)?json\b/i.test(type)) ||
      (encoding !== null && encoding !== 'identity')
    ) {
      return refuse(sender, body, 'unsupported_media_type', 'expected application/json, not compressed')
    }
    return take(sender, body)
  }

  /** Who sends, and what; else the answer that they get. */
  async function open(incoming: Incoming): Promise<{ credential: Credential; body: Body } | Answer> {
    const proof = proofOf(incoming.header, now())
    switch (proof.kind) {
      case 'token':
        return openByToken(incoming, proof.token)
      case 'signature':
        return openBySignature(incoming, proof.isBy)
      case 'none':
        return notAuthenticated(incoming, incoming.address(), proof.message)
      default:
        return proof satisfies never
    }
  }

  /** Who shows a token is known before anything of the body is read. */
  async function openByToken(incoming: Incoming, token: string) {
    const credential = await credentials.authenticate(token)
    const notValid = () => notAuthenticated(incoming, incoming.address(), 'this token is not valid here')
    if (!credential) return notValid()
    const body = await incoming.body('sender')
    // It may have been revoked while the body was on its way.
    return (await credentials.find(credential.id)) ? { credential, body } : notValid()
  }

  /** A signature is over the whole body: until it was checked, it is a stranger's. */
  async function openBySignature(incoming: Incoming, isBy: (Proof & { kind: 'signature' })['isBy']) {
    // Read now: an address is gone with its connection.
    const { requestId } = incoming
    const address = incoming.address()
    const notValid = () => notAuthenticated(incoming, address, 'this signature is not valid here')
    if (!(await credentials.hasSigners())) return notValid()
    const isKnown = signers.isKnown(address)
    const waitSeconds = isKnown ? null : await failedAttempts.wait(address)
    if (waitSeconds !== null) return tooManyAttempts(waitSeconds)
    const end = isKnown ? () => {} : signers.begin(address)
    if (!end) return notStored('queue_full', null, requestId)
    const body = await incoming.body(isKnown ? 'sender' : 'stranger').finally(end)
    if (body === 'no-room') return notStored('queue_full', null, requestId)
    const credential = Buffer.isBuffer(body) ? await credentials.authenticateSigner((one) => isBy(one, body)) : null
    if (!credential) return notValid()
    signers.noteKnown(address)
    return { credential, body }
  }

  async function notAuthenticated({ requestId }: Incoming, address: string, message: string): Promise<Answer> {
    const waitSeconds = await failedAttempts.count(address)
    if (waitSeconds !== null) return tooManyAttempts(waitSeconds)
    metrics.refusals.inc({ reason: 'unauthorized' })
    log.warn({ requestId, address }, 'a webhook came without a valid credential')
    return errorAnswer('unauthorized', message, { headers: { 'www-authenticate': 'Bearer' } })
  }

  function tooManyAttempts(waitSeconds: number): Answer {
    metrics.refusals.inc({ reason: 'too_many_attempts' })
    return tooManyAnswer(waitSeconds, 'too many requests without a valid credential')
  }

  /** What a valid sender sent: stored, or refused. */
  async function take(sender: Sender, body: Buffer): Promise<Answer> {
    const text = isUtf8(body) ? body.toString('utf8') : null
    const json = text === null ? undefined : parseJson(text)
    if (text === null || json === undefined) return refuse(sender, body, 'not_json', 'the body is not JSON in UTF-8')
    const parsed = parseUpdate(json, createOrderId, isPlainText(text))
    if (parsed.kind === 'malformed') return refuse(sender, body, 'wrong_shape', wordsOf(parsed.issues), parsed)
    const { type, locationId } = parsed.kind === 'update' ? parsed.update : parsed
    if (locationId !== null && sender.credential.locations?.has(locationId) === false) {
      return refuse(sender, body, 'forbidden', 'this credential may not speak for that location', {
        type,
        issues: [{ path: 'object.location_id', message: 'not one of the credential’s locations' }],
      })
    }
    return parsed.kind === 'update' ? record(sender, text, parsed.update) : keep(sender, text, type, locationId)
  }

  async function record({ credential, requestId }: Sender, text: string, update: OrderUpdate): Promise<Answer> {
    const at = now()
    const recorded = await writer.record(updateJob(credential, text, update, at))
    if (recorded.kind === 'not-stored') return notStored(recorded.reason, update.type, requestId)
    const { outcome, seq, prepTimeMinutes } = recorded.answer
    metrics.updates.inc({ outcome })
    onWebhook(update.locationId)
    log.debug({ requestId, locationId: update.locationId, orderId: update.orderId, outcome, seq }, 'an update')
    if (update.type !== 'order.created') return jsonAnswer({ outcome, seq })
    const order = {
      provider_id: update.orderId,
      ...(prepTimeMinutes !== null && { prep_time_minutes: prepTimeMinutes }),
    }
    return jsonAnswer({ order, outcome, seq })
  }

  /** An event of a type that we do not know is kept as it came, and moves nothing. */
  async function keep(
    { credential, requestId }: Sender,
    text: string,
    type: string,
    locationId: string | null,
  ): Promise<Answer> {
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
    if (recorded.kind === 'not-stored') return notStored(recorded.reason, type, requestId)
    metrics.updates.inc({ outcome: 'ignored' })
    return jsonAnswer({ outcome: 'ignored' })
  }

  /** What a valid sender sent is kept whole, with the reason; a refusal that cannot be stored is refused all the same. */
  async function refuse(
    { credential, requestId, isReplay }: Sender,
    body: Buffer | null,
    code: ErrorCode,
    message: string,
    said: { type: string | null; issues: Issue[] } = { type: null, issues: [] },
  ): Promise<Answer> {
    const answer = errorAnswer(code, message, {
      issues: said.issues,
      ...(said.type === 'order.created' && { beside: posValidation('invalid_order', message) }),
    })
    if (isReplay) return answer
    metrics.refusals.inc({ reason: code })
    log.warn({ requestId, credentialId: credential.id, code }, 'a webhook was refused')
    const at = now()
    const recorded = await writer.record({
      about: null,
      at,
      bytes: body?.length ?? 0,
      isWebhook: false,
      refusal: { at, credentialId: credential.id, requestId, code, error: answer.body, body },
      decide: () => ({ step: { kind: 'unchanged' }, answer: null }),
    })
    if (recorded.kind === 'not-stored') log.error({ requestId, code }, 'a refusal could not be kept')
    return answer
  }

  function notStored(reason: NotStoredReason | 'blocked', type: string | null, requestId?: string): Answer {
    metrics.notStored.inc({ reason })
    if (requestId !== undefined) log.warn({ requestId, reason }, 'an update could not be stored')
    const message = 'the update could not be stored; send it again'
    return errorAnswer('not_stored', message, {
      headers: { 'retry-after': '1' },
      ...(type === 'order.created' && { beside: posValidation('store_unavailable', message) }),
    })
  }

  return {
    receiveUpdate,
    replay: (credential, body) => take({ credential, requestId: randomUUID(), isReplay: true }, body),
  }
}

export function updateJob(credential: Credential, text: string, update: OrderUpdate, at: number): Job<Stored> {
  return {
    about: { locationId: update.locationId, orderId: update.orderId },
    at,
    bytes: text.length,
    isWebhook: true,
    decide: ({ order, moment }) => {
      const { decision, mayKeepWords } = decideForgetful(order, update, moment)
      const seq = decision.order.seq
      const receipt: ReceiptRow = {
        at,
        credentialId: credential.id,
        type: update.type,
        locationId: update.locationId,
        orderId: update.orderId,
        outcome: decision.outcome,
        seq,
        body: mayKeepWords ? text : null,
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

/** The form in which Stream expects to hear that a created order was not taken. */
function posValidation(orderError: string, reason: string): Record<string, unknown> {
  return { posValidation: { orderValidation: [{ order_error: orderError, order_error_reason: reason }] } }
}

function wordsOf(issues: readonly Issue[]): string {
  return issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')
}
