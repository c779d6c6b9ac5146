'use client'

import { useEffect, useState, useSyncExternalStore } from 'react'
import { Board } from '#components/board/board.tsx'
import type { Locale } from '#components/i18n/locale.ts'
import type { WaitLimits } from '#domain/wait-limits.ts'
import { type BoardStore, createBoardStore } from './board-store.ts'
import { browserSurroundings } from './surroundings.ts'

type Props = {
  build: string
  locale: Locale
  /** What the screen is, as this page was made for it; opaque. */
  settings: string
  guestsCanSee: boolean
  /** Of locations that have limits of their own. */
  limits: Readonly<Record<string, WaitLimits>>
}

/** The board of the screen that this browser is. The connection lives as long as the page. */
export function LiveBoard({ build, ...board }: Props) {
  const [store, setStore] = useState<BoardStore | null>(null)
  useEffect(() => {
    const opened = createBoardStore(build, browserSurroundings())
    setStore(opened)
    return () => opened.stop()
  }, [build])
  return store && <Settled store={store} {...board} />
}

/** A screen that got other work or another place begins anew. */
function Settled({ store, settings, ...board }: Omit<Props, 'build'> & { store: BoardStore }) {
  const now = useSyncExternalStore(store.subscribe, store.settings, store.settings)
  useEffect(() => {
    if (now !== null && now !== settings) location.reload()
  }, [now, settings])
  return <Board screen={store} {...board} />
}
