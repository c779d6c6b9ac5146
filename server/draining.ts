/** Lets an HTTP server go without losing what is under way. */
import type { Server, ServerResponse } from 'node:http'

export type Draining = {
  /** Takes no new connection, and resolves when what is under way is answered, at the latest after so long. */
  drain: (withinMs: number) => Promise<void>
  /** Cuts what is left then, and resolves when nothing is open. */
  close: (withinMs: number) => Promise<void>
}

/** Follows the requests of a server that is about to listen. */
export function followRequests(server: Server): Draining {
  const underWay = new Set<ServerResponse>()
  let isDraining = false
  let whenIdle = () => {}
  let closed: Promise<void> = Promise.resolve()
  server.prependListener('request', (_, response) => {
    underWay.add(response)
    // Who asks next on this connection is told to open another one, to another server or to the next one here.
    if (isDraining) response.shouldKeepAlive = false
    response.once('close', () => {
      underWay.delete(response)
      if (underWay.size === 0) whenIdle()
    })
  })

  return {
    drain: async (withinMs) => {
      isDraining = true
      for (const response of underWay) response.shouldKeepAlive = false
      if (server.listening) {
        closed = new Promise((resolve) => server.close(() => resolve()))
        server.closeIdleConnections()
        server.keepAliveTimeout = 1
      }
      if (underWay.size === 0) return
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, withinMs)
        whenIdle = () => {
          clearTimeout(late)
          resolve()
        }
      })
    },
    close: async (withinMs) => {
      const cut = setTimeout(() => server.closeAllConnections(), withinMs)
      await closed
      clearTimeout(cut)
    },
  }
}
