/** The HTTP server: the webhook's fast lane, then Next. One request id and one place for surprises. */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import proxyAddress from 'proxy-addr'
import { type Answer, errorAnswer } from './answer.ts'
import type { BodyReader } from './body.ts'
import type { TrustedProxies } from './config.ts'
import { allowedPerMinute, createRateLimit } from './rate-limit.ts'
import type { Incoming, ReceiveUpdate } from './receive-update.ts'
import { headersOfAll, headersOfPages, type IsOwnOrigin, policyOfData } from './web-rules.ts'

export const webhookPath = '/api/webhooks/stream'
const pairPath = '/api/pair'

/** Set by us on every request that goes to Next. */
const addressHeader = 'x-passline-address'
const requestIdHeader = 'x-request-id'

type NextHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

type Settings = {
  receiveUpdate: ReceiveUpdate
  bodies: BodyReader
  next: NextHandler
  log: Logger
  /** Without it, webhooks take Next's way; the answers are the same. */
  fastLane: boolean
  isOwnOrigin: IsOwnOrigin
  /** People come over https. */
  isSecure: boolean
  isDevelopment: boolean
  trustedProxies: TrustedProxies
}

/** How long a request may take to come, its head and all of it; looked at every second. */
const patience = { headersTimeout: 5_000, requestTimeout: 15_000, connectionsCheckingInterval: 1_000 }

/**
 * Who still sends a body when it has its answer gets this long to read it, before the connection is cut. The answer does
 * not announce that: Node would then close at once, and what is unread would take the answer with it.
 */
const lingerMs = 2_000

export function createHttpServer({
  receiveUpdate,
  bodies,
  next,
  log,
  fastLane,
  isOwnOrigin,
  isSecure,
  isDevelopment,
  trustedProxies,
}: Settings): Server {
  const pages = createRateLimit(allowedPerMinute.pages)
  const pairings = createRateLimit(allowedPerMinute.pairings)
  const headersOfEach = headersOfAll(isSecure)
  /** As a flat list headers are written as they are, without a table of them being made. */
  const flatHeaders = [...Object.entries(headersOfEach).flat(), 'content-security-policy', policyOfData]
  const server = createServer({ ...patience, keepAliveTimeout: 65_000 }, (request, response) => {
    const requestId = requestIdOf(request)
    handle(request, response, requestId).catch((error: unknown) => {
      log.error({ err: error, requestId, method: request.method, path: pathToLog(request) }, 'a request failed')
      const answer = errorAnswer('internal', `something went wrong here (${requestId})`)
      if (response.headersSent) response.destroy()
      else write(request, response, requestId, answer)
    })
  })

  async function handle(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
    const path = pathOf(request)
    if (fastLane && path === webhookPath) {
      return write(request, response, requestId, await receiveUpdate(incomingOf(request, requestId)))
    }
    const isForPrograms = path.startsWith('/api/')
    // A webhook brings its own proof of who sends it; all else may go by a cookie, which any page can make a browser send.
    if (isForPrograms && path !== webhookPath && !isOwnOrigin(request.headers)) {
      return write(request, response, requestId, errorAnswer('forbidden', 'this page is not ours'))
    }
    const waitSeconds = await limitOf(path)?.count(addressOf(request))
    if (waitSeconds != null) {
      const headers = { 'retry-after': String(waitSeconds) }
      return write(request, response, requestId, errorAnswer('too_many_attempts', 'too many requests', { headers }))
    }
    for (const [name, value] of Object.entries(headersOfEach)) response.setHeader(name, value)
    if (isForPrograms) response.setHeader('content-security-policy', policyOfData)
    else setPageHeaders(request, response)
    response.setHeader(requestIdHeader, requestId)
    // Next hands on no socket: routes find the sender's address and the request's id here, and never what the sender
    // wrote here.
    request.headers[addressHeader] = addressOf(request)
    request.headers[requestIdHeader] = requestId
    await next(request, response)
  }

  function incomingOf(request: IncomingMessage, requestId: string): Incoming {
    return {
      requestId,
      method: request.method ?? 'GET',
      header: (name) => {
        const value = request.headers[name]
        return value === undefined ? null : String(value)
      },
      body: () => bodies.ofNode(request),
      // Asked of those alone who may not send.
      get address() {
        return addressOf(request)
      },
    }
  }

  /** What anybody may ask for, and costs us something. */
  function limitOf(path: string) {
    if (path === pairPath) return pairings
    return path.startsWith('/api/') || path.startsWith('/_next/') ? null : pages
  }

  /** Of the sender, as far as proxies that we trust tell of it. */
  function addressOf(request: IncomingMessage): string {
    return proxyAddress(request, trustedProxies) ?? ''
  }

  function setPageHeaders(request: IncomingMessage, response: ServerResponse): void {
    const headers = headersOfPages(isDevelopment)
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    // Next finds the word for its scripts in what it believes the browser to have asked with.
    Object.assign(request.headers, headers)
  }

  function write(request: IncomingMessage, response: ServerResponse, requestId: string, answer: Answer): void {
    const { status, headers, body } = answer
    const length = String(Buffer.byteLength(body))
    const flat = [...flatHeaders, requestIdHeader, requestId, 'content-length', length]
    for (const name in headers) flat.push(name, headers[name] ?? '')
    response.writeHead(status, flat)
    response.end(body, () => {
      if (!request.complete) setTimeout(() => request.destroy(), lingerMs)
    })
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
