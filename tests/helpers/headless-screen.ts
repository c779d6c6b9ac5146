/** A screen without a browser: the store that the board renders, over a real line to a real server. */
import assert from 'node:assert/strict'
import { io } from 'socket.io-client'
import { type BoardStore, createBoardStore } from '#components/live/board-store.ts'
import { answerWithinMs, type LiveSocket, socketOptions } from '#components/live/surroundings.ts'
import type { Snapshot } from '#domain/board.ts'
import type { OrderView } from '#domain/order-view.ts'

export type HeadlessScreen = {
  store: BoardStore
  socket: LiveSocket
  /** When the last question was asked whose answer came, by `elapsed`: what the store may call proof at most. */
  answeredAt: () => number | null
  /** How often a beat got no answer, or the socket was lost. */
  troubles: () => number
  /** How often an order, or a location's last change, was shown older than it had been shown before. */
  wentBack: () => number
  /** The device wakes, or gets a network. */
  wake: () => void
  stop: () => void
}

type Options = {
  /** Milliseconds since some moment. */
  elapsed?: () => number
  /** Where no websocket opens. */
  hasNoWebsocket?: boolean
  /** May lose, change and repeat what comes in, before the store hears it. */
  tamper?: (socket: LiveSocket) => void
  build?: string
}

export function headlessScreen(url: string, token: string, options: Options = {}): HeadlessScreen {
  const { elapsed = () => performance.now(), hasNoWebsocket = false, tamper, build = 'test' } = options
  let answeredAt: number | null = null
  let wentBack = 0
  let troubles = 0
  const wakes = new Set<() => void>()
  const path = hasNoWebsocket ? '/no-websocket-here' : socketOptions.path
  const socket: LiveSocket = io(url, { ...socketOptions, path, auth: { token }, forceNew: true })
  tamper?.(socket)
  noteAnswers(socket)
  socket.on('disconnect', () => {
    troubles += 1
  })

  /** Looks at what is asked from outside of the store. */
  function noteAnswers(line: LiveSocket): void {
    const timeout = line.timeout.bind(line)
    line.timeout = ((ms: number) => {
      const asking = timeout(ms)
      const emitWithAck = asking.emitWithAck.bind(asking) as (...all: unknown[]) => Promise<unknown>
      return Object.assign(Object.create(asking), {
        emitWithAck: async (event: string, ...rest: unknown[]) => {
          const askedAt = elapsed()
          try {
            const answer = await emitWithAck(event, ...rest)
            if (event === 'beat') answeredAt = Math.max(answeredAt ?? 0, askedAt)
            return answer
          } catch (error) {
            if (event === 'beat') troubles += 1
            throw error
          }
        },
      })
    }) as typeof line.timeout
  }

  async function request(requestPath: string, body?: unknown): Promise<Response> {
    const askedAt = elapsed()
    const response = await fetch(`${url}${requestPath}`, {
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(answerWithinMs),
    })
    const text = await response.text()
    if (response.ok && requestPath.endsWith('/beat')) answeredAt = Math.max(answeredAt ?? 0, askedAt)
    return new Response(text, { status: response.status })
  }

  const store = createBoardStore(build, {
    openSocket: () => socket,
    request,
    elapsed,
    nextFrame: setImmediate,
    onWake: (listener) => {
      wakes.add(listener)
      return () => wakes.delete(listener)
    },
  })
  const shown = new Map<string, number>()
  store.subscribe(() => {
    for (const { locationId, id, seq } of store.orders()) {
      const key = JSON.stringify([locationId, id])
      if ((shown.get(key) ?? 0) > seq) wentBack += 1
      shown.set(key, seq)
    }
    // What a browser reports after the frame.
    setImmediate(() => store.painted(store.orders()))
  })

  return {
    store,
    socket,
    answeredAt: () => answeredAt,
    troubles: () => troubles,
    wentBack: () => wentBack,
    wake: () => {
      for (const wake of wakes) wake()
    },
    stop: store.stop,
  }
}

/** Resolves once the store says so; fails with what it said last. */
export function untilStore(store: BoardStore, holds: () => boolean, withinMs = 15_000): Promise<void> {
  return new Promise((resolve, reject) => {
    if (holds()) return resolve()
    const stop = store.subscribe(() => {
      if (!holds()) return
      clearTimeout(timer)
      stop()
      resolve()
    })
    const timer = setTimeout(() => {
      stop()
      const { length } = store.orders()
      reject(new Error(`not within ${withinMs} ms: ${JSON.stringify(store.connection())}, ${length} orders`))
    }, withinMs)
  })
}

export const isLive = ({ store }: HeadlessScreen) => store.connection().kind === 'live'

const byKey = (one: OrderView, other: OrderView) =>
  `${one.locationId}/${one.id}` < `${other.locationId}/${other.id}` ? -1 : 1

/** Fails unless the screen shows exactly the server's boards. */
export function assertShows({ store }: HeadlessScreen, boards: readonly Snapshot<OrderView>[]): void {
  assert.deepEqual([...store.orders()].sort(byKey), boards.flatMap((board) => board.orders).sort(byKey))
}
