/** Starts all in order, stops it in reverse. */
import { timingSafeEqual } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { Server as SecureServer } from 'node:https'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from 'pino'
import { errorAnswer } from './answer.ts'
import { createBodyReader } from './body.ts'
import type { Config } from './config.ts'
import { controlSocket, openControl } from './control.ts'
import { followRequests } from './draining.ts'
import { startDuty } from './duty.ts'
import { type Forgetting, startForgetting } from './forgetting.ts'
import { createHttpServer } from './http.ts'
import { openRedis } from './live/redis.ts'
import { type Live, startLive } from './live/start-live.ts'
import { watchLoop } from './loop-watch.ts'
import type { Accounts } from './managers/accounts.ts'
import { createManagement } from './managers/management.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { allowedPerMinute, createRateLimits } from './rate-limit.ts'
import { createReceiveUpdate } from './receive-update.ts'
import { provideRuntime } from './runtime.ts'
import { createIdentify } from './screen-access.ts'
import { createScreenRequests } from './screen-requests.ts'
import { keepSecretUses } from './secret-uses.ts'
import { createSigners } from './signers.ts'
import { hashOf } from './store/credentials.ts'
import { openStore, type Store } from './store/store.ts'
import { type Sweeper, startSweeper } from './sweeper.ts'
import { followTls, readTls } from './tls.ts'
import { createIsOwnOrigin } from './web-rules.ts'

export type Passline = {
  store: Store
  accounts: Accounts
  live: Live
  metrics: Metrics
  sweeper: Sweeper
  forgetting: Forgetting
  /** The port that it listens on. */
  port: number
  /** The address that people open, without a slash at its end. */
  address: string
  /** Answers what is under way, stores what is waiting, and closes everything. */
  stop: () => Promise<void>
}

type Settings = {
  config: Config
  log: Logger
  /** Next's development server: pages are built as they are asked for. */
  isDevelopment?: boolean
  /** Off, webhooks take Next's way instead of the fast lane in front of it. */
  fastLane?: boolean
  now?: () => number
}

/** A proxy that asks every second whether a server is ready finds out that it is not, and sends nothing more to it. */
const foundOutWithinMs = 1_200

/** For a stop: what is under way is answered within the first, and after the screens have left, the rest within the other. */
const answerWithinMs = 1_300
const closeWithinMs = 500

/** Connections that may wait to be taken: all screens of a chain may come back at one moment. The system may allow less. */
const backlog = 4_096

/** Who waited longer than this to be read has been told by its own clock. */
const tooLongMs = 2_000

/** @throws when the database cannot be opened, or the port is taken */
export async function startPassline({
  config,
  log,
  isDevelopment = false,
  fastLane = true,
  now: ownClock = Date.now,
}: Settings): Promise<Passline> {
  const certificate = config.tls && readTls(config.tls)
  const metrics = createMetrics()
  let live: Live | null = null
  const store = await openStore({
    databaseUrl: config.databaseUrl,
    dataFolder: config.dataFolder,
    secretKey: config.secretKey,
    timeZone: config.timeZone,
    now: ownClock,
    log,
    metrics,
    onCommitted: (changes) => live?.onCommitted(changes),
  })
  const { boards, credentials, screens, writer, now } = store
  const redis = config.redisUrl === null ? null : openRedis(config.redisUrl, now, log)
  if (redis) {
    metrics.gauge('passline_redis', '1 while the servers hear each other over Redis, else 0', () =>
      Number(redis.isLinked()),
    )
  }
  const createRateLimit = createRateLimits(redis)
  const duty = await startDuty(store.isAlone ? null : store.leases, log)
  const { isMine } = duty
  if (!redis && !isMine()) {
    log.warn('another server uses this database, or was killed a moment ago: several are to be joined by REDIS_URL')
  }
  const build = buildId()
  const isSecure = config.publicUrl?.startsWith('https:') ?? config.tls !== null
  const identify = createIdentify(screens, isSecure, config.isBoardOpen ? await openToken(screens) : null)
  const { alertUrl, heartbeatUrl } = config
  const isOwnOrigin = createIsOwnOrigin(config.publicUrl, config.tls !== null, config.isBoardOpen)
  const started = await startLive({
    store,
    identify,
    isOwnOrigin,
    metrics,
    alertUrl,
    heartbeatUrl,
    build,
    redis,
    duty,
    now,
    log,
  })
  live = started
  const loop = watchLoop(tooLongMs, (lagMs) => metrics.lagSeconds.observe(lagMs / 1000))
  const bodies = createBodyReader()
  const { receiveUpdate, replay } = createReceiveUpdate({
    credentials,
    failedAttempts: createRateLimit('failed-authentications', allowedPerMinute.failedAuthentications),
    signers: createSigners(now),
    writer,
    loop,
    metrics,
    onWebhook: started.onWebhook,
    now,
    log,
  })
  /** Known when it listens. */
  let address = ''
  let isStopping = false
  const { accounts, administration, managerRequests } = createManagement({
    store,
    replay,
    address: () => address,
    isSecure,
    onRevoked: (screenId) => started.letGo(screenId, true),
    onMoved: (screenId) => started.letGo(screenId, false),
    createRateLimit,
    metrics,
    now,
    log,
  })
  provideRuntime({
    receiveUpdate,
    managerRequests,
    screenRequests: createScreenRequests({
      ...started,
      ...store,
      identify,
      now,
      isSecure,
      log,
    }),
    screenOf: async (cookie) => (await identify({ cookie }))?.screen ?? null,
    bodyOf: bodies.ofWeb,
    nothingHere: () => errorAnswer('not_found', 'there is nothing at this address'),
    storing: () => {
      const failure = writer.failure()
      return failure ? { failingSince: new Date(failure.since).toISOString(), reason: failure.reason } : true
    },
    redis: () => {
      const since = redis?.awaySince() ?? null
      return since === null ? redis !== null : { awaySince: new Date(since).toISOString() }
    },
    metrics: async (authorization) => {
      if (config.metricsToken !== null && !isBearer(authorization, config.metricsToken))
        return errorAnswer('unauthorized', 'METRICS_TOKEN is asked for here')
      return { status: 200, headers: { 'content-type': metrics.contentType }, body: await metrics.text() }
    },
    isReady: async () =>
      !isStopping &&
      // Not asked while it fails: a database that hangs would let who asks us wait.
      writer.failure() === null &&
      boards.answers().then(
        () => writer.failure() === null,
        () => false,
      ),
    timeZone: config.timeZone,
    address: () => address,
    isSecure,
    build,
  })
  const sweeper = startSweeper({ boards, writer, isMine, now, log })
  const { keepPeopleMs, keepFactsMs } = config
  const { past, retired } = store
  const forgetting = startForgetting({ past, retired, writer, keepPeopleMs, keepFactsMs, isMine, now, metrics, log })
  const secretUses = keepSecretUses({ credentials, writer, now })
  await sweeper.sweepAll()

  const app = await prepareNext(config, isDevelopment)
  const server = createHttpServer({
    receiveUpdate,
    bodies,
    next: app.getRequestHandler(),
    log,
    fastLane,
    isOwnOrigin,
    isScreen: (headers) =>
      identify(headers).then(
        (identified) => identified !== null,
        () => false,
      ),
    isSecure,
    isDevelopment,
    certificate,
    trustedProxies: config.trustedProxies,
    createRateLimit,
  })
  started.sockets.attach(server, { isDevelopment })
  const requests = followRequests(server)
  if (isDevelopment) server.on('upgrade', developmentUpgrade(app.getUpgradeHandler()))

  const endTls = config.tls && server instanceof SecureServer ? followTls(config.tls, server, log) : null
  let control: { close: () => void } | null = null
  /** In this order: not ready, no new connection, what is under way answered and published, the screens gone, all closed. */
  async function stop(): Promise<void> {
    isStopping = true
    control?.close()
    endTls?.()
    sweeper.stop()
    loop.stop()
    // Where there are others to send to.
    if (redis) await wait(foundOutWithinMs)
    await requests.drain(answerWithinMs)
    await started.stop()
    await requests.close(closeWithinMs)
    await secretUses.stop()
    await forgetting.stop()
    await duty.stop()
    redis?.stop()
    await store.close()
    await app.close()
  }

  try {
    const port = await listen(server, config)
    address = config.publicUrl ?? `${config.tls ? 'https' : 'http'}://localhost:${port}`
    control = await openControl(controlSocket(config.dataFolder), administration)
    return { store, accounts, live: started, metrics, sweeper, forgetting, port, address, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** In constant time. */
function isBearer(authorization: string | null, token: string): boolean {
  return timingSafeEqual(Buffer.from(hashOf(authorization ?? '')), Buffer.from(hashOf(`Bearer ${token}`)))
}

/** The token of the screen that every browser is when the board is open. */
async function openToken(screens: Store['screens']): Promise<string> {
  const { token } = await screens.add({ name: 'Demo', role: 'kitchen', locations: 'every' })
  return token
}

/** Next needs `NODE_ENV` to be what it is told by `dev`, and reads it when it is loaded. */
async function prepareNext(config: Config, isDevelopment: boolean) {
  Object.assign(process.env, { NODE_ENV: isDevelopment ? 'development' : 'production' })
  const { default: next } = await import('next')
  const app = next({ dev: isDevelopment, dir: process.cwd(), hostname: config.host, port: config.port })
  await app.prepare()
  return app
}

type UpgradeHandler = ReturnType<Awaited<ReturnType<typeof prepareNext>>['getUpgradeHandler']>

/** In development Next's own socket reloads the pages; everything of Socket.IO's is not for Next. */
function developmentUpgrade(upgrade: UpgradeHandler): (...parameters: Parameters<UpgradeHandler>) => void {
  return (request, socket, head) => {
    if (!request.url?.startsWith('/socket.io')) void upgrade(request, socket, head)
  }
}

function listen(server: Server, { port, host }: Config): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host, backlog }, () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
}

/** The name of the pages' build: a screen on another one is on old pages. */
function buildId(): string {
  const file = path.resolve('.next/BUILD_ID')
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : 'development'
}
