/**
 * Live screens over Socket.IO. Every room comes from the verified token, never from a message;
 * a screen joins its rooms first and reads the backlog then, and tolerates what it gets twice.
 */
import type { Server as HttpServer } from 'node:http'
import type { Logger } from 'pino'
import { type DefaultEventsMap, Server, type Socket } from 'socket.io'
import type { z } from 'zod'
import type { Backlog } from '#domain/board.ts'
import {
  type AnyView,
  type Beat,
  type BeatAnswer,
  beatSchema,
  type ClientToServer,
  type Follow,
  followSchema,
  type ProtocolError,
  type ServerToClient,
} from '#domain/protocol.ts'
import type { Identified, Identify } from '../screen-access.ts'
import { isOwnOrigin } from '../screen-token.ts'
import type { CommittedChange } from '../store/batch.ts'
import type { Boards } from '../store/boards.ts'
import type { Screens } from '../store/screens.ts'
import type { Failure } from '../store/writer.ts'
import type { ReadBacklog } from './backlog.ts'
import type { Epochs } from './epochs.ts'
import { type Sight, sightOf, viewOf } from './sight.ts'

type ScreenSocket = Socket<ClientToServer, ServerToClient, DefaultEventsMap, Identified>

type Settings = {
  boards: Boards
  screens: Screens
  identify: Identify
  backlog: ReadBacklog
  epochs: Epochs
  failure: () => Failure | null
  build: string
  now: () => number
  log: Logger
}

export type Live = {
  attach: (httpServer: HttpServer, options: { isDevelopment: boolean }) => void
  /** Sends committed changes to the screens of their locations. */
  publish: (changes: readonly CommittedChange[]) => void
  /** Tells a screen's browsers that they no longer are that screen, and lets them go. */
  revoke: (screenId: string) => void
  /** Tells the screens that the server is going away, and lets them go. */
  close: () => Promise<void>
}

const roomOf = (locationId: string, sight: Sight) => `location:${locationId}:${sight}`
const everyRoomOf = (sight: Sight) => `every:${sight}`

export function createLive({ boards, screens, identify, backlog, epochs, failure, build, now, log }: Settings): Live {
  const io = new Server<ClientToServer, ServerToClient, DefaultEventsMap, Identified>({
    path: '/socket.io',
    transports: ['websocket'],
    serveClient: false,
    perMessageDeflate: false,
    maxHttpBufferSize: 64 * 1024,
    connectTimeout: 10_000,
    pingInterval: 10_000,
    pingTimeout: 10_000,
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
    void socket.join(`screen:${screen.id}`)
    void leaveIfRevoked(socket)
    if (screen.everyLocation) void socket.join(everyRoomOf(sightOf(screen.role)))
    socket.on('follow', (cursors, answer) => answerTo(followSchema, cursors, answer, (asked) => follow(socket, asked)))
    socket.on('beat', (beat, answer) => answerTo(beatSchema, beat, answer, (asked) => answerBeat(socket, asked)))
  })

  /** A screen that was revoked while its socket was being opened was in no room yet to hear of it. */
  async function leaveIfRevoked(socket: ScreenSocket): Promise<void> {
    try {
      if (await screens.authenticate(socket.data.token)) return
      socket.emit('revoked')
      socket.disconnect(true)
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

  /** The locations that a screen may see now. */
  async function locationsOf(socket: ScreenSocket): Promise<readonly string[]> {
    if (!socket.data.screen.everyLocation) return socket.data.screen.locations
    const screen = await screens.authenticate(socket.data.token)
    return screen?.locations ?? []
  }

  /** Asked for nothing by name, it answers for all of the screen's locations. */
  async function follow(socket: ScreenSocket, asked: Follow): Promise<Record<string, Backlog<AnyView>>> {
    const sight = sightOf(socket.data.screen.role)
    const locations = await locationsOf(socket)
    await socket.join(locations.map((locationId) => roomOf(locationId, sight)))
    const named = Object.keys(asked)
    const wanted = named.length === 0 ? locations : locations.filter((locationId) => Object.hasOwn(asked, locationId))
    const answers: Record<string, Backlog<AnyView>> = {}
    for (const locationId of wanted) {
      answers[locationId] = await backlog(locationId, sight, asked[locationId] ?? null)
    }
    return answers
  }

  async function answerBeat(socket: ScreenSocket, { n }: Beat): Promise<BeatAnswer> {
    const sight = sightOf(socket.data.screen.role)
    const locations = await locationsOf(socket)
    const heads = await boards.heads(locations)
    const failing = failure()
    return {
      n,
      serverTime: new Date(now()).toISOString(),
      storing: failing === null ? true : { failingSince: new Date(failing.since).toISOString() },
      locations: Object.fromEntries(
        locations.map((locationId) => {
          const head = heads.get(locationId)
          return [
            locationId,
            {
              epoch: epochs(locationId, sight),
              seq: head?.seq ?? 0,
              checksum: head?.checksum ?? 0,
              lastWebhookAt: head?.lastWebhookAt?.toISOString() ?? null,
            },
          ]
        }),
      ),
      silentScreens: [],
      build,
    }
  }

  function publish(changes: readonly CommittedChange[]): void {
    const { rooms } = io.of('/').adapter
    for (const { locationId, seq, order } of changes) {
      for (const sight of ['staff', 'pickup'] as const) {
        const room = roomOf(locationId, sight)
        // A location's first change: the screens that follow every location follow it from here on.
        if (seq === 1) io.in(everyRoomOf(sight)).socketsJoin(room)
        if (!rooms.has(room)) continue
        io.to(room).emit('change', { locationId, epoch: epochs(locationId, sight), seq, order: viewOf[sight](order) })
      }
    }
  }

  return {
    attach: (httpServer, { isDevelopment }) => io.attach(httpServer, { destroyUpgrade: !isDevelopment }),
    publish,
    revoke: (screenId) => {
      io.in(`screen:${screenId}`).emit('revoked')
      io.in(`screen:${screenId}`).disconnectSockets(true)
    },
    close: async () => {
      io.emit('moving')
      await io.close()
    },
  }
}
