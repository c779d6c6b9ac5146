'use client'

import { useCallback, useEffect, useRef } from 'react'
import type { Screen } from '#components/live/screen.ts'
import { useTold } from '#components/order/screen-context.tsx'
import { useNow } from '#components/ui/clock.tsx'
import type { OrderView } from '#domain/order-view.ts'
import { isQuiet, lostAfterMs } from './notices.ts'
import type { Sounds } from './sounds.ts'

/** Tells the store which snapshot is on the glass: after the frame that shows it, never before. */
export function usePaintReport<View>(screen: Pick<Screen<View>, 'painted'>, orders: readonly View[]): void {
  useEffect(() => {
    // Callbacks of a frame run before it is painted, tasks that they queue after it.
    const frame = requestAnimationFrame(() => setTimeout(() => screen.painted(orders)))
    return () => cancelAnimationFrame(frame)
  }, [screen, orders])
}

/** Sums up what the parts of a board hide, and tells the store. */
export function useHiddenReport(screen: Screen): (part: string, count: number) => void {
  const parts = useRef(new Map<string, number>())
  return useCallback(
    (part, count) => {
      parts.current.set(part, count)
      screen.hides([...parts.current.values()].reduce((sum, one) => sum + one, 0))
    },
    [screen],
  )
}

const staleSoundAfterMs = 30_000

/** The sounds of a screen that does not know what is true, and of another one that is lost. */
export function useAlarms(screen: Screen, sounds: Sounds, staleSince: number | null): void {
  const isLongStale = useNow((now) => staleSince !== null && now - staleSince >= staleSoundAfterMs)
  const told = useTold(screen)
  const lost = useNow((now) =>
    told.silentScreens
      .filter((silent) => now - Date.parse(silent.since) >= lostAfterMs)
      .map(({ id }) => id)
      .toSorted()
      .join(' '),
  )
  const heard = useRef(new Set<string>())
  useEffect(() => {
    if (isLongStale) sounds.play('stale')
  }, [isLongStale, sounds])
  useEffect(() => {
    const now = new Set(lost.split(' ').filter((id) => id !== ''))
    if ([...now].some((id) => !heard.current.has(id))) sounds.play('lost')
    heard.current = now
  }, [lost, sounds])
  useEffect(() => {
    const report = () => screen.sounds(sounds.state())
    report()
    return sounds.subscribe(report)
  }, [screen, sounds])
}

const untouchedForMs = 10_000
const reloadedFor = 'passline-reloaded-for'

/** Loads the page of a new build at a quiet moment: nothing to do, nobody touching, the server there to load it from. */
export function useNewBuild(screen: Screen, orders: readonly OrderView[], isLive: boolean): void {
  const { newBuild } = useTold(screen)
  const touchedAt = useRef(0)
  useEffect(() => {
    const note = () => {
      touchedAt.current = performance.now()
    }
    note()
    addEventListener('pointerdown', note)
    addEventListener('keydown', note)
    return () => {
      removeEventListener('pointerdown', note)
      removeEventListener('keydown', note)
    }
  }, [])
  const isMoment = useNow(
    (now) =>
      newBuild !== null && isLive && isQuiet(orders, now) && performance.now() - touchedAt.current >= untouchedForMs,
  )
  useReload(isMoment ? newBuild : null)
}

/** Loads the page of a build, once: a page that comes back as it was must not go round in circles. */
export function useReload(build: string | null): void {
  useEffect(() => {
    if (build === null || sessionStorage.getItem(reloadedFor) === build) return
    sessionStorage.setItem(reloadedFor, build)
    location.reload()
  }, [build])
}
