'use client'

import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { directionOf, type Locale } from '#components/i18n/locale.ts'
import type { Screen } from '#components/live/screen.ts'
import { timesOf } from '#components/order/order-times.ts'
import { ProvenContext, type ScreenAround, ScreenContext, staleSince } from '#components/order/screen-context.tsx'
import { ClockProvider, useNow } from '#components/ui/clock.tsx'
import type { OrderView } from '#domain/order-view.ts'
import { usualWaitLimits, type WaitLimits } from '#domain/wait-limits.ts'
import styles from './board.module.css'
import { BoardHeader } from './board-header.tsx'
import { isStale } from './connection-words.ts'
import { DepartedLane } from './departed-lane.tsx'
import { LaneColumn } from './lane-column.tsx'
import { isLater, orderKey } from './lane-order.ts'
import { createLaneStore } from './lane-store.ts'
import { NoticeBar } from './notice-bar.tsx'
import { Revoked } from './revoked.tsx'
import { createSounds, type Sounds } from './sounds.ts'
import { type HandedOver, UndoBar } from './undo-bar.tsx'
import { useAlarms, useHiddenReport, useNewBuild, usePaintReport } from './use-screen-duties.ts'

type Props = {
  screen: Screen
  locale: Locale
  guestsCanSee: boolean
  /** Of locations that have limits of their own. */
  limits: Readonly<Record<string, WaitLimits>>
}

/** The whole screen: every order of its locations, in the lanes of what staff must do. */
export function Board({ screen, ...look }: Props) {
  const [sounds, setSounds] = useState<Sounds | null>(null)
  useEffect(() => {
    const made = createSounds()
    setSounds(made)
    return () => made.stop()
  }, [])
  return (
    <ClockProvider readNow={screen.serverNow} subscribe={screen.subscribe}>
      {sounds && <Lanes screen={screen} {...look} sounds={sounds} />}
    </ClockProvider>
  )
}

const none: readonly OrderView[] = []

function Lanes({ screen, locale, guestsCanSee, limits, sounds }: Props & { sounds: Sounds }) {
  const connection = useSyncExternalStore(screen.subscribe, screen.connection, screen.connection)
  const store = useMemo(() => createLaneStore(screen), [screen])
  const lanes = useSyncExternalStore(store.subscribe, store.lanes, store.lanes)
  const [recent, setRecent] = useState<readonly HandedOver[]>([])

  const onHidden = useHiddenReport(screen)
  usePaintReport(screen, lanes.all)
  useAlarms(screen, sounds, staleSince(connection))
  useNewBuild(screen, lanes.all, connection.kind === 'live')

  const around = useMemo<ScreenAround>(
    () => ({
      screen,
      guestsCanSee,
      limitsOf: (locationId) => limits[locationId] ?? usualWaitLimits,
      onHidden,
      onHandedOver: (order) => {
        const handedOver = { key: orderKey(order), at: screen.serverNow(), seq: order.seq }
        setRecent((before) => [...before.slice(-9), handedOver])
      },
    }),
    [screen, guestsCanSee, limits, onHidden],
  )

  const isRevoked = connection.kind === 'revoked'
  const laterCount = useNow((now) => lanes.preparing.filter((order) => isLater(order, now)).length)
  const [preparing, later] = useLater(lanes.preparing, laterCount)
  const { confusable } = lanes
  const isKnown =
    connection.kind === 'live' ||
    connection.kind === 'live-slow' ||
    (connection.kind === 'catching-up' && lanes.all.length > 0)

  return (
    <ScreenContext value={around}>
      <ProvenContext value={staleSince(connection)}>
        <div
          className={styles.board}
          lang={locale}
          dir={directionOf(locale)}
          data-stale={isStale(connection)}
          data-connection-kind={connection.kind}
        >
          <BoardHeader connection={connection} locations={isRevoked ? 0 : lanes.locations} />
          {isRevoked ? (
            <Revoked />
          ) : (
            <main className={styles.lanes}>
              <LaneColumn lane="attention" orders={lanes.attention} {...{ later: none, confusable, isKnown }} />
              <LaneColumn lane="driver_here" orders={lanes.driver_here} {...{ later: none, confusable, isKnown }} />
              <LaneColumn lane="ready" orders={lanes.ready} {...{ later: none, confusable, isKnown }} />
              <LaneColumn lane="preparing" orders={preparing} {...{ later, confusable, isKnown }} />
              <div className={styles.departed}>
                <DepartedLane lane="on_the_way" orders={lanes.on_the_way} isKnown={isKnown} />
                <DepartedLane lane="done" orders={lanes.done} isKnown={isKnown} />
              </div>
            </main>
          )}
          {!isRevoked && <NoticeBar screen={screen} orders={lanes.all} sounds={sounds} />}
          {!isRevoked && <UndoBar recent={recent} orders={lanes.all} />}
        </div>
      </ProvenContext>
    </ScreenContext>
  )
}

/** The orders to make now, and those for later by when to start them. */
function useLater(preparing: readonly OrderView[], laterCount: number): [readonly OrderView[], readonly OrderView[]] {
  return useMemo(() => {
    if (laterCount === 0) return [preparing, none]
    const startOf = (order: OrderView) => timesOf(order).start ?? 0
    const later = preparing.toSorted((one, other) => startOf(one) - startOf(other)).slice(-laterCount)
    return [preparing.filter((order) => !later.includes(order)), later]
  }, [preparing, laterCount])
}
