/** The HTTP server: the webhook's fast lane, then Next. One request id and one place for surprises. */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { type Answer, errorAnswer } from './answer.ts'
import { type Incoming, maximumBodyBytes, type ReceiveUpdate } from './receive-update.ts'

export const webhookPath = '/api/webhooks/stream'

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
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
    if (fastLane && pathOf(request) === webhookPath) {
      const body = await readBody(request)
      if (body === 'aborted') return
      const answer = await receiveUpdate(incomingOf(request, body))
      if (body === 'too-large') response.setHeader('connection', 'close')
      return write(response, answer)
    }
    await next(request, response)
  }

  return server
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/'
}

function incomingOf(request: IncomingMessage, body: Buffer | 'too-large'): Incoming {
  return {
    method: request.method ?? 'GET',
    header: (name) => {
      const value = request.headers[name]
      return value === undefined ? null : String(value)
    },
    body,
    address: request.socket.remoteAddress ?? '',
  }
}

/** The body, up to the limit; what is beyond it is not kept. */
function readBody(request: IncomingMessage): Promise<Buffer | 'too-large' | 'aborted'> {
  return new Promise((resolve) => {
    const parts: Buffer[] = []
    let bytes = 0
    request.on('data', (part: Buffer) => {
      bytes += part.length
      if (bytes > maximumBodyBytes) {
        request.removeAllListeners('data')
        request.resume()
        resolve('too-large')
      } else {
        parts.push(part)
      }
    })
    request.on('end', () => resolve(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)))
    request.on('close', () => resolve('aborted'))
  })
}

function write(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) })
  response.end(answer.body)
}
