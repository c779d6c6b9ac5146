/** Bodies with a limit: what is beyond it is not kept. */
import type { IncomingMessage } from 'node:http'

export const maximumBodyBytes = 1024 * 1024

/** `aborted`: the sender went away before the end. */
export type Body = Buffer | 'too-large' | 'aborted'

export function bodyOfNode(request: IncomingMessage): Promise<Body> {
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

export async function bodyOfWeb(stream: ReadableStream<Uint8Array> | null): Promise<Body> {
  const parts: Uint8Array[] = []
  let bytes = 0
  const reader = stream?.getReader()
  try {
    for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
      bytes += part.value.length
      if (bytes > maximumBodyBytes) return 'too-large'
      parts.push(part.value)
    }
  } catch {
    return 'aborted'
  }
  return Buffer.concat(parts)
}
