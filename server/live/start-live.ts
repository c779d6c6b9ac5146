/** All that keeps screens right, and knows when they are not: composed in one place. */
import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { type Alarms, startAlarms } from '../alarms.ts'
import type { Duty } from '../duty.ts'
import type { Metrics } from '../metrics.ts'
import type { Identify } from '../screen-access.ts'
import type { CommittedChange } from '../store/batch.ts'
import type { Store } from '../store/store.ts'
import type { IsOwnOrigin } from '../web-rules.ts'
import { createBacklog, type ReadBacklog } from './backlog.ts'
import { type AnswerBeat, createAnswerBeat } from './beats.ts'
import { createChangeTimes } from './change-times.ts'
import { createEpochs } from './epochs.ts'
import { type Gaps, watchGaps } from './gaps.ts'
import { createMissedOrders } from './missed-orders.ts'
import { digestOf, followOpenOrders, type OpenOrders, type OrderDigest } from './open-orders.ts'
import { joinPeers, type Line, type Message, tellEveryMs } from './peers.ts'
import { createRecentChanges } from './recent-changes.ts'
import type { Redis } from './redis.ts'
import { createScreenHealth, type ScreenHealth } from './screen-health.ts'
import { shareHeads } from './shared-heads.ts'
import { createSockets, type Sockets } from './sockets.ts'
import { type UsualGaps, watchUsualGaps } from './usual-gaps.ts'

export type Live = {
  sockets: Pick<Sockets, 'attach'>
  /** Lets a screen's browsers go, wherever they are connected: it was revoked, or has other work or another place. */
  letGo: (screenId: string, isRevoked: boolean) => void
  backlog: ReadBacklog
  answerBeat: AnswerBeat
  health: ScreenHealth
  gaps: Gaps
  usualGaps: UsualGaps
  openOrders: OpenOrders
  alarms: Alarms
  /** After each commit, in order. */
  onCommitted: (changes: readonly CommittedChange[]) => void
  /** A webhook of this location was stored. */
  onWebhook: (locationId: string) => void
  stop: () => Promise<void>
}

type Settings = {
  store: Store
  identify: Identify
  isOwnOrigin: IsOwnOrigin
  metrics: Metrics
  alertUrl: string | null
  heartbeatUrl: string | null
  build: string
  /** Over which the other servers hear us; null: there are none. */
  redis: Redis | null
  duty: Duty
  now: () => number
  log: Logger
}

/** What was changed by servers that could not tell us is looked for this often. */
const catchUpEveryMs = 5_000
/** Alone, only a commit that took place and was taken for failed leaves something to find. */
const catchUpAloneEveryMs = 60_000

export async function startLive(settings: Settings): Promise<Live> {
  const { store, identify, isOwnOrigin, metrics, alertUrl, heartbeatUrl, build, redis, duty, now, log } = settings
  const { boards, screens, watchkeeping, revisions, writer, isAlone } = store
  const { failure } = writer
  const { isMine } = duty
  // Without Redis there is nobody to hear us.
  const isLinked = () => redis === null || redis.isLinked()
  const epochs = createEpochs(revisions.history)
  const changeTimes = createChangeTimes()
  const headsOf = shareHeads(boards.heads)
  const recent = createRecentChanges()
  const backlog = createBacklog({ boards, headsOf, recent, epochs, now })
  const gaps = await watchGaps({ watchkeeping, revisions, writer, now, log })
  const usualGaps = await watchUsualGaps({ watchkeeping, isMine, now, log })
  const openOrders = await followOpenOrders(boards)
  const health = createScreenHealth({
    screens,
    boards,
    receivedAt: changeTimes.receivedAt,
    onPainted: (afterMs) => metrics.paintSeconds.observe(afterMs / 1000),
    isAlone,
    isLinked,
    now,
    log,
  })
  await health.look()
  const onDiverged = () => metrics.divergences.inc()
  const answerBeat = createAnswerBeat({ headsOf, epochs, health, gaps, usualGaps, failure, onDiverged, build, now })
  const adapter = redis?.adapter ?? null
  const sockets = createSockets({ screens, identify, isOwnOrigin, backlog, answerBeat, epochs, adapter, metrics, log })
  const alarms = startAlarms({ alertUrl, heartbeatUrl, health, openOrders, failure, isMine, metrics, now, log })

  const missed = createMissedOrders({
    boards,
    isShown: sockets.isShown,
    isKnown: changeTimes.isWhole,
    publish: (orders) =>
      sockets.publish(orders.map((order) => ({ locationId: order.locationId, seq: order.seq, order }))),
    onFailed: noteAway,
  })

  /** A location's first change: it is new. */
  function noteNew(locationId: string, seq: number): void {
    if (seq !== 1) return
    screens.noteNewLocation()
    sockets.addLocation(locationId)
  }

  /** Changes that another server has stored, as all are told of them. */
  function noteDigests(digests: readonly OrderDigest[]): void {
    for (const [locationId, , seq] of digests) noteNew(locationId, seq)
    const received = digests.map(([locationId, , seq, at]) => ({ locationId, seq, at }))
    changeTimes.note(received, false)
    openOrders.note(digests)
    missed.note(digests)
  }

  /** Changes that we have stored, and those of others that we show. */
  function noteWhole(changes: readonly CommittedChange[]): void {
    for (const { locationId, seq } of changes) noteNew(locationId, seq)
    changeTimes.note(changes, true)
    recent.note(changes)
    sockets.publish(changes)
  }

  function letGoHere({ screenId, isRevoked }: NonNullable<Message['letGo']>): void {
    if (isRevoked) sockets.revoke(screenId)
    else sockets.reconnect(screenId)
  }

  function letGo(screenId: string, isRevoked: boolean): void {
    letGoHere({ screenId, isRevoked })
    peers.tell({ letGo: { screenId, isRevoked } })
  }

  const line = redis && sockets.line && lineOf(sockets.line, redis)
  const peers = joinPeers(
    line,
    revisions.history,
    ({ changes, digests, heard, webhooks, letGo: gone }) => {
      if (changes) noteWhole(changes)
      if (digests) noteDigests(digests)
      if (heard) health.hear(heard)
      for (const [locationId, count] of webhooks ?? []) usualGaps.hear(locationId, count)
      // It comes back as what the database says of it now.
      if (gone) void revisions.look().then(() => letGoHere(gone), noteAway)
    },
    log,
  )

  if (line) sockets.onShown((locationIds) => peers.tellShown(locationIds, false))

  /** Webhooks that were stored since the others were told. */
  let webhooks = new Map<string, number>()

  /** What comes too often to be told one by one. */
  function tellOthers(): void {
    const heard = health.takeNews()
    if (heard.length > 0 || webhooks.size > 0) peers.tell({ heard, webhooks: [...webhooks] })
    webhooks = new Map()
    if (line) peers.tellShown(sockets.shown(), true)
    if (!isLinked()) usualGaps.missSome()
  }

  function noteAway(error: unknown): void {
    log.debug({ err: error }, 'what other servers changed could not be read')
  }

  const catchUp = () => openOrders.catchUp().catch(noteAway)
  const timers = isAlone
    ? [setInterval(catchUp, catchUpAloneEveryMs)]
    : [setInterval(tellOthers, tellEveryMs), setInterval(catchUp, catchUpEveryMs)]
  // Where nothing told us, what others changed is found here.
  revisions.follow('screens', sockets.checkAll)
  revisions.follow('history', () => {
    log.warn('this is another database now, or it was restored: every screen begins anew')
    recent.forget()
    changeTimes.forget()
    openOrders.forget()
  })
  return {
    sockets,
    letGo,
    backlog,
    answerBeat,
    health,
    gaps,
    usualGaps,
    openOrders,
    alarms,
    onCommitted: (changes) => {
      const digests = changes.map(digestOf)
      openOrders.note(digests)
      noteWhole(changes)
      if (redis?.isLinked()) peers.tellChanges(changes, digests)
    },
    onWebhook: (locationId) => {
      usualGaps.hear(locationId)
      if (!isAlone) webhooks.set(locationId, (webhooks.get(locationId) ?? 0) + 1)
    },
    stop: async () => {
      for (const timer of timers) clearInterval(timer)
      alarms.stop()
      usualGaps.stop()
      peers.tellWaiting()
      await sockets.close()
      await health.stop()
      await gaps.stop()
    },
  }
}

function lineOf(toAll: Pick<Line, 'tell' | 'hear'>, redis: Redis): Line {
  const id = randomUUID()
  return {
    id,
    tell: toAll.tell,
    tellOne: redis.tellOne,
    hear: (listener) => {
      toAll.hear(listener)
      redis.hearOwn(id, listener)
    },
  }
}
