/** What screens do: listen, keep a board, ask over HTTP. */
import assert from 'node:assert/strict'
import { io } from 'socket.io-client'
import type { Backlog, Board, BoardOrder, Change } from '#domain/board.ts'
import { applyBacklog, applyChange } from '#domain/board.ts'
import type { AnyView, Beat, BeatAnswer, Follow } from '#domain/protocol.ts'
import { type Sent, send } from './send.ts'
import type { TestServer, TestSocket } from './test-server.ts'

/** Opens a screen's socket, which does not come back by itself once it is closed. @throws when it is not let in */
export async function connectScreen(url: string, token: string): Promise<TestSocket> {
  const socket: TestSocket = io(url, {
    transports: ['websocket'],
    auth: { token },
    forceNew: true,
    reconnection: false,
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', reject)
  })
  return socket
}

/** Asks for what is missing; an error in place of the answer fails the test. */
export async function follow(socket: TestSocket, cursors: Follow = {}): Promise<Record<string, Backlog<AnyView>>> {
  const answer = await socket.emitWithAck('follow', cursors)
  assert.ok(!('error' in answer && 'code' in answer.error), JSON.stringify(answer))
  return answer as Record<string, Backlog<AnyView>>
}

export async function beat(socket: TestSocket, more: Partial<Beat> = {}): Promise<BeatAnswer> {
  const asked: Beat = { n: 0, positions: {}, painted: {}, hidden: 0, sound: 'on', build: 'test', ...more }
  const answer = await socket.emitWithAck('beat', asked)
  assert.ok(!('error' in answer), JSON.stringify(answer))
  return answer
}

/** Collects the changes that a socket hears. */
export function listen(socket: TestSocket) {
  const heard: Change<AnyView>[] = []
  const waiting: { isEnough: () => boolean; resolve: () => void }[] = []
  socket.on('change', (change) => {
    heard.push(change)
    for (const { isEnough, resolve } of waiting) if (isEnough()) resolve()
  })
  return {
    heard,
    /** Resolves when so many changes were heard. */
    count: (count: number) =>
      new Promise<void>((resolve) => {
        const isEnough = () => heard.length >= count
        if (isEnough()) return resolve()
        waiting.push({ isEnough, resolve })
      }),
  }
}

/** A board as a browser keeps it: a backlog first, then changes. */
export function keptBoard<Order extends BoardOrder>() {
  let board: Board<Order> | null = null
  return {
    get board(): Board<Order> {
      assert.ok(board, 'nothing was followed yet')
      return board
    },
    get cursor() {
      return board && { epoch: board.epoch, seq: board.seq }
    },
    take: (backlog: Backlog<Order>) => {
      board = applyBacklog(board, backlog)
    },
    /** @returns what became of the change */
    hear: (change: Change<Order>) => {
      assert.ok(board, 'nothing was followed yet')
      const step = applyChange(board, change)
      if (step.kind === 'applied') board = step.board
      return step.kind
    },
  }
}

/** `GET /api/locations/{id}/{rest}` as the screen with this token. */
export function readLocation(
  server: { url: string },
  token: string,
  locationId: string,
  rest = 'board',
): Promise<Sent> {
  const path = `/api/locations/${encodeURIComponent(locationId)}/${rest}`
  return send(server.url, { method: 'GET', path, headers: { authorization: `Bearer ${token}` } })
}

/** What staff do with an order, over HTTP, as the screen with this token. */
export function act(
  server: TestServer,
  token: string | null,
  [locationId, orderId, name]: readonly [locationId: string, orderId: string, name: string],
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Sent> {
  return send(server.url, {
    path: `/api/locations/${encodeURIComponent(locationId)}/orders/${encodeURIComponent(orderId)}/${name}`,
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }), ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}
