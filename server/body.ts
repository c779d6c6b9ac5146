/** Bodies with a limit for each, and one for all that are being read: what is beyond them is not kept. */
import type { IncomingMessage } from 'node:http'

const mebibyte = 1024 * 1024

export const maximumBodyBytes = mebibyte

/**
 * Whose body it is: of a sender who is known, or of a stranger, as everybody is whose signature must still be checked
 * over the body. Strangers have a room of their own, so that they take nobody else's.
 */
export type From = 'sender' | 'stranger'

/** Of all bodies that are being read. Who sends slowly, or never ends, takes of this and of nothing else. */
const maximumOpenBytes: Record<From, number> = { sender: 128 * mebibyte, stranger: 16 * mebibyte }

/** `aborted`: the sender went away before the end. `no-room`: too much is being read; it may come again. */
export type Body = Buffer | 'too-large' | 'no-room' | 'aborted'

export type BodyReader = ReturnType<typeof createBodyReader>

export function createBodyReader() {
  const openBytes: Record<From, number> = { sender: 0, stranger: 0 }

  /** One body: takes parts until they are too many; `close` gives their room back. */
  function openBody(from: From, maximumBytes: number) {
    /** The only part as it came; of several one buffer, for a part of a byte costs hundreds to keep. */
    let held: Uint8Array = Buffer.alloc(0)
    let bytes = 0
    let taken = 0
    const isOverfull = (wanted: number) => {
      openBytes[from] += wanted - taken
      taken = wanted
      return openBytes[from] > maximumOpenBytes[from]
    }
    return {
      /** @returns why nothing more is taken, or null */
      take: (part: Uint8Array): 'too-large' | 'no-room' | null => {
        const end = bytes + part.length
        if (end > maximumBytes) return 'too-large'
        if (bytes === 0) {
          held = part
        } else if (end > held.length) {
          const grown = Buffer.allocUnsafe(Math.min(maximumBytes, Math.max(end, 2 * held.length)))
          grown.set(held.subarray(0, bytes))
          held = grown
        }
        if (isOverfull(held.length)) return 'no-room'
        if (bytes > 0) held.set(part, bytes)
        bytes = end
        return null
      },
      whole: () => Buffer.from(held.buffer, held.byteOffset, bytes),
      close: () => {
        isOverfull(0)
      },
    }
  }

  function ofNode(request: IncomingMessage, from: From): Promise<Body> {
    return new Promise((resolve) => {
      const body = openBody(from, maximumBodyBytes)
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

  async function ofWeb(
    stream: ReadableStream<Uint8Array> | null,
    from: From,
    maximumBytes = maximumBodyBytes,
  ): Promise<Body> {
    const body = openBody(from, maximumBytes)
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
