/** One HTTP request, exactly as given: nothing is added that a test did not ask for. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { webhookPath } from '#server/http.ts'

export type Sent = { status: number; headers: IncomingHttpHeaders; text: string; json: unknown }

export type ToSend = {
  method?: string
  path?: string
  headers?: Record<string, string>
  body?: Buffer | string | undefined
  /** Sent in parts, without its length. */
  isChunked?: boolean
}

export function send(
  url: string,
  { method = 'POST', path = webhookPath, headers = {}, body, isChunked = false }: ToSend,
): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const bytes = body === undefined ? undefined : Buffer.from(body)
    const length = bytes && !isChunked ? { 'content-length': String(bytes.length) } : {}
    const request = httpRequest(
      `${url}${path}`,
      { method, headers: { ...length, ...headers }, agent: false },
      (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(parts).toString()
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: jsonOf(text) })
        })
      },
    )
    request.on('error', reject)
    if (isChunked) request.flushHeaders()
    request.end(bytes)
  })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
