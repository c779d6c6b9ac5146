/** Bodies with a limit for each, and one for all that are being read: what is beyond them is not kept. */
import type { IncomingMessage } from 'node:http'

export const maximumBodyBytes = 1024 * 1024

/** Of all bodies that are being read. Who sends slowly, or never ends, takes of this and of nothing else. */
const maximumOpenBytes = 128 * maximumBodyBytes

/** `aborted`: the sender went away before the end. `no-room`: too much is being read; it may come again. */
export type Body = Buffer | 'too-large' | 'no-room' | 'aborted'

export type BodyReader = ReturnType<typeof createBodyReader>

export function createBodyReader() {
  let openBytes = 0

  /** One body: takes parts until they are too many; `close` gives their room back. */
  function openBody() {
    const parts: Uint8Array[] = []
    let bytes = 0
    return {
      /** @returns why nothing more is taken, or null */
      take: (part: Uint8Array): 'too-large' | 'no-room' | null => {
        bytes += part.length
        openBytes += part.length
        if (bytes > maximumBodyBytes) return 'too-large'
        if (openBytes > maximumOpenBytes) return 'no-room'
        parts.push(part)
        return null
      },
      whole: () => (parts.length === 1 && parts[0] instanceof Buffer ? parts[0] : Buffer.concat(parts)),
      close: () => {
        openBytes -= bytes
        bytes = 0
      },
    }
  }

  function ofNode(request: IncomingMessage): Promise<Body> {
    return new Promise((resolve) => {
      const body = openBody()
      const end = (result: Body) => {
        body.close()
        resolve(result)
      }
      request.on('data', (part: Buffer) => {
        const problem = body.take(part)
        if (!problem) return
        request.removeAllListeners('data')
        request.resume()
        end(problem)
      })
      request.on('end', () => end(body.whole()))
      request.on('close', () => end('aborted'))
    })
  }

  async function ofWeb(stream: ReadableStream<Uint8Array> | null): Promise<Body> {
    const body = openBody()
    const reader = stream?.getReader()
    try {
      for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
        const problem = body.take(part.value)
        if (problem) return problem
      }
      return body.whole()
    } catch {
      return 'aborted'
    } finally {
      body.close()
    }
  }

  return { ofNode, ofWeb }
}
