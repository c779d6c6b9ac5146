/** What a board's store needs of where it runs: a browser, or a test. */
import { io, type Socket } from 'socket.io-client'
import type { BoardOrder, Change } from '#domain/board.ts'
import type { OrderView } from '#domain/order-view.ts'
import { leastLineWithinMs } from '#domain/patience.ts'
import type { ClientToServer, ServerToClient } from '#domain/protocol.ts'
import { createElapsed } from './elapsed.ts'

export type LiveSocket<View extends BoardOrder = OrderView> = Socket<
  // A screen gets the views of its role, and no others.
  Omit<ServerToClient, 'change'> & { change: (change: Change<View>) => void },
  ClientToServer
>

export type Surroundings<View extends BoardOrder = OrderView> = {
  /** A socket that connects, and comes back, by itself. */
  openSocket: () => LiveSocket<View>
  /** Asks the server over HTTP; rejects without an answer in time. `body` makes it a POST of JSON. */
  request: (path: string, body?: unknown) => Promise<Response>
  /** Milliseconds since some moment; also while the device sleeps. */
  elapsed: () => number
  /** Calls back before the next frame: what comes in between is shown at once. Where nothing is drawn, soon. */
  nextFrame: (callback: () => void) => void
  /** Calls back when the device wakes or gets a network. @returns what ends that */
  onWake: (listener: () => void) => () => void
}

/** A question that is not answered by then is asked again over another connection. */
export const answerWithinMs = 4_000

/** Short waits: within five seconds of the end of any fault a board is whole again. The chance in them spreads many. */
export const socketOptions = {
  path: '/socket.io',
  transports: ['websocket'],
  reconnectionDelay: 300,
  reconnectionDelayMax: 1_000,
  timeout: leastLineWithinMs,
}

export function browserSurroundings<View extends BoardOrder>(): Surroundings<View> {
  return {
    openSocket: () => io(socketOptions),
    request: (path, body) =>
      fetch(path, {
        ...(body !== undefined && {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
        cache: 'no-store',
        signal: AbortSignal.timeout(answerWithinMs),
      }),
    elapsed: createElapsed(),
    // A task of its own after a frame, lest one task hold what is to be worked out and what is to be drawn of it. A page
    // out of sight draws nothing: it calls back when it is seen again, before it is.
    nextFrame: (callback) => {
      const wasHidden = document.hidden
      requestAnimationFrame(wasHidden ? callback : () => setTimeout(callback))
    },
    onWake: (listener) => {
      addEventListener('online', listener)
      addEventListener('pageshow', listener)
      document.addEventListener('visibilitychange', listener)
      document.addEventListener('resume', listener)
      return () => {
        removeEventListener('online', listener)
        removeEventListener('pageshow', listener)
        document.removeEventListener('visibilitychange', listener)
        document.removeEventListener('resume', listener)
      }
    },
  }
}
