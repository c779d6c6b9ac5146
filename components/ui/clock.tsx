'use client'

import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react'

/** One tick a second for a whole board. Between two ticks `now` stands still. */
export type Clock = {
  subscribe(listener: () => void): () => void
  /** Epoch milliseconds. */
  now(): number
  /** Ticks at once if the time was set meanwhile. */
  look(): void
}

/** More than this between the time that is shown and the time that it is: it was set. */
const jumpMs = 2_000

/**
 * A clock that runs while somebody listens.
 * @param readNow the time to show, epoch milliseconds
 */
export function createClock(readNow: () => number): Clock {
  const listeners = new Set<() => void>()
  let now = readNow()
  let ticking: ReturnType<typeof setInterval> | undefined

  function tick(): void {
    now = readNow()
    for (const listener of listeners) listener()
  }

  return {
    now: () => now,
    look: () => {
      if (Math.abs(readNow() - now) >= jumpMs) tick()
    },
    subscribe(listener) {
      listeners.add(listener)
      ticking ??= setInterval(tick, 1000)
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0) return
        clearInterval(ticking)
        ticking = undefined
      }
    },
  }
}

const ClockContext = createContext<Clock | null>(null)

type Props = {
  readNow: () => number
  /** Calls back whenever `readNow` may tell another time. */
  subscribe: (listener: () => void) => () => void
  children: ReactNode
}

export function ClockProvider({ readNow, subscribe, children }: Props) {
  const [clock] = useState(() => createClock(readNow))
  useEffect(() => subscribe(clock.look), [subscribe, clock])
  return <ClockContext value={clock}>{children}</ClockContext>
}

/**
 * What `select` makes of the time. The component renders again only when that changes,
 * so select what is shown (minutes, a state), never the time itself.
 */
export function useNow<Shown extends string | number | boolean | null>(select: (now: number) => Shown): Shown {
  const clock = useContext(ClockContext)
  if (!clock) throw new Error('useNow needs a ClockProvider around it')
  const shown = () => select(clock.now())
  return useSyncExternalStore(clock.subscribe, shown, shown)
}
