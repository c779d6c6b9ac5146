import { type Answer, type From, runtime } from '#server/runtime.ts'

/** An answer of the server's as the Response that Next sends. */
export function respond({ status, headers, body, cookies = [] }: Answer): Response {
  const response = new Response(body, { status, headers })
  for (const cookie of cookies) response.headers.append('set-cookie', cookie)
  return response
}

/** The headers of a request that say who asks. */
export function askerOf(request: Request) {
  const header = (name: string) => request.headers.get(name) ?? undefined
  return { headers: { cookie: header('cookie'), authorization: header('authorization') } }
}

/** A manager's request, or of who wants to be one. */
export function managerRequestOf(request: Request) {
  const header = (name: string) => request.headers.get(name) ?? undefined
  return {
    requestId: header('x-request-id') ?? '',
    cookie: header('cookie'),
    userAgent: header('user-agent'),
    address: header('x-passline-address') ?? '',
    body: () => smallJson(request, 'stranger', 65_536),
  }
}

/**
 * The JSON of a small request that says that it is JSON, as no form of another page can; undefined when it is none, or
 * longer than so many bytes.
 */
export async function smallJson(request: Request, from: From, maximumBytes = 16_384): Promise<unknown> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get('content-type') ?? '')) return undefined
  const body = await runtime().bodyOf(request.body, from, maximumBytes)
  if (!Buffer.isBuffer(body)) return undefined
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
