/** The HTTP server: the webhook's fast lane, then Next. One request id and one place for surprises. */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { type Answer, errorAnswer } from './answer.ts'
import { bodyOfNode } from './body.ts'
import type { Incoming, ReceiveUpdate } from './receive-update.ts'

export const webhookPath = '/api/webhooks/stream'

/** Set by us on every request that goes to Next. */
const addressHeader = 'x-passline-address'
const requestIdHeader = 'x-request-id'

type NextHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

type Settings = {
  receiveUpdate: ReceiveUpdate
  next: NextHandler
  log: Logger
  /** Without it, webhooks take Next's way; the answers are the same. */
  fastLane: boolean
}

const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
} as const

export function createHttpServer({ receiveUpdate, next, log, fastLane }: Settings): Server {
  const server = createServer((request, response) => {
    const requestId = requestIdOf(request)
    handle(request, response, requestId).catch((error: unknown) => {
      log.error({ err: error, requestId, method: request.method, path: pathToLog(request) }, 'a request failed')
      if (response.headersSent) response.destroy()
      else write(response, requestId, errorAnswer('internal', `something went wrong here (${requestId})`))
    })
  })
  server.requestTimeout = 30_000
  server.headersTimeout = 10_000
  server.keepAliveTimeout = 65_000

  async function handle(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
    if (fastLane && pathOf(request) === webhookPath) {
      return write(response, requestId, await receiveUpdate(incomingOf(request, requestId)))
    }
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
    response.setHeader(requestIdHeader, requestId)
    // Next hands on no socket: routes find the sender's address and the request's id here, and never what the sender
    // wrote here.
    request.headers[addressHeader] = request.socket.remoteAddress ?? ''
    request.headers[requestIdHeader] = requestId
    await next(request, response)
  }

  return server
}

/** A proxy's name for the request if it is a plain one, so that its log and ours tell of the same; else a new one. */
function requestIdOf(request: IncomingMessage): string {
  const given = request.headers[requestIdHeader]
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID()
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/'
}

/** The path without what opens doors. */
function pathToLog(request: IncomingMessage): string {
  return pathOf(request).replace(/^(\/pair\/).*/, '$1…')
}

function incomingOf(request: IncomingMessage, requestId: string): Incoming {
  return {
    requestId,
    method: request.method ?? 'GET',
    header: (name) => {
      const value = request.headers[name]
      return value === undefined ? null : String(value)
    },
    body: () => bodyOfNode(request),
    address: request.socket.remoteAddress ?? '',
  }
}

const flatSecurityHeaders = Object.entries(securityHeaders).flat()

/** Headers as a flat list are written as they are, without a table of them being made. */
function write(response: ServerResponse, requestId: string, { status, headers, body }: Answer): void {
  const length = String(Buffer.byteLength(body))
  const flat = [...flatSecurityHeaders, requestIdHeader, requestId, 'content-length', length]
  for (const name in headers) flat.push(name, headers[name] ?? '')
  response.writeHead(status, flat)
  response.end(body)
}
