'use client'

import { useEffect, useState, useSyncExternalStore } from 'react'
import type { BoardOrder } from '#domain/board.ts'
import { type BoardStore, createBoardStore } from './board-store.ts'
import { browserSurroundings } from './surroundings.ts'

/** The connection of the screen that this browser is; it lives as long as the page. Null until the page is awake. */
export function useBoardStore<View extends BoardOrder>(
  build: string,
  isView: (order: BoardOrder) => boolean,
): BoardStore<View> | null {
  const [store, setStore] = useState<BoardStore<View> | null>(null)
  useEffect(() => {
    const opened = createBoardStore<View>(build, browserSurroundings(), isView)
    setStore(opened)
    return () => opened.stop()
  }, [build, isView])
  return store
}

/**
 * A screen that got other work or another place begins anew.
 * @param settings what the screen is, as this page was made for it; opaque
 */
export function useSettings(
  { subscribe, settings: read }: Pick<BoardStore, 'subscribe' | 'settings'>,
  settings: string,
): void {
  const now = useSyncExternalStore(subscribe, read, read)
  useEffect(() => {
    if (now !== null && now !== settings) location.reload()
  }, [now, settings])
}
