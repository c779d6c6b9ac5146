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
    handle(request, response).catch((error: unknown) => {
      const requestId = randomUUID()
      log.error({ err: error, requestId, method: request.method, path: pathOf(request) }, 'a request failed')
      if (response.headersSent) response.destroy()
      else write(response, errorAnswer('internal', `something went wrong here (${requestId})`))
    })
  })
  server.requestTimeout = 30_000
  server.headersTimeout = 10_000
  server.keepAliveTimeout = 65_000

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (fastLane && pathOf(request) === webhookPath) {
      return write(response, await receiveUpdate(incomingOf(request)))
    }
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
    // Next hands on no socket: routes find the sender's address here, and never what the sender wrote here.
    request.headers[addressHeader] = request.socket.remoteAddress ?? ''
    await next(request, response)
  }

  return server
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/'
}

function incomingOf(request: IncomingMessage): Incoming {
  return {
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
function write(response: ServerResponse, { status, headers, body }: Answer): void {
  const flat = [...flatSecurityHeaders, 'content-length', String(Buffer.byteLength(body))]
  for (const name in headers) flat.push(name, headers[name] ?? '')
  response.writeHead(status, flat)
  response.end(body)
}
