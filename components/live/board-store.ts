/**
 * The board that a screen holds, and the socket that keeps it right. No React here.
 *
 * Invariants: what is shown is always the fold of one snapshot and every change after it, without a gap;
 * `live` is said only while the last proof, an answer to a question asked at most ten seconds ago that agrees with
 * what is held, is fresh. Pushed messages prove nothing: they may stop coming without a word.
 */
import { io, type Socket } from 'socket.io-client'
import { applyBacklog, applyChange, type Backlog, type Board, type Change } from '#domain/board.ts'
import type { OrderView } from '#domain/order-view.ts'
import type { BeatAnswer, ClientToServer, ProtocolError, ServerToClient } from '#domain/protocol.ts'
import { createElapsed } from './elapsed.ts'
import type { Connection, Screen, Tap, TapResult } from './screen.ts'

type Boards = ReadonlyMap<string, Board<OrderView>>
type LiveSocket = Socket<
  // A screen of a staff role gets staff's views.
  Omit<ServerToClient, 'change'> & { change: (change: Change<OrderView>) => void },
  ClientToServer
>

const beatEveryMs = 3_000
const proofLastsMs = 10_000
/** A question that is not answered by then is asked again over another connection. */
const answerWithinMs = 8_000

export type BoardStore = Screen & { stop: () => void }

/** Opens the connection and follows the board until `stop`. */
export function createBoardStore(build: string): BoardStore {
  const elapsed = createElapsed()
  const listeners = new Set<() => void>()
  let boards: Boards = new Map()
  let orders: readonly OrderView[] = []
  let connection: Connection = { kind: 'connecting' }
  /** The server's clock less our elapsed time; null before the first answer. */
  let serverOffsetMs: number | null = null
  /** When the question was asked whose answer last proved us right, in elapsed time and in the server's. */
  let proof: { askedAt: number; serverAt: number } | null = null
  let failingSince: number | null = null
  let isFollowing = false
  /** Changes that were pushed and could not be applied, by location: their seq must be reached. */
  const announced = new Map<string, number>()
  let isRevoked = false
  let beats = 0

  const socket: LiveSocket = io({
    path: '/socket.io',
    transports: ['websocket'],
    reconnectionDelay: 500,
    reconnectionDelayMax: 3_000,
    timeout: answerWithinMs,
  })

  socket.on('connect', () => {
    isFollowing = false
    announced.clear()
    void follow(Object.fromEntries(cursors())).then(followAnnounced).then(beat)
  })
  socket.on('disconnect', (reason) => {
    settle()
    // The server let us go on purpose: Socket.IO would not come back by itself.
    if (reason === 'io server disconnect' && !isRevoked) socket.connect()
  })
  socket.on('connect_error', (error) => {
    if (error.message === 'unauthorized') revoke()
    settle()
  })
  socket.on('change', (change) => {
    const board = boards.get(change.locationId)
    const applied = board ? applyChange(board, change) : { kind: 'gap' as const }
    if (applied.kind === 'applied') hold(new Map(boards).set(change.locationId, applied.board))
    if (applied.kind === 'gap') {
      announced.set(change.locationId, Math.max(change.seq, announced.get(change.locationId) ?? 0))
      void followAnnounced()
    }
  })
  socket.on('revoked', revoke)
  const timer = setInterval(() => {
    void beat()
    settle()
  }, beatEveryMs)

  const wake = () => {
    settle()
    if (socket.connected) void beat()
    else if (!isRevoked) socket.connect()
  }
  addEventListener('online', wake)
  document.addEventListener('visibilitychange', wake)

  function cursorOf(locationId: string) {
    const board = boards.get(locationId)
    return board ? { epoch: board.epoch, seq: board.seq } : null
  }

  function cursors() {
    return [...boards].map(([locationId, { epoch, seq }]) => [locationId, { epoch, seq }] as const)
  }

  /** Asks for what is missing; with no cursor at all, for everything. One question at a time: the next one asks again. */
  async function follow(asked: Record<string, ReturnType<typeof cursorOf>>): Promise<void> {
    if (isFollowing || isRevoked) return
    isFollowing = true
    settle()
    try {
      const answer = await socket.timeout(answerWithinMs).emitWithAck('follow', asked)
      if (!isError(answer)) take(answer as Record<string, Backlog<OrderView>>)
    } catch {
      // No answer: the next beat finds out what is missing.
    } finally {
      isFollowing = false
      settle()
    }
  }

  /** Asks for the locations that are behind what was pushed; what is pushed while asking is asked for next. */
  async function followAnnounced(): Promise<void> {
    while (socket.connected && !isFollowing) {
      for (const [locationId, seq] of announced) {
        if ((boards.get(locationId)?.seq ?? -1) >= seq) announced.delete(locationId)
      }
      if (announced.size === 0) return
      const before = boards
      await follow(Object.fromEntries([...announced.keys()].map((locationId) => [locationId, cursorOf(locationId)])))
      // Nothing came: leave it to the next beat.
      if (boards === before) return
    }
  }

  function take(backlogs: Record<string, Backlog<OrderView>>): void {
    const next = new Map(boards)
    for (const [locationId, backlog] of Object.entries(backlogs)) {
      const board = next.get(locationId) ?? null
      // Changes answer a cursor; if the board moved to another epoch meanwhile, the next beat asks again.
      if (backlog.kind === 'changes' && board?.epoch !== backlog.epoch) continue
      next.set(locationId, applyBacklog(board, backlog))
      setServerClock(backlog.serverTime)
    }
    hold(next)
  }

  async function beat(): Promise<void> {
    if (!socket.connected || isRevoked) return
    const askedAt = elapsed()
    beats += 1
    const positions = Object.fromEntries(cursors())
    const painted = Object.fromEntries(cursors().map(([locationId, { seq }]) => [locationId, seq]))
    try {
      const answer = await socket
        .timeout(answerWithinMs)
        .emitWithAck('beat', { n: beats, positions, painted, hidden: 0, sound: 'off', build })
      if (!isError(answer)) weigh(answer, askedAt)
    } catch {
      // No answer is no proof. A line that is dead but looks open is given up, so that a new one can be tried.
      if (socket.connected && isProofOld()) socket.io.engine.close()
    }
    settle()
  }

  /** Compares what the database says with what is held; agreeing is proof, differing is a question. */
  function weigh(answer: BeatAnswer, askedAt: number): void {
    setServerClock(answer.serverTime)
    failingSince = answer.storing === true ? null : Date.parse(answer.storing.failingSince)
    const gone = [...boards.keys()].filter((locationId) => !Object.hasOwn(answer.locations, locationId))
    if (gone.length > 0) hold(new Map([...boards].filter(([locationId]) => !gone.includes(locationId))))
    const missing: Record<string, ReturnType<typeof cursorOf>> = {}
    for (const [locationId, head] of Object.entries(answer.locations)) {
      const board = boards.get(locationId)
      if (!board || board.epoch !== head.epoch || board.seq < head.seq) {
        missing[locationId] = cursorOf(locationId)
      } else if (board.seq === head.seq && board.checksum !== head.checksum) {
        // The same place and another board: nothing of it can be trusted.
        missing[locationId] = null
      }
    }
    // A board that is ahead of the answer got its news while the answer was on its way.
    if (Object.keys(missing).length > 0) void follow(missing).then(followAnnounced)
    else if (!proof || askedAt > proof.askedAt) proof = { askedAt, serverAt: serverNow() }
  }

  function setServerClock(serverTime: string): void {
    serverOffsetMs = Date.parse(serverTime) - elapsed()
  }

  function serverNow(): number {
    return serverOffsetMs === null ? Date.now() : elapsed() + serverOffsetMs
  }

  function isProofOld(): boolean {
    return !proof || elapsed() - proof.askedAt > proofLastsMs
  }

  function revoke(): void {
    isRevoked = true
    hold(new Map())
    socket.disconnect()
    settle()
  }

  function hold(next: Boards): void {
    boards = next
    orders = [...next.values()].flatMap((board) => [...board.orders.values()])
    notify()
  }

  /** Says how far what is shown can be trusted, if it is something else than before. */
  function settle(): void {
    const next = connectionNow()
    if (JSON.stringify(next) === JSON.stringify(connection)) return
    connection = next
    notify()
  }

  function connectionNow(): Connection {
    if (isRevoked) return { kind: 'revoked' }
    if (!proof) return elapsed() > proofLastsMs ? { kind: 'not-live', since: null } : { kind: 'connecting' }
    if (isProofOld()) return { kind: 'not-live', since: proof.serverAt }
    if (failingSince !== null) return { kind: 'not-storing', since: failingSince }
    return isFollowing || !socket.connected ? { kind: 'catching-up' } : { kind: 'live' }
  }

  function notify(): void {
    for (const listener of listeners) listener()
  }

  async function act(order: OrderView, tap: Tap): Promise<TapResult> {
    const { name, ...fields } = tap
    const place = `/api/locations/${encodeURIComponent(order.locationId)}/orders/${encodeURIComponent(order.id)}/${name}`
    try {
      const response = await fetch(place, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...fields, actionId: newActionId(), seenSeq: order.seq }),
        signal: AbortSignal.timeout(answerWithinMs),
      })
      if (response.ok) return { done: true }
      const { error } = (await response.json()) as {
        error: { code: string; message: string; issues: { message: string }[] }
      }
      const reason = error.code === 'conflict' ? error.issues[0]?.message : undefined
      return { done: false, code: reason ?? error.code, message: error.message }
    } catch {
      return { done: false, code: 'offline', message: 'no answer' }
    }
  }

  return {
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    orders: () => orders,
    connection: () => connection,
    serverNow,
    act,
    stop: () => {
      clearInterval(timer)
      removeEventListener('online', wake)
      document.removeEventListener('visibilitychange', wake)
      socket.disconnect()
    },
  }
}

function isError(answer: object): answer is ProtocolError {
  return 'error' in answer && typeof (answer as ProtocolError).error?.code === 'string'
}

/** Random enough to be nobody else's; `crypto.randomUUID` is missing where pages come over plain http. */
function newActionId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
