'use client'

import { createContext, useContext, useSyncExternalStore } from 'react'
import type { Connection, Screen, Told } from '#components/live/screen.ts'
import type { OrderView } from '#domain/order-view.ts'
import type { WaitLimits } from '#domain/wait-limits.ts'

export type ScreenAround = {
  screen: Screen
  /** What opens a hand-off shows only where somebody asked for it. */
  guestsCanSee: boolean
  limitsOf: (locationId: string) => WaitLimits
  /** Told when this screen handed an order over, so that the board can offer to take it back. */
  onHandedOver: (order: OrderView) => void
  /** Told how many of its orders a part of the board hides. */
  onHidden: (part: string, count: number) => void
}

export const ScreenContext = createContext<ScreenAround | null>(null)

export function useScreen(): ScreenAround {
  const around = useContext(ScreenContext)
  if (!around) throw new Error('orders are shown inside a board')
  return around
}

/** What `select` makes of what the server tells around the boards; renders again only when that changes. */
export function useOfTold<Shown extends string | number | boolean | null>(select: (told: Told) => Shown): Shown {
  const { screen } = useScreen()
  const read = () => select(screen.told())
  return useSyncExternalStore(screen.subscribe, read, read)
}

/** All that the server tells around the boards. */
export function useTold(screen: Pick<Screen, 'subscribe' | 'told'>): Told {
  return useSyncExternalStore(screen.subscribe, screen.told, screen.told)
}

/** Until when the board is proven true, epoch milliseconds; null while it is. */
export const ProvenContext = createContext<number | null>(null)

/** Since when nothing is proven, for a connection that says so. */
export function staleSince(connection: Connection): number | null {
  return connection.kind === 'not-live' || connection.kind === 'not-storing' ? connection.since : null
}
