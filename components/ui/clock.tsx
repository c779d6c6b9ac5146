'use client'

import { createContext, type ReactNode, useContext, useState, useSyncExternalStore } from 'react'

/** One tick a second for a whole board. Between two ticks `now` stands still. */
export type Clock = {
  subscribe(listener: () => void): () => void
  /** Epoch milliseconds. */
  now(): number
}

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

export function ClockProvider({ readNow, children }: { readNow: () => number; children: ReactNode }) {
  const [clock] = useState(() => createClock(readNow))
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
