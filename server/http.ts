/** The HTTP server: the webhook's fast lane, then Next. One request id and one place for surprises. */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import type { Logger } from 'pino'
import proxyAddress from 'proxy-addr'
import { type Answer, errorAnswer, tooManyAnswer } from './answer.ts'
import type { BodyReader } from './body.ts'
import type { TrustedProxies } from './config.ts'
import { parseJson } from './parse-json.ts'
import { allowedPerMinute, type CreateRateLimit } from './rate-limit.ts'
import type { Incoming, ReceiveUpdate } from './receive-update.ts'
import { tlsRules } from './tls.ts'
import { headersOfAll, headersOfPages, type IsOwnOrigin, policyOfData } from './web-rules.ts'

export const webhookPath = '/api/webhooks/stream'
/** What is answered by a page or a route; others, such as TRACE, are no business of ours. */
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** What makes new things come into being, for strangers. */
const pairPaths = new Set(['/api/pair', '/api/pair/code'])
/** What else strangers may ask for, beside pages. */
const strangersPaths = /^\/api\/(pair\/poll$|manager\/|manage\/)/

/** Set by us on every request that goes to Next. */
const addressHeader = 'x-passline-address'
const requestIdHeader = 'x-request-id'
const routerStateHeader = 'next-router-state-tree'

type NextHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

type Settings = {
  receiveUpdate: ReceiveUpdate
  bodies: BodyReader
  next: NextHandler
  log: Logger
  /** Without it, webhooks take Next's way; the answers are the same. */
  fastLane: boolean
  isOwnOrigin: IsOwnOrigin
  /** Whether a paired screen asks. */
  isScreen: (headers: { cookie?: string | undefined }) => Promise<boolean>
  /** People come over https. */
  isSecure: boolean
  isDevelopment: boolean
  /** What it serves https with; null: plain http. */
  certificate: { cert: Buffer; key: Buffer } | null
  trustedProxies: TrustedProxies
  createRateLimit: CreateRateLimit
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
  isScreen,
  isSecure,
  isDevelopment,
  certificate,
  trustedProxies,
  createRateLimit,
}: Settings): Server | SecureServer {
  const pages = createRateLimit('pages', allowedPerMinute.pages)
  const pairings = createRateLimit('pairings', allowedPerMinute.pairings)
  const headersOfEach = headersOfAll(isSecure)
  /** As a flat list headers are written as they are, without a table of them being made. */
  const flatHeaders = [...Object.entries(headersOfEach).flat(), 'content-security-policy', policyOfData]
  const limits = { ...patience, keepAliveTimeout: 65_000 }
  const server = certificate
    ? createSecureServer({ ...limits, ...certificate, ...tlsRules }, take)
    : createServer(limits, take)

  function take(request: IncomingMessage, response: ServerResponse): void {
    const requestId = requestIdOf(request, trustedProxies)
    handle(request, response, requestId).catch((error: unknown) => {
      log.error({ err: error, requestId, method: request.method, path: pathToLog(request) }, 'a request failed')
      const answer = errorAnswer('internal', `something went wrong here (${requestId})`)
      if (response.headersSent) response.destroy()
      else write(request, response, requestId, answer)
    })
  }

  async function handle(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
    const path = pathOf(request)
    if (path === null) {
      return write(request, response, requestId, errorAnswer('wrong_shape', 'expected a plain path'))
    }
    if (fastLane && path === webhookPath) {
      return write(request, response, requestId, await receiveUpdate(incomingOf(request, requestId)))
    }
    if (!methods.has(request.method ?? '')) {
      return write(request, response, requestId, errorAnswer('method_not_allowed', 'there is nothing of that kind'))
    }
    const isForPrograms = path.startsWith('/api/')
    // A webhook brings its own proof of who sends it; all else may go by a cookie, which any page can make a browser send.
    if (isForPrograms && path !== webhookPath && !isOwnOrigin(request.headers)) {
      log.warn({ requestId, path: pathToLog(request) }, 'a page that is not ours asked for something')
      return write(request, response, requestId, errorAnswer('forbidden', 'this page is not ours'))
    }
    const waitSeconds = await waitOf(path, request)
    if (waitSeconds !== null) {
      return write(
        request,
        response,
        requestId,
        isForPrograms ? tooManyAnswer(waitSeconds, 'too many requests') : waitPage(waitSeconds),
      )
    }
    for (const [name, value] of Object.entries(headersOfEach)) response.setHeader(name, value)
    if (isForPrograms) response.setHeader('content-security-policy', policyOfData)
    else setPageHeaders(request, response)
    response.setHeader(requestIdHeader, requestId)
    const routerState = request.headers[routerStateHeader]
    if (routerState !== undefined && !isRouterState(String(routerState))) delete request.headers[routerStateHeader]
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
      body: (from) => bodies.ofNode(request, from),
      // Asked of those alone who may not send.
      address: () => addressOf(request),
    }
  }

  /** The seconds to wait for who has asked too often for what anybody may ask for, and costs us something. */
  async function waitOf(path: string, request: IncomingMessage): Promise<number | null> {
    if (pairPaths.has(path)) return pairings.count(addressOf(request))
    const isFree = path.startsWith('/_next/static/') || (path.startsWith('/api/') && !strangersPaths.test(path))
    return isFree || (await isScreen(request.headers)) ? null : pages.count(addressOf(request))
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
    if (request.complete) return void response.end(body)
    response.end(body, () => {
      if (!request.complete) setTimeout(() => request.destroy(), lingerMs)
    })
  }

  return server
}

/** A trusted proxy's name for the request if it is a plain one, so that its log and ours tell of the same; else a new one. */
function requestIdOf(request: IncomingMessage, trustedProxies: TrustedProxies): string {
  const given = request.headers[requestIdHeader]
  const isPlain = typeof given === 'string' && /^[\w.-]{1,64}$/.test(given)
  return isPlain && trustedProxies(request.socket.remoteAddress ?? '', 0) ? given : randomUUID()
}

/**
 * The path, or null when what Next would make of it is another: what is decided here by the path must hold there.
 */
function pathOf({ url = '' }: IncomingMessage): string | null {
  const [path = ''] = url.split('?', 1)
  if (path === webhookPath) return path
  const whole = `http://host${url}`
  const isPlain = path.startsWith('/') && isDecodable(path) && URL.canParse(whole) && new URL(whole).pathname === path
  return isPlain ? path : null
}

/** Where a page of ours says it is; what Next cannot read would be a surprise to it. */
function isRouterState(value: string): boolean {
  const state = isDecodable(value) ? parseJson(decodeURIComponent(value)) : undefined
  return Array.isArray(state) && state.length >= 2
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

/** A page that tries again by itself: nobody touches a screen on a wall. */
function waitPage(seconds: number): Answer {
  const again = String(seconds)
  return {
    status: 429,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'retry-after': again,
      refresh: again,
    },
    body: '<!doctype html><title>Passline</title><p>Too many requests from this address. This page tries again by itself.</p>',
  }
}

/** The path without what opens doors. */
function pathToLog(request: IncomingMessage): string {
  return (request.url ?? '').replace(/\?.*/, '').replace(/^(\/(?:pair|set-up|password)\/).*/, '$1…')
}
