/**
 * Live screens over Socket.IO. Every room comes from the verified token, never from a message;
 * a screen joins its rooms first and reads the backlog then, and tolerates what it gets twice.
 */
import type { Server as HttpServer, IncomingMessage } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from 'pino'
import { Server, type Socket } from 'socket.io'
import type { z } from 'zod'
import type { Backlog } from '#domain/board.ts'
import {
  type AnyView,
  beatSchema,
  type ClientToServer,
  type Follow,
  followSchema,
  type ProtocolError,
  type ServerToClient,
} from '#domain/protocol.ts'
import type { Metrics } from '../metrics.ts'
import type { Identified, Identify } from '../screen-access.ts'
import type { CommittedChange } from '../store/batch.ts'
import type { Screen, Screens } from '../store/screens.ts'
import type { IsOwnOrigin } from '../web-rules.ts'
import type { ReadBacklog } from './backlog.ts'
import type { AnswerBeat } from './beats.ts'
import type { Epochs } from './epochs.ts'
import type { Line } from './peers.ts'
import type { Redis } from './redis.ts'
import { type Sight, sightOf, viewOf } from './sight.ts'

type SocketData = Identified & {
  /** Too much waits for this one: how much at the last look, and at how many looks in a row it was not less. */
  slow?: { bytes: number; looks: number }
}

type ServerToServer = { told: (bytes: Buffer) => void }

type ScreenSocket = Socket<ClientToServer, ServerToClient, ServerToServer, SocketData>

type Settings = {
  screens: Screens
  identify: Identify
  isOwnOrigin: IsOwnOrigin
  backlog: ReadBacklog
  answerBeat: AnswerBeat
  epochs: Epochs
  /** The way to the other servers; null: there are none. */
  adapter: Redis['adapter'] | null
  metrics: Pick<Metrics, 'gauge' | 'slowScreens'>
  log: Logger
}

export type Sockets = {
  attach: (httpServer: HttpServer, options: { isDevelopment: boolean }) => void
  /** Of a location that had no change before: the screens here that follow every location follow it from now on. */
  addLocation: (locationId: string) => void
  /** Sends changes to the screens of their locations that are connected here. */
  publish: (changes: readonly ShownChange[]) => void
  /** A screen of this location is connected here. */
  isShown: (locationId: string) => boolean
  /** All that are. */
  shown: () => string[]
  /** Told of those that were not before. */
  onShown: (listener: (locationIds: readonly string[]) => void) => void
  /** Tells a screen's browsers that they no longer are that screen, and lets them go. */
  revoke: (screenId: string) => void
  /** Lets a screen's browsers go, so that they come back as what the screen is now. */
  reconnect: (screenId: string) => void
  /** Lets those go whose screen was revoked or moved, by whomever. */
  checkAll: () => void
  /** To all other servers; null: there is none. */
  line: Pick<Line, 'tell' | 'hear'> | null
  /** Tells the screens that the server is going away, and lets them go. */
  close: () => Promise<void>
}

/** What is published of a change. */
export type ShownChange = Pick<CommittedChange, 'locationId' | 'seq' | 'order'>

const sights = ['staff', 'pickup'] as const satisfies readonly Sight[]

const roomOf = (locationId: string, sight: Sight) => `location:${locationId}:${sight}`

/** Null: it is none of a location. */
const locationOf = (room: string) => /^location:(.*):(?:staff|pickup)$/s.exec(room)?.[1] ?? null

const everyRoomOf = (sight: Sight) => `every:${sight}`

/**
 * What may wait to be sent to one screen. One for which more waits, and does not become less from one look to the next,
 * is let go, and comes back with its cursor: a large snapshot on a slow line is not yet a reason.
 */
const maximumWaitingBytes = 1024 * 1024

/** When the server goes, its screens are not all told at one moment: they come to another one together. */
const longestSpreadMs = 2_000
const spreadEachMs = 2

const lookForSlowEveryMs = 1_000
const looksBeforeLetGo = 3

export function createSockets({
  screens,
  identify,
  isOwnOrigin,
  backlog,
  answerBeat,
  epochs,
  adapter,
  metrics,
  log,
}: Settings): Sockets {
  const io = new Server<ClientToServer, ServerToClient, ServerToServer, SocketData>({
    path: '/socket.io',
    transports: ['websocket'],
    serveClient: false,
    perMessageDeflate: false,
    maxHttpBufferSize: 64 * 1024,
    connectTimeout: 10_000,
    pingInterval: 10_000,
    pingTimeout: 10_000,
    ...(adapter && { adapter }),
    allowRequest: (request, decide) => decide(null, isOwnOrigin(request.headers)),
  })

  io.use(async (socket, next) => {
    try {
      const identified = await identify(socket.handshake.headers, socket.handshake.auth.token)
      if (!identified) return next(new Error('unauthorized'))
      socket.data = identified
      next()
    } catch (error) {
      log.error({ err: error }, 'a screen could not be authenticated')
      next(new Error('unavailable'))
    }
  })

  io.on('connection', (socket) => {
    const { screen } = socket.data
    // The request that opened the line is read, and would be held as long as the line.
    Object.assign(socket.conn, { request: null })
    void socket.join(`screen:${screen.id}`)
    void leaveIfRevoked(socket)
    if (screen.everyLocation) void socket.join(everyRoomOf(sightOf(screen.role)))
    socket.on('follow', (cursors, answer) => answerTo(followSchema, cursors, answer, (asked) => follow(socket, asked)))
    socket.on('beat', (beat, answer) =>
      answerTo(beatSchema, beat, answer, async (asked) => answerBeat(await screenOf(socket), asked)),
    )
  })

  metrics.gauge('passline_screens_connected', 'Screens with an open websocket', () => io.of('/').sockets.size)
  const slowTimer = setInterval(letSlowGo, lookForSlowEveryMs)

  function letSlowGo(): void {
    for (const socket of io.of('/').sockets.values()) {
      const before = socket.data.slow
      const bytes = waitingBytes(socket)
      if (bytes <= maximumWaitingBytes) {
        delete socket.data.slow
        continue
      }
      const looks = before && bytes >= before.bytes ? before.looks + 1 : 1
      socket.data.slow = { bytes, looks }
      if (looks < looksBeforeLetGo) continue
      metrics.slowScreens.inc()
      log.warn({ screenId: socket.data.screen.id }, 'a screen does not read what it is sent, and is let go')
      // What waits is thrown away: it would never be read, and all of it is asked for again.
      socket.conn.close(true)
    }
  }

  /** A screen that was revoked or moved while its socket was being opened was in no room yet to hear of it. */
  async function leaveIfRevoked(socket: ScreenSocket): Promise<void> {
    try {
      const screen = await screens.authenticate(socket.data.token)
      // It got other work or another place: it comes back as what it is now.
      if (screen?.settings !== socket.data.screen.settings) {
        if (!screen) socket.emit('revoked')
        socket.disconnect(true)
      }
    } catch (error) {
      log.error({ err: error }, 'a screen could not be checked again')
    }
  }

  /** Checks a message, answers it, and turns what goes wrong into an error that the screen can tell from an answer. */
  async function answerTo<Schema extends z.ZodType, Result>(
    schema: Schema,
    message: unknown,
    answer: (result: Result | ProtocolError) => void,
    work: (asked: z.output<Schema>) => Promise<Result>,
  ): Promise<void> {
    if (typeof answer !== 'function') return
    const parsed = schema.safeParse(message)
    if (!parsed.success) return answer({ error: { code: 'wrong_shape', message: parsed.error.message } })
    try {
      answer(await work(parsed.data))
    } catch (error) {
      log.error({ err: error }, 'a screen could not be answered')
      answer({ error: { code: 'internal', message: 'this could not be answered now' } })
    }
  }

  /** The screen of a socket as it is now. */
  async function screenOf(socket: ScreenSocket): Promise<Screen> {
    const { screen, token } = socket.data
    return (await screens.authenticate(token)) ?? { ...screen, locations: [] }
  }

  /** Asked for nothing by name, it answers for all of the screen's locations. */
  async function follow(socket: ScreenSocket, asked: Follow): Promise<Record<string, Backlog<AnyView>>> {
    const sight = sightOf(socket.data.screen.role)
    const { locations } = await screenOf(socket)
    await socket.join(locations.map((locationId) => roomOf(locationId, sight)))
    const named = Object.keys(asked)
    const wanted = named.length === 0 ? locations : locations.filter((locationId) => Object.hasOwn(asked, locationId))
    const answers: Record<string, Backlog<AnyView>> = {}
    for (const locationId of wanted) {
      answers[locationId] = await backlog(locationId, sight, asked[locationId] ?? null)
    }
    return answers
  }

  function publish(changes: readonly ShownChange[]): void {
    const { rooms } = io.of('/').adapter
    for (const { locationId, seq, order } of changes) {
      for (const sight of sights) {
        const room = roomOf(locationId, sight)
        if (!rooms.has(room)) continue
        // The other servers publish to theirs; ours need not wait for the way there.
        io.local
          .to(room)
          .emit('change', { locationId, epoch: epochs(locationId, sight), seq, order: viewOf[sight](order) })
      }
    }
  }

  function shown(): string[] {
    const locations = new Set<string>()
    for (const room of io.of('/').adapter.rooms.keys()) {
      const locationId = locationOf(room)
      if (locationId !== null) locations.add(locationId)
    }
    return [...locations]
  }

  /** Those of one turn of the event loop together: many screens come back at once. */
  function onShown(listener: (locationIds: readonly string[]) => void): void {
    let added = new Set<string>()
    io.of('/').adapter.on('create-room', (room: string) => {
      const locationId = locationOf(room)
      if (locationId === null) return
      if (added.size === 0) {
        setImmediate(() => {
          const locationIds = [...added]
          added = new Set()
          listener(locationIds)
        })
      }
      added.add(locationId)
    })
  }

  /** Lets a screen's browsers go. */
  function letGo(screenId: string): void {
    io.local.in(`screen:${screenId}`).disconnectSockets(true)
  }

  return {
    attach: (httpServer, { isDevelopment }) => {
      // The answer that opens a line, and the first word on it, in one write: thousands may come back at once.
      httpServer.on('upgrade', (_request, socket) => {
        socket.cork()
        setImmediate(() => socket.uncork())
      })
      io.attach(httpServer, { destroyUpgrade: !isDevelopment })
      // Who is refused is told so before the line is cut.
      io.engine.on('connection_error', ({ req }: { req?: IncomingMessage }) => req?.socket?.uncork())
    },
    addLocation: (locationId) => {
      for (const sight of sights) io.local.in(everyRoomOf(sight)).socketsJoin(roomOf(locationId, sight))
    },
    publish,
    isShown: (locationId) => sights.some((sight) => io.of('/').adapter.rooms.has(roomOf(locationId, sight))),
    shown,
    onShown,
    revoke: (screenId) => {
      io.local.in(`screen:${screenId}`).emit('revoked')
      letGo(screenId)
    },
    reconnect: letGo,
    checkAll: () => {
      for (const socket of io.of('/').sockets.values()) void leaveIfRevoked(socket)
    },
    line: adapter && {
      // As bytes, which the adapter hands on as they are: a text would be written as JSON once more, and read.
      tell: (text) => {
        io.serverSideEmit('told', Buffer.from(text))
      },
      hear: (listener) => {
        io.on('told', (bytes: Buffer) => listener(bytes.toString()))
      },
    },
    close: async () => {
      clearInterval(slowTimer)
      const leaving = [...io.of('/').sockets.values()]
      const spreadMs = Math.min(longestSpreadMs, leaving.length * spreadEachMs)
      for (const socket of leaving) {
        setTimeout(() => {
          socket.emit('moving')
          // Not as from a screen that is told to leave: it comes back by itself.
          socket.conn.close()
        }, Math.random() * spreadMs)
      }
      await wait(spreadMs)
      await io.close()
    },
  }
}

/** About how much was given to a socket and not yet to the network: what its line has taken, and what waits for it. */
function waitingBytes(socket: ScreenSocket): number {
  const { transport, writeBuffer } = socket.conn as unknown as {
    transport: { socket?: { bufferedAmount: number } }
    writeBuffer: { data?: string | Buffer }[]
  }
  return writeBuffer.reduce((sum, { data }) => sum + (data?.length ?? 0), transport.socket?.bufferedAmount ?? 0)
}
