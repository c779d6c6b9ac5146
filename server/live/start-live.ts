/** All that keeps screens right, and knows when they are not: composed in one place. */
import type { Logger } from 'pino'
import { type Alarms, startAlarms } from '../alarms.ts'
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
import { followOpenOrders, type OpenOrders } from './open-orders.ts'
import { createRecentChanges } from './recent-changes.ts'
import { createScreenHealth, type ScreenHealth } from './screen-health.ts'
import { shareHeads } from './shared-heads.ts'
import { createSockets, type Sockets } from './sockets.ts'
import { type UsualGaps, watchUsualGaps } from './usual-gaps.ts'

export type Live = {
  sockets: Sockets
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
  now: () => number
  log: Logger
}

export async function startLive(settings: Settings): Promise<Live> {
  const { store, identify, isOwnOrigin, metrics, alertUrl, heartbeatUrl, build, now, log } = settings
  const { boards, screens, watchkeeping, writer } = store
  const { failure } = writer
  const epochs = createEpochs()
  const changeTimes = createChangeTimes()
  const headsOf = shareHeads(boards.heads)
  const recent = createRecentChanges()
  const backlog = createBacklog({ boards, headsOf, recent, epochs, now })
  const gaps = await watchGaps({ watchkeeping, writer, now, log })
  const usualGaps = await watchUsualGaps({ watchkeeping, now, log })
  const openOrders = await followOpenOrders(boards)
  const health = createScreenHealth({
    screens,
    boards,
    receivedAt: changeTimes.receivedAt,
    onPainted: (afterMs) => metrics.paintSeconds.observe(afterMs / 1000),
    now,
    log,
  })
  await health.look()
  const onDiverged = () => metrics.divergences.inc()
  const answerBeat = createAnswerBeat({ headsOf, epochs, health, gaps, usualGaps, failure, onDiverged, build, now })
  const sockets = createSockets({ screens, identify, isOwnOrigin, backlog, answerBeat, epochs, metrics, log })
  const alarms = startAlarms({ alertUrl, heartbeatUrl, health, openOrders, failure, metrics, now, log })
  return {
    sockets,
    backlog,
    answerBeat,
    health,
    gaps,
    usualGaps,
    openOrders,
    alarms,
    onCommitted: (changes) => {
      // A location's first change: it is new.
      if (changes.some(({ seq }) => seq === 1)) screens.noteNewLocation()
      changeTimes.note(changes)
      openOrders.note(changes)
      recent.note(changes)
      sockets.publish(changes)
    },
    onWebhook: usualGaps.hear,
    stop: async () => {
      alarms.stop()
      usualGaps.stop()
      await sockets.close()
      await health.stop()
      await gaps.stop()
    },
  }
}
