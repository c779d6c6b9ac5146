'use client'

import { lazy, Suspense } from 'react'
import { Board } from '#components/board/board.tsx'
import type { Locale } from '#components/i18n/locale.ts'
import type { OrderView } from '#domain/order-view.ts'
import type { ScreenRole } from '#domain/protocol.ts'
import type { WaitLimits } from '#domain/wait-limits.ts'
import { type BoardStore, isStaffView } from './board-store.ts'
import { useBoardStore, useSettings } from './use-board-store.ts'

/** Loaded where it is wanted: staff's boards are many, and need none of it. */
const PickupBoard = lazy(async () => ({
  default: (await import('#components/pickup/pickup-board.tsx')).PickupBoard,
}))

type Props = {
  role: ScreenRole
  build: string
  locale: Locale
  /** What the screen is, as this page was made for it; opaque. */
  settings: string
  guestsCanSee: boolean
  /** Of locations that have limits of their own. */
  limits: Readonly<Record<string, WaitLimits>>
}

/** The board of the screen that this browser is. */
export function LiveBoard({ role, guestsCanSee, limits, ...known }: Props) {
  if (role !== 'pickup') return <StaffBoard {...known} guestsCanSee={guestsCanSee} limits={limits} />
  return (
    <Suspense>
      <PickupBoard {...known} />
    </Suspense>
  )
}

function StaffBoard({ build, ...board }: Omit<Props, 'role'>) {
  const store = useBoardStore<OrderView>(build, isStaffView)
  return store && <Settled store={store} {...board} />
}

function Settled({ store, settings, ...board }: Omit<Props, 'role' | 'build'> & { store: BoardStore }) {
  useSettings(store, settings)
  return <Board screen={store} {...board} />
}
